package tap

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// What is shown of a message: enough to know it by.
const (
	maxItems = 4
	maxRunes = 80
)

// shorten is a message as JSON that a person can read: long lists and texts are
// cut, and of bytes only their number is told. Sound, programs and keys never
// leave so.
func shorten(v any) json.RawMessage {
	var b bytes.Buffer
	write(&b, reflect.ValueOf(v))
	return b.Bytes()
}

func write(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		write(b, v.Elem())
		return
	case reflect.Slice:
		writeList(b, v)
		return
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		text(b, x.String())
	case json.Marshaler, encoding.TextMarshaler:
		plain(b, x)
	default:
		switch v.Kind() {
		case reflect.Struct:
			b.WriteByte('{')
			fields(b, v)
			b.WriteByte('}')
		case reflect.Map:
			writeMap(b, v)
		case reflect.String:
			text(b, v.String())
		default:
			plain(b, x)
		}
	}
}

// plain is what JSON makes of a small value; what it cannot say (NaN) is null.
func plain(b *bytes.Buffer, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		raw = []byte("null")
	}
	b.Write(raw)
}

func text(b *bytes.Buffer, s string) {
	if r := []rune(s); len(r) > maxRunes {
		s = string(r[:maxRunes]) + "…"
	}
	plain(b, s)
}

func writeList(b *bytes.Buffer, v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		text(b, fmt.Sprintf("%d bytes", v.Len()))
		return
	}
	b.WriteByte('[')
	for i := range min(v.Len(), maxItems) {
		if i > 0 {
			b.WriteByte(',')
		}
		write(b, v.Index(i))
	}
	if more := v.Len() - maxItems; more > 0 {
		b.WriteByte(',')
		text(b, fmt.Sprintf("… %d more", more))
	}
	b.WriteByte(']')
}

func writeMap(b *bytes.Buffer, v reflect.Value) {
	b.WriteByte('{')
	first := true
	for k, x := range v.Seq2() {
		if !first {
			b.WriteByte(',')
		}
		first = false
		text(b, fmt.Sprint(k.Interface()))
		b.WriteByte(':')
		write(b, x)
	}
	b.WriteByte('}')
}

// fields are those of a struct that are not empty, by their names on the wire.
func fields(b *bytes.Buffer, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || name == "-" || v.Field(i).IsZero():
		case f.Anonymous && name == "":
			fields(b, v.Field(i))
		default:
			if last := b.Bytes()[b.Len()-1]; last != '{' {
				b.WriteByte(',')
			}
			if name == "" {
				name = f.Name
			}
			text(b, name)
			b.WriteByte(':')
			write(b, v.Field(i))
		}
	}
}
