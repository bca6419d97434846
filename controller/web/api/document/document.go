// Package document is how the library of the API, huma, is set: what its document says, under
// which names, and how it refuses what the document does not allow, in both languages
// (package finding). It knows the types of the office, and nothing of what is done with them.
package document

import (
	"errors"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/calendar"
	"loa/controller/text"
	"loa/controller/web/finding"
	"loa/controller/web/respond"
)

// Config is how huma reads, writes and describes what passes the API of a version.
func Config(version string) huma.Config {
	config := huma.DefaultConfig("Loa", version)
	config.OpenAPIPath = "/api/v1/openapi"
	config.DocsPath = ""    // its page would load a CDN
	config.SchemasPath = "" // schemas stand in the OpenAPI document
	config.CreateHooks = nil
	config.Formats = cleanFormats(config.Formats)
	config.Info.Description = "Truyền thanh không dây: library, calendar, nodes and proof of one commune."
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[calendar.CronLines](), reflect.TypeFor[cronLines]())
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	return config
}

// cleanFormats are formats that clean what they read: no text comes in with
// control characters or overrides of its direction, whatever it is for.
func cleanFormats(formats map[string]huma.Format) map[string]huma.Format {
	clean := map[string]huma.Format{}
	for kind, f := range formats {
		read := f.Unmarshal
		f.Unmarshal = func(data []byte, v any) error {
			err := read(data, v)
			if err == nil {
				text.Scrub(v)
			}
			return err
		}
		clean[kind] = f
	}
	return clean
}

// huma makes its errors through a variable of its own; ours speak both
// languages. It is set once, before any server exists.
func init() {
	huma.DefaultArrayNullable = false // null is no list: a client that sends it has made a mistake
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		if len(errs) == 0 {
			errs = []error{errors.New(msg)}
		}
		d := respond.DocumentOf(respond.Wrong(status, "", finding.Each(errs, detailOf)...))
		if status < http.StatusInternalServerError {
			d.Status, d.Title = status, http.StatusText(status) // also where we have no such kind
		}
		return d
	}
}

func detailOf(err error) (message, where string, value any) {
	if d := (*huma.ErrorDetail)(nil); errors.As(err, &d) {
		return d.Message, d.Location, d.Value
	}
	return err.Error(), "", nil
}

// cronLines describes the rules of a programme in OpenAPI: one, or several.
type cronLines []string

// Schema is huma's own hook.
func (cronLines) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{OneOf: []*huma.Schema{text, {Type: huma.TypeArray, Items: text}},
		Description: "minute hour day-of-month month weekday, in time_zone; weekday#n for the nth (1#1: first Monday, 0#L: last Sunday); " +
			"several rules as an array"}
}
