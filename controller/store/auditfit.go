package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"loa/controller/text"
)

const (
	// maxAudit bounds a record: what somebody sends must not fill the disk by it.
	maxAudit = 256 << 10
	// auditText bounds each of a record's own texts, in characters.
	auditText = 1000
)

// fit makes a record one that can be kept: its texts clean, and what is too long
// shortened. It is never left out: who did what, where and when stays, and of the
// detail what there is room for.
func (a Audit) fit() Audit {
	for _, s := range []*string{&a.Who, &a.Name, &a.From, &a.Action, &a.Object, &a.Note} {
		*s = text.Line(*s, auditText)
	}
	a.Where = fitWhere(a.Where)
	a.Before, a.After = cleanJSON(a.Before), cleanJSON(a.After)
	was := len(a.Before) + len(a.After)
	if was <= maxAudit-16*auditText {
		return a
	}
	for most := 1024; most > 0; most /= 4 {
		before, after := shortJSON(a.Before, most), shortJSON(a.After, most)
		if len(before)+len(after) <= maxAudit/2 {
			a.Before, a.After = before, after
			break
		}
		if most == 1 { // not even one thing of each: it is very deep
			a.Before, a.After = nil, nil
		}
	}
	if a.Note != "" {
		a.Note += "; "
	}
	a.Note += fmt.Sprintf("%s, from %d bytes", shortened, was)
	return a
}

// shortened is noted where detail was left out.
const shortened = "shortened: it was too long to keep whole"

func fitWhere(where []string) []string {
	const most = 500
	var fit []string
	for _, w := range where[:min(len(where), most)] {
		fit = append(fit, text.Line(w, 200))
	}
	return fit
}

// cleanJSON is JSON without what text.Clean takes away; as it was if there is
// nothing to take.
func cleanJSON(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || text.Clean(string(raw)) == string(raw) && !bytes.Contains(raw, []byte(`\u`)) {
		return raw
	}
	v, err := decode(raw)
	if err != nil {
		return encode(text.Line(string(raw), auditText)) // no JSON at all
	}
	text.Scrub(&v)
	return encode(v)
}

// shortJSON keeps so much of each text, list and object in it, and of its depth.
func shortJSON(raw json.RawMessage, most int) json.RawMessage {
	if len(raw) == 0 {
		return raw
	}
	v, err := decode(raw)
	if err != nil {
		return nil
	}
	return encode(short(v, most, 12))
}

func short(v any, most, depth int) any {
	switch x := v.(type) {
	case string:
		return text.Cut(x, most)
	case []any:
		if depth == 0 {
			return []any{}
		}
		out := []any{}
		for _, item := range x[:min(len(x), most)] {
			out = append(out, short(item, most, depth-1))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if depth > 0 && len(out) < most+16 { // our own records have as many names
				out[text.Cut(key, 100)] = short(x[key], most, depth-1)
			}
		}
		return out
	}
	return v
}

// decode reads JSON with its numbers as they are written.
func decode(raw json.RawMessage) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return v, d.Decode(&v)
}

func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // it was decoded from JSON: it can be encoded
	}
	return raw
}
