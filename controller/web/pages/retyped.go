package pages

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/controller/web/respond"
)

// A form that is refused comes back with what was typed: whatever page answers, the form
// of the same address in it is filled from what was posted, so that no page can forget a
// field. What is hidden stays as the page has it, and passwords are typed anew.

// form takes a form of a page, and shows the page again: without the form, where it was
// taken, or with all that was typed and what is wrong with it.
func (p *kit) form(at, name string, parts map[string]part, do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r)
		}
		if err != nil {
			p.again(w, r, at, name, parts, err)
			return
		}
		http.Redirect(w, r, at, http.StatusSeeOther)
	}
}

// again answers a refused form with the page that it stands on, at an address of ours: the
// sentence is in the form. Where the form is not there any more, the sentence is a page.
func (p *kit) again(w http.ResponseWriter, r *http.Request, at, name string, parts map[string]part, wrong error) {
	pr := p.explain(wrong)
	back := r.Clone(r.Context())
	back.Method = http.MethodGet
	var err error
	if back.URL, err = url.Parse(at); err != nil {
		p.problemPage(w, r, pr)
		return
	}
	template, view, err := p.view(back, name, parts)
	var page []byte
	if err == nil {
		page, err = p.rendered(r, template, view)
	}
	filled, ok := retyped(page, r.URL.Path, r.PostForm, respond.Sentence(r, pr))
	if err != nil || !ok {
		p.problemPage(w, r, pr)
		return
	}
	write(w, respond.Status(pr), filled)
}

// retyped is a page whose form of an address holds what was posted, and in front of it a
// sentence, if there is one. It is the page itself, and false, if it has no such form.
func retyped(page []byte, action string, posted url.Values, sentence string) ([]byte, bool) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return page, false
	}
	form := formOf(doc, action, posted)
	if form == nil {
		return page, false
	}
	seen := map[string]int{}
	for n := range form.Descendants() {
		retype(n, posted, seen)
	}
	if sentence != "" {
		alert := &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P,
			Attr: []html.Attribute{{Key: "class", Val: "wrong"}, {Key: "role", Val: "alert"}}}
		alert.AppendChild(&html.Node{Type: html.TextNode, Data: sentence})
		form.InsertBefore(alert, form.FirstChild)
	}
	for n := range form.Ancestors() {
		if n.DataAtom == atom.Details {
			set(n, "open", "", true)
		}
	}
	var out bytes.Buffer
	if html.Render(&out, doc) != nil {
		return page, false
	}
	return out.Bytes(), true
}

// formOf is the form that posts to an address and has every field that was posted.
func formOf(doc *html.Node, action string, posted url.Values) *html.Node {
	for n := range doc.Descendants() {
		path, _, _ := strings.Cut(get(n, "action"), "#")
		if n.DataAtom != atom.Form || path != action || !strings.EqualFold(get(n, "method"), http.MethodPost) {
			continue
		}
		fields := map[string]bool{}
		for f := range n.Descendants() {
			fields[get(f, "name")] = true
		}
		whole := true
		for name := range posted {
			whole = whole && fields[name]
		}
		if whole {
			return n
		}
	}
	return nil
}

// retype puts what was posted into a field; seen counts the fields of each name.
func retype(n *html.Node, posted url.Values, seen map[string]int) {
	name := get(n, "name")
	if name == "" || n.Type != html.ElementNode {
		return
	}
	values := posted[name]
	value, ok := "", false
	if i := seen[name]; i < len(values) {
		value, ok = values[i], true
	}
	switch n.DataAtom {
	case atom.Textarea:
		for c := n.FirstChild; ok && c != nil; c = n.FirstChild {
			n.RemoveChild(c)
		}
		if ok {
			n.AppendChild(&html.Node{Type: html.TextNode, Data: value})
		}
	case atom.Select:
		for o := range n.Descendants() {
			if ok && o.DataAtom == atom.Option {
				set(o, "selected", "", get(o, "value") == value)
			}
		}
	case atom.Input:
		switch get(n, "type") {
		case "hidden", "password", "file", "submit":
			return
		case "checkbox", "radio":
			set(n, "checked", "", slices.Contains(values, get(n, "value")))
			return
		}
		if ok {
			set(n, "value", value, true)
		}
	default:
		return
	}
	seen[name]++
}

func get(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// set gives an element an attribute, or takes it away.
func set(n *html.Node, key, value string, has bool) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	if has {
		n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
	}
}
