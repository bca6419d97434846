package text

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestClean(t *testing.T) {
	for dirty, clean := range map[string]string{
		"Lũ về, mời bà con lên đồi":     "Lũ về, mời bà con lên đồi",
		"một\nhai\tba":                  "một\nhai\tba",
		"a\x00b\x1b[31mc\u0085":         "ab[31mc",
		"\u202eđảo\u202c \u2066x\u2069": "đảo x",
		"a\xffb":                        "a?b",
		"dòng\u2028khác":                "dòngkhác",
	} {
		require.Equal(t, clean, Clean(dirty), "%q", dirty)
	}
}

func TestLineAndCut(t *testing.T) {
	require.Equal(t, "một hai", Line(" một\n\n hai\x07 ", 20))
	long := Line(strings.Repeat("ọ", 60000), 200)
	require.Equal(t, 200, utf8.RuneCountInString(long))
	require.True(t, strings.HasSuffix(long, "…"))
	require.Equal(t, "ọọ", Cut("ọọ", 2))
	require.Equal(t, "ọ…", Cut("ọọọ", 2))
	require.Equal(t, "…", Cut("abc", 1))
}

// All texts of what was decoded are cleaned, however deep; what is secret, and
// what is no text, is not touched.
func TestScrub(t *testing.T) {
	type inner struct{ Name string }
	in := struct {
		Title    string
		Password string
		Raw      json.RawMessage
		Many     []inner
		ByKey    map[string]inner
		Any      any
		Pointer  *string
		Asked    AsSent
		Number   int
	}{Asked: "a\u202eb", Title: "a\u202eb", Password: "p\u202ew", Raw: json.RawMessage("{\x00}"), Many: []inner{{"x\x00"}},
		ByKey: map[string]inner{"k": {"y\x01"}}, Number: 4}
	p := "z\x02"
	in.Pointer = &p
	require.NoError(t, json.Unmarshal([]byte(`{"a":["q\u202e",1,null,{"b":"r\u0003","new_password":"s\u202e"}]}`), &in.Any))
	Scrub(&in)
	require.Equal(t, "ab", in.Title)
	require.Equal(t, "p\u202ew", in.Password)
	require.Equal(t, AsSent("a\u202eb"), in.Asked)
	require.Equal(t, "{\x00}", string(in.Raw))
	require.Equal(t, "x", in.Many[0].Name)
	require.Equal(t, "y", in.ByKey["k"].Name)
	require.Equal(t, "z", p)
	require.Equal(t, map[string]any{"a": []any{"q", 1.0, nil, map[string]any{"b": "r", "new_password": "s\u202e"}}}, in.Any)
	var top any = []any{"t\x00"}
	Scrub(&top)
	require.Equal(t, []any{"t"}, top)
}
