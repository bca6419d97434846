// Package text makes what comes from outside fit to be kept and shown: a title,
// a name, a remark. It is cleaned where it comes in and where it is written, so
// that no one place that was forgotten lets it through: control characters break
// logs, and bidirectional overrides (Unicode TR 36, 2.10) let a line read as
// what it is not.
package text

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns s as valid UTF-8 without control characters and bidirectional
// marks. New lines and tabs stay.
func Clean(s string) string {
	if !dirty(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unwanted(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// Line returns s cleaned, on one line and of at most so many characters, the
// last of which says that there was more.
func Line(s string, most int) string {
	return Cut(strings.Join(strings.Fields(Clean(s)), " "), most)
}

// Cut returns the beginning of s, of at most so many characters; with a … as
// the last if it is not all.
func Cut(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	end := 0
	for i := range s {
		if most--; most == 0 {
			end = i
			break
		}
	}
	return s[:end] + "…"
}

// dirty finds quickly that there is nothing to do.
// Shown cuts what somebody sent to what a sentence about it can hold.
func Shown(s string) string { return Cut(s, 80) }

func dirty(s string) bool {
	return !utf8.ValidString(s) || strings.IndexFunc(s, unwanted) >= 0
}

// unwanted are the control characters, and what changes the direction of what
// follows: nobody writes those in Vietnamese, nor in the languages of the hills.
func unwanted(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == '\u061c', r == '\u200e', r == '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	case r == '\u2028', r == '\u2029':
		return true
	}
	return unicode.IsControl(r)
}

// AsSent is a text that Scrub leaves as it came, because places in it are told by their
// numbers. Who shows it has it read by something that passes over what is unwanted.
type AsSent string

// Plain are texts as sent, as strings.
func Plain(all []AsSent) (texts []string) {
	for _, t := range all {
		texts = append(texts, string(t))
	}
	return texts
}

var asSent = reflect.TypeFor[AsSent]()

// Scrub cleans every text in what v points to. What is secret stays as it was
// typed: a field whose name says so; and so does what is AsSent.
func Scrub(v any) { scrub(reflect.ValueOf(v), 0) }

// deepest bounds how far Scrub goes down: what decoders make is not deeper.
const deepest = 100

func scrub(v reflect.Value, depth int) {
	if depth > deepest {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			scrub(v.Elem(), depth+1)
		}
	case reflect.Interface:
		scrubInterface(v, depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() && !Secret(v.Type().Field(i).Name) {
				scrub(f, depth+1)
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // bytes, and raw JSON: no text yet
		}
		for i := range v.Len() {
			scrub(v.Index(i), depth+1)
		}
	case reflect.Map:
		scrubMap(v, depth)
	case reflect.String:
		if v.CanSet() && v.Type() != asSent && dirty(v.String()) {
			v.SetString(Clean(v.String()))
		}
	}
}

// scrubInterface cleans what an interface holds by putting a clean copy there.
func scrubInterface(v reflect.Value, depth int) {
	if v.IsNil() || !v.CanSet() {
		return
	}
	held := v.Elem()
	if held.Kind() != reflect.String {
		scrub(held, depth+1) // a map or a slice is shared, a number has no text
		return
	}
	if dirty(held.String()) {
		v.Set(reflect.ValueOf(Clean(held.String())).Convert(held.Type()))
	}
}

func scrubMap(v reflect.Value, depth int) {
	for _, key := range v.MapKeys() {
		if key.Kind() == reflect.String && Secret(key.String()) {
			continue
		}
		copied := reflect.New(v.Type().Elem()).Elem()
		copied.Set(v.MapIndex(key))
		scrub(copied, depth+1)
		v.SetMapIndex(key, copied)
	}
}

// Secret reports whether what is called so is to be taken as it was typed.
func Secret(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"password", "secret", "token"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
