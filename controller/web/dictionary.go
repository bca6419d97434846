package web

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio/reading/lexicon"
	"loa/controller/office/access"
	"loa/controller/office/dictionary"
	"loa/controller/problem"
)

type dictionaryAnswer struct {
	Body struct {
		Items []dictionary.Word `json:"items" maxItems:"2000"`
	}
}

type wordInput struct{ Body dictionary.Word }

func (s *Server) registerDictionary(mux *router) {
	huma.Register(s.api, operation("get-dictionary", http.MethodGet, "/dictionary", "The commune's own words: how what is written there is said", "Library", http.StatusOK), s.getDictionary)
	huma.Register(s.api, operation("put-dictionary", http.MethodPut, "/dictionary", "Set the commune's own words, all of them", "Library", http.StatusOK), func(ctx context.Context, in *dictionaryAnswer) (*dictionaryAnswer, error) {
		if err := s.dictionary.Put(ctx, in.Body.Items); err != nil {
			return nil, s.fail(err)
		}
		return s.getDictionary(ctx, nil)
	})
	huma.Register(s.api, operation("add-word", http.MethodPost, "/dictionary", "Say one word so from now on, whatever was said for it before", "Library", http.StatusOK), func(ctx context.Context, in *wordInput) (*dictionaryAnswer, error) {
		if err := s.dictionary.Add(ctx, in.Body); err != nil {
			return nil, s.fail(err)
		}
		return s.getDictionary(ctx, nil)
	})
	huma.Register(s.api, operation("built-in-words", http.MethodGet, "/dictionary/built-in", "What is read without being told: abbreviations and names", "Library", http.StatusOK), func(context.Context, *struct{}) (*list[lexicon.Known], error) {
		return listOf(lexicon.BuiltIn()), nil
	})
	op := operation("dictionary-csv", http.MethodGet, "/dictionary.csv", "The same as CSV: written, said", "Library", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "CSV", Content: map[string]*huma.MediaType{"text/csv": {}}}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET /api/v1/dictionary.csv", s.dictionaryCSV)
	mux.HandleFunc("GET /dictionary", func(w http.ResponseWriter, r *http.Request) { s.dictionaryPage(w, r, nil) })
	mux.HandleFunc("POST /dictionary", s.dictionaryForm(func(r *http.Request) error {
		return s.dictionary.Add(r.Context(), dictionary.Word{Write: r.PostForm.Get("write"), Say: r.PostForm.Get("say")})
	}))
	mux.HandleFunc("POST /dictionary/remove", s.dictionaryForm(func(r *http.Request) error { return s.dictionary.Remove(r.Context(), r.PostForm.Get("write")) }))
	mux.HandleFunc("POST /dictionary/all", s.dictionaryForm(func(r *http.Request) error { return s.saveDictionary(r.Context(), r.PostForm.Get("words")) }))
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

// dictionaryView is the page of the words: the commune's own, and what is built in.
type dictionaryView struct {
	frame
	Writes   bool // the reader may change it
	Saved    bool
	Sentence string // what is wrong
	Word     dictionary.Word
	Lines    string // all of the own words, as CSV
	Bulk     bool   // these were sent
	Query    string // that the built-in words are searched for
	Own      []dictionary.Word
	Known    []knownWord
}

// Shown is how many of the built-in words are shown at once.
func (v dictionaryView) Shown() int { return 60 }

// Many reports whether there are more than that: one searches, then.
func (v dictionaryView) Many() bool { return len(v.Known) > v.Shown() }

// knownWord is a built-in word.
type knownWord struct {
	lexicon.Known
	Over bool // the commune says it its own way
}

// dictionaryForm changes the words and comes back.
func (s *Server) dictionaryForm(change func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = change(r)
		}
		if err != nil {
			s.dictionaryPage(w, r, err)
			return
		}
		http.Redirect(w, r, "/dictionary?saved", http.StatusSeeOther)
	}
}

func (s *Server) dictionaryPage(w http.ResponseWriter, r *http.Request, wrong error) {
	q := r.URL.Query()
	v := dictionaryView{frame: s.frame(r, "dictionary"), Saved: q.Has("saved"), Query: strings.TrimSpace(q.Get("q")), Word: dictionary.Word{Write: q.Get("write"), Say: q.Get("say")}}
	a, err := s.access.View(r.Context())
	if err == nil {
		v.Writes = a.Who.May(access.Writing, a.Tree, a.Commune)
		v.Own, err = s.dictionary.Words(r.Context())
	}
	if err == nil {
		v.Lines, err = s.dictionaryLines(r.Context())
	}
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	v.Known = knownWords(v.Own, v.Query)
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence = statusOf(p), spoken(r, p)
		if v.Bulk = r.PostForm.Has("words"); v.Bulk {
			v.Lines = r.PostForm.Get("words")
		} else {
			v.Word = dictionary.Word{Write: r.PostForm.Get("write"), Say: r.PostForm.Get("say")}
		}
	}
	s.show(w, r, status, "dictionary.html", v)
}

// knownWords are the built-in words that a query is found in, as it is written or said.
func knownWords(own []dictionary.Word, query string) (found []knownWord) {
	over := map[string]bool{}
	for _, word := range own {
		over[word.Write] = true
	}
	query = strings.ToLower(query)
	for _, k := range lexicon.BuiltIn() {
		if strings.Contains(strings.ToLower(k.Write+"\n"+strings.Join(k.Says, "\n")), query) {
			found = append(found, knownWord{k, over[k.Write]})
		}
	}
	return found
}
