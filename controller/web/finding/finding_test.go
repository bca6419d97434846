package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every message that huma has for what is wrong with a request has a Vietnamese sentence,
// with no English word in it.
func TestEveryFindingHasASentence(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/danielgtaylor/huma/v2/validation").Output()
	require.NoError(t, err)
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "messages.go"), nil, 0)
	require.NoError(t, err)
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		lit, ok := node.(*ast.BasicLit)
		if !ok {
			return true
		}
		message, err := strconv.Unquote(lit.Value)
		require.NoError(t, err)
		n++
		said := verb.ReplaceAllStringFunc(message, func(v string) string { return map[string]string{"%d": "7", "%v": "0.5", "%s": "abc"}[v] })
		vi, en := sentenceOf(said)
		require.NotEqual(t, "giá trị không đúng", vi, message)
		for _, word := range []string{"expected", "string", "property", "value", "number", "length", "$"} {
			require.NotContains(t, vi, word, message)
		}
		require.NotContains(t, en, "$")
		require.NotContains(t, vi, "0.5", message)
		return true
	})
	require.Greater(t, n, 40)
}

func TestSentences(t *testing.T) {
	for message, said := range map[string]string{
		"expected number >= 0.5":                               "phải từ 0,5 trở lên",
		`expected value to be one of "normal, relay"`:          `phải là một trong: normal, relay`,
		"expected length <= 80":                                "dài quá, tối đa 80 ký tự",
		"expected required property text to be present":        "thiếu mục “text”",
		"expected property b to be present when a is present":  "thiếu mục “b”, phải có cùng với “a”",
		"expected string to match pattern ^[a-z]+$":            "phải đúng mẫu ^[a-z]+$",
		"expected string to be a colour":                       "phải là a colour",
		"required query parameter is missing":                  "thiếu tham số này",
		"invalid character '}' looking for beginning of value": "không phải là JSON đúng",
		"something of a later version":                         "giá trị không đúng",
	} {
		vi, _ := sentenceOf(message)
		require.Equal(t, said, vi)
	}
	require.Equal(t, ` ("cao")`, found("cao"))
	require.Empty(t, found(map[string]any{"a": 1}))
	p := explained("expected string", "body.text", 5.5)
	require.Equal(t, []string{"body.text: phải là chữ (5.5)", "body.text: expected string (5.5)"}, []string{p.VI, p.EN})
}
