package template

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"loa/controller/problem"
	words "loa/controller/text"
)

// Filled is a template and what stands in its fields.
type Filled struct {
	Template string         `json:"template,omitempty" maxLength:"40" doc:"of GET /templates, instead of a text: what is said is composed of its fields"`
	Fields   map[string]any `json:"fields,omitempty" doc:"of the template, by their ids: strings, or numbers"`
}

// Text is what is said, and how it is called; a problem says what is missing, or not as
// it should be.
func (f Filled) Text() (title, text string, tpl Template, err error) {
	if tpl, err = Find(f.Template); err != nil {
		return "", "", tpl, err
	}
	values, err := f.values()
	if err != nil {
		return "", "", tpl, err
	}
	text, err = tpl.Text(values)
	return tpl.Title(values), text, tpl, err
}

// values are the fields as they are written, in one way of writing.
func (f Filled) values() (map[string]string, error) {
	values := map[string]string{}
	for id, v := range f.Fields {
		switch v := v.(type) {
		case nil: // left empty
		case string:
			values[id] = strings.TrimSpace(norm.NFC.String(v))
		case float64:
			values[id] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			return nil,
				problem.New(problem.Invalid, "field_type", "Mục “%s” phải là chữ hoặc số.", "The field “%s” is to be a string or a number.",
					words.Shown(id))
		}
	}
	return values, nil
}
