package web

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/dictionary"
	"loa/controller/problem"
)

type dictionaryAnswer struct {
	Body struct {
		Items []dictionary.Word `json:"items" maxItems:"2000"`
	}
}

func (s *Server) registerDictionary(mux *router) {
	huma.Register(s.api, operation("get-dictionary", http.MethodGet, "/dictionary", "The commune's own words: how what is written there is said", "Library", http.StatusOK), s.getDictionary)
	huma.Register(s.api, operation("put-dictionary", http.MethodPut, "/dictionary", "Set the commune's own words, all of them", "Library", http.StatusOK), func(ctx context.Context, in *dictionaryAnswer) (*dictionaryAnswer, error) {
		if err := s.dictionary.Put(ctx, in.Body.Items); err != nil {
			return nil, s.fail(err)
		}
		return s.getDictionary(ctx, nil)
	})
	op := operation("dictionary-csv", http.MethodGet, "/dictionary.csv", "The same as CSV: written, said", "Library", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "CSV", Content: map[string]*huma.MediaType{"text/csv": {}}}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET /api/v1/dictionary.csv", s.dictionaryCSV)
}

func (s *Server) getDictionary(ctx context.Context, _ *struct{}) (*dictionaryAnswer, error) {
	words, err := s.dictionary.Words(ctx)
	out := &dictionaryAnswer{}
	out.Body.Items = words
	return out, s.fail(err)
}

func (s *Server) dictionaryCSV(w http.ResponseWriter, r *http.Request) {
	lines, err := s.dictionaryLines(r.Context())
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="loa-dictionary.csv"`)
	_, _ = w.Write([]byte(lines)) // the client is gone, then
}

// dictionaryLines is the dictionary as the form and the CSV have it, a word a line.
func (s *Server) dictionaryLines(ctx context.Context) (string, error) {
	words, err := s.dictionary.Words(ctx)
	var b strings.Builder
	out := csv.NewWriter(&b)
	for _, word := range words {
		if err == nil {
			err = out.Write([]string{word.Write, word.Say})
		}
	}
	out.Flush()
	return b.String(), err
}

// wordsOfLines reads lines of CSV; what is pasted from a table, with tabs, or is
// parted by “=” as people write it, is understood too.
func wordsOfLines(lines string) (words []dictionary.Word, err error) {
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		for _, sign := range []string{"\t", "="} {
			if write, say, ok := strings.Cut(line, sign); ok && !strings.HasPrefix(line, `"`) {
				words = append(words, dictionary.Word{Write: write, Say: say})
				line = ""
				break
			}
		}
		if line == "" {
			continue
		}
		in := csv.NewReader(strings.NewReader(line))
		in.FieldsPerRecord = 2
		fields, wrong := in.Read()
		if wrong != nil {
			return nil, problem.New(problem.Invalid, "word_line", "Dòng “%s” chưa đúng: mỗi dòng là cách viết, dấu phẩy, rồi cách đọc.", "The line “%s” is not right: each is what is written, a comma, and what is said.", line)
		}
		words = append(words, dictionary.Word{Write: fields[0], Say: fields[1]})
	}
	return words, nil
}

func (s *Server) saveDictionary(ctx context.Context, lines string) error {
	words, err := wordsOfLines(lines)
	if err == nil {
		err = s.dictionary.Put(ctx, words)
	}
	return err
}
