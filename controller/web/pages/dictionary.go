package pages

import (
	"net/http"
	"strings"

	"loa/audio/reading/lexicon"
	"loa/controller/office/access"
	"loa/controller/office/dictionary"
	"loa/controller/web/respond"
)

// dictionaryPage is the commune's own words, and those that are built in.
type dictionaryPage struct {
	*kit
	dictionary *dictionary.Desk
}

// register adds the endpoints.
func (p *dictionaryPage) register() {
	p.mux.HandleFunc("GET /dictionary", func(w http.ResponseWriter, r *http.Request) { p.dictionaryPage(w, r, nil) })
	p.mux.HandleFunc("POST /dictionary", p.dictionaryForm(func(r *http.Request) error {
		return p.dictionary.Add(r.Context(), dictionary.Word{Write: r.PostForm.Get("write"), Say: r.PostForm.Get("say")})
	}))
	p.mux.HandleFunc("POST /dictionary/remove", p.dictionaryForm(func(r *http.Request) error {
		return p.dictionary.Remove(r.Context(),
			r.PostForm.Get("write"))
	}))
	p.mux.HandleFunc("POST /dictionary/all", p.dictionaryForm(func(r *http.Request) error {
		return p.dictionary.PutLines(r.Context(),
			r.PostForm.Get("words"))
	}))
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
func (p *dictionaryPage) dictionaryForm(change func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = change(r)
		}
		if err != nil {
			p.dictionaryPage(w, r, err)
			return
		}
		http.Redirect(w, r, "/dictionary?saved", http.StatusSeeOther)
	}
}

func (p *dictionaryPage) dictionaryPage(w http.ResponseWriter, r *http.Request, wrong error) {
	q := r.URL.Query()
	v := dictionaryView{frame: p.frameOf(r, "dictionary"), Saved: q.Has("saved"), Query: strings.TrimSpace(q.Get("q")),
		Word: dictionary.Word{Write: q.Get("write"), Say: q.Get("say")}}
	a, err := p.access.View(r.Context())
	if err == nil {
		v.Writes = a.Who.May(access.Writing, a.Tree, a.Commune)
		v.Own, err = p.dictionary.Words(r.Context())
	}
	if err == nil {
		v.Lines, err = p.dictionary.Lines(r.Context())
	}
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	v.Known = knownWords(v.Own, v.Query)
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
		if v.Bulk = r.PostForm.Has("words"); v.Bulk {
			v.Lines = r.PostForm.Get("words")
		} else {
			v.Word = dictionary.Word{Write: r.PostForm.Get("write"), Say: r.PostForm.Get("say")}
		}
	}
	p.show(w, r, status, "dictionary.html", v)
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
