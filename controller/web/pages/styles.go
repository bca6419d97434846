package pages

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/web/respond"
	"loa/schedule"
)

// stylesPage is the style sheet for people who come after: every component, in every
// state of every page, with nothing of an office behind it. What is shown there are
// specimens, rendered by the templates of the pages themselves.
type stylesPage struct {
	*kit
	on bool // else there is no such page
}

// register adds the endpoint.
func (p *stylesPage) register() {
	p.mux.HandleFunc("GET /styles", p.stylesPage)
}

// specimen is one state of a page, or of a part of one.
type specimen struct {
	Part     string // the page that it is of, by the name of its template
	Name     string // of the state, for developers
	Template string
	View     any
	In       string // classes of what stands around it; "": those of a narrow page
	Bare     bool   // what only a script shows is shown too
}

// styledAt is when everything on the sheet is true.
var styledAt = time.Date(2027, 2, 5, 9, 30, 0, 0, schedule.Zone())

// specimens are all there are, those of a page together.
func specimens() []specimen {
	return slices.Concat(frameSpecimens(), todaySpecimens(), nodeSpecimens(), nodesSpecimens(), villageSpecimens(), faultSpecimens(),
		liveSpecimens(), emergencySpecimens(), drillSpecimens(), bulletinsSpecimens(), bulletinSpecimens(), calendarSpecimens(),
		approvalSpecimens(), logSpecimens(), replaySpecimens(), situationSpecimens(), briefSpecimens(), quickSpecimens(),
		warningSpecimens(), neighbourSpecimens(), exerciseSpecimens(), auditSpecimens(), dictionarySpecimens(),
		peopleSpecimens(), accountSpecimens(),
		doorSpecimens(), trustSpecimens(), settingsSpecimens(), wizardSpecimens())
}

// codes are what the catalogue has words for: of a prefix, what follows it. A state
// that is new has a word, so that it is on the sheet by itself.
func codes(prefix string) (all []string) {
	for key := range i18n.All() {
		if code, ok := strings.CutPrefix(key, prefix); ok {
			all = append(all, code)
		}
	}
	slices.Sort(all)
	return all
}

// styledFrame is what stands around a page of somebody who may do everything.
func styledFrame(page string) frame {
	f := frame{Page: page, Path: "/styles", Commune: "Xã La Dạ", Trust: true, Who: WhoFrame{Name: "Nguyễn Văn Lâm", Person: true},
		Nav: Nav{Emergency: true}}
	for _, e := range entries {
		f.Nav.Links = append(f.Nav.Links, NavLink{e.path, e.page + "_title", e.often, e.page == page})
	}
	return f
}

// stylesView is one part of the sheet.
type stylesView struct {
	frame
	Part   string
	Parts  []string
	Body   string   // classes of the page that the part is of
	Sheets []string // and its stylesheets
	Shown  []shownSpecimen
}

type shownSpecimen struct {
	specimen
	HTML template.HTML
}

func (p *stylesPage) stylesPage(w http.ResponseWriter, r *http.Request) {
	if !p.on {
		p.problemPage(w, r, respond.NotFound)
		return
	}
	v := stylesView{frame: p.frameOf(r, "styles")}
	v.Path = "/styles"
	all := specimens()
	for _, s := range all {
		if !slices.Contains(v.Parts, s.Part) {
			v.Parts = append(v.Parts, s.Part)
		}
	}
	v.Part = cmp.Or(r.URL.Query().Get("part"), v.Parts[0])
	if !slices.Contains(v.Parts, v.Part) {
		p.problemPage(w, r, respond.NotFound)
		return
	}
	ids := map[string]bool{}
	for i, s := range kept(all, func(s specimen) bool { return s.Part == v.Part }) {
		if err := v.add(p.templates[respond.Language(r)], s, ids, i); err != nil {
			p.problemPage(w, r, p.explain(err))
			return
		}
	}
	p.show(w, r, http.StatusOK, "styles.html", v)
}

// What a whole page is made of: what it says of itself, and what is its own.
var (
	bodyPart  = regexp.MustCompile(`(?s)<body(?: class="([^"]*)")?[^>]*>(.*)</body>`)
	mainPart  = regexp.MustCompile(`(?s)<main(?: class="([^"]*)")?[^>]*>(.*)</main>`)
	sheetLink = regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)">`)
)

// add renders a specimen; of a whole page it takes what stands within its frame.
func (v *stylesView) add(t *template.Template, s specimen, ids map[string]bool, number int) error {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, s.Template, s.View); err != nil {
		return fmt.Errorf("render specimen %s of %s: %w", s.Name, s.Part, err)
	}
	html := b.String()
	s.In = cmp.Or(s.In, "wrap narrow")
	if body := bodyPart.FindStringSubmatch(html); body != nil {
		for _, link := range sheetLink.FindAllStringSubmatch(html, -1) {
			if !strings.Contains(link[1], "/loa.css") && !slices.Contains(v.Sheets, link[1]) {
				v.Sheets = append(v.Sheets, link[1])
			}
		}
		v.Body, s.In, html = body[1], "", body[2]
		if main := mainPart.FindStringSubmatch(html); main != nil {
			s.In, html = main[1], main[2]
		}
	}
	v.Shown = append(v.Shown, shownSpecimen{s, template.HTML(s.harmless(html, ids, number))})
	return nil
}

var (
	named   = regexp.MustCompile(` (id|for|list|aria-labelledby)="([^"]+)"`)
	sends   = regexp.MustCompile(` (action|formaction)="[^"]*"`)
	waiting = regexp.MustCompile(` hidden([ >])`)
	folded  = regexp.MustCompile(`<details[^>]*>`)
)

// harmless makes what was rendered fit to stand beside the others: no id is there twice,
// and nothing is sent anywhere. What is folded is open.
func (s specimen) harmless(html string, ids map[string]bool, number int) string {
	mine := map[string]bool{}
	html = named.ReplaceAllStringFunc(html, func(text string) string {
		m := named.FindStringSubmatch(text)
		if m[1] == "id" {
			mine[m[2]] = true
		}
		if ids[m[2]] {
			m[2] = fmt.Sprintf("%s-%d", m[2], number)
		}
		return fmt.Sprintf(` %s="%s"`, m[1], m[2])
	})
	for id := range mine {
		ids[id] = true
	}
	html = sends.ReplaceAllString(html, ` $1="/styles"`)
	html = strings.NewReplacer(` method="post"`, ` method="get"`, ` autofocus`, ``, ` enctype="multipart/form-data"`, ``).Replace(html)
	html = folded.ReplaceAllStringFunc(html, func(tag string) string {
		if strings.HasSuffix(tag, " open>") || strings.Contains(tag, `class="menu"`) { // that would lie on the rest
			return tag
		}
		return strings.TrimSuffix(tag, ">") + " open>"
	})
	if s.Bare {
		html = waiting.ReplaceAllString(html, `$1`)
	}
	return html
}
