package template

import (
	"fmt"
	"strconv"
)

// Filled is a template and what stands in its fields.
type Filled struct {
	Template string         `json:"template,omitempty" maxLength:"40" doc:"of GET /templates, instead of a text: what is said is composed of its fields"`
	Fields   map[string]any `json:"fields,omitempty" doc:"of the template, by their ids: strings, or numbers"`
}

// Text is what is said, and how it is called.
func (f Filled) Text() (title, text string, tpl Template, err error) {
	if tpl, err = Find(f.Template); err != nil {
		return "", "", tpl, err
	}
	values := map[string]string{}
	for id, v := range f.Fields {
		if x, ok := v.(float64); ok {
			values[id] = strconv.FormatFloat(x, 'f', -1, 64)
		} else if v != nil {
			values[id] = fmt.Sprint(v)
		}
	}
	text, err = tpl.Text(values)
	return tpl.Title(values), text, tpl, err
}
