package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio/reading/lexicon"
	"loa/controller/office/dictionary"
	"loa/controller/web/api/resource"
)

// dictionaryHandlers keep the commune's own words.
type dictionaryHandlers struct {
	resource.Face
	dictionary *dictionary.Desk
}

type dictionaryAnswer struct {
	Body struct {
		Items []dictionary.Word `json:"items" maxItems:"2000"`
	}
}

type wordInput struct{ Body dictionary.Word }

// register adds the operations.
func (h dictionaryHandlers) register() {
	huma.Register(h.Huma, resource.Operation("get-dictionary", http.MethodGet, "/dictionary", "Library", http.StatusOK,
		"The commune's own words: how what is written there is said"), h.getDictionary)
	huma.Register(h.Huma, resource.Operation("put-dictionary", http.MethodPut, "/dictionary", "Library", http.StatusOK,
		"Set the commune's own words, all of them"), func(ctx context.Context, in *dictionaryAnswer) (*dictionaryAnswer, error) {
		if err := h.dictionary.Put(ctx, in.Body.Items); err != nil {
			return nil, h.Fail(err)
		}
		return h.getDictionary(ctx, nil)
	})
	huma.Register(h.Huma, resource.Operation("add-word", http.MethodPost, "/dictionary", "Library", http.StatusOK,
		"Say one word so from now on, whatever was said for it before"), func(ctx context.Context, in *wordInput) (*dictionaryAnswer, error) {
		if err := h.dictionary.Add(ctx, in.Body); err != nil {
			return nil, h.Fail(err)
		}
		return h.getDictionary(ctx, nil)
	})
	huma.Register(h.Huma, resource.Operation("built-in-words", http.MethodGet, "/dictionary/built-in", "Library", http.StatusOK,
		"What is read without being told: abbreviations and names"), func(context.Context, *struct{}) (*resource.List[lexicon.Known], error) {
		return resource.ListOf(lexicon.BuiltIn()), nil
	})
	op := resource.Operation("dictionary-csv", http.MethodGet, "/dictionary.csv", "Library", http.StatusOK,
		"The same as CSV: written, said")
	h.Describe(op, "text/csv", "CSV")
	h.Mux.HandleFunc("GET /api/v1/dictionary.csv", h.dictionaryCSV)
}

func (h dictionaryHandlers) getDictionary(ctx context.Context, _ *struct{}) (*dictionaryAnswer, error) {
	words, err := h.dictionary.Words(ctx)
	out := &dictionaryAnswer{}
	out.Body.Items = words
	return out, h.Fail(err)
}

func (h dictionaryHandlers) dictionaryCSV(w http.ResponseWriter, r *http.Request) {
	lines, err := h.dictionary.Lines(r.Context())
	h.CSV(w, "loa-dictionary.csv", func(w io.Writer) error {
		_, err := io.WriteString(w, lines)
		return err
	}, err)
}
