package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// looked is what one page is.
type looked struct {
	Status              int
	Lang, Heading, Text string
	Links, Forms, Menu  []string // where they lead to
	Alarm               bool
}

// headings are those of the pages, in Vietnamese and in English.
var headings = map[string][2]string{
	"/":          {`cụm loa`, `oudspeaker`},
	"/live":      {`^Phát trực tiếp$`, `^Speak live$`},
	"/emergency": {`^KHẨN CẤP$`, `^EMERGENCY$`},
	"/drill":     {`Diễn tập`, `drill`},
	"/bulletins": {`^Bản tin$`, `^Bulletins$`},
	"/calendar":  {`Lịch phát`, `Calendar`},
	"/approvals": {`Duyệt`, `Approv`},
	"/log":       {`^Nhật ký phát`, `[Ll]og`},
	"/village":   {`^(Thôn|Xã)`, `^(Thôn|Xã)`}, // a name
	"/faults":    {`^Sự cố`, `^Faults`},
	"/nodes":     {`^Loa & thiết bị$`, `^Loudspeakers$`},
	"/people":    {`^Người dùng$`, `^People$`},
	"/audit":     {`^Nhật ký thao tác$`, `^Who did what$`},
	"/settings":  {`^Cài đặt$`, `^Settings$`},
	"/account":   {`^Người `, `^Người `}, // a name

	"/exercises":  {`^Lịch kiểm tra, diễn tập$`, `^Tests and drills$`},
	"/neighbours": {`^Kết nối$`, `^Connections$`},
	"/warnings":   {`^Cảnh báo từ nơi khác$`, `^Warnings of other offices$`},
	"/situation":  {`^Nắm tình hình$`, `^Situation$`},
	"/replay":     {`^Nghe lại$`, `^Heard again$`},
	"/dictionary": {`^Từ điển$`, `^Dictionary$`},
}

// role is one of those that there are: what its menu has, and what its pages'
// forms may lead to.
type role struct{ role, area, menu, forms string }

var roles = []role{
	{
		"admin",
		"la-da",
		"/ /live /bulletins /calendar /approvals /log /replay /situation /warnings /dictionary /drill /exercises /village /faults /nodes " +
			"/people /audit /neighbours /settings /account",
		`.*`,
	},
	{"operator", "la-da",
		"/ /live /bulletins /calendar /approvals /log /replay /situation /dictionary /drill /exercises /village /faults /neighbours /account",
		`/approvals/\w+/[^/]+/submit|/village/.*|/bulletins.*|/dictionary.*|/situation/.*|/codes/.*`},
	{
		"approver",
		"la-da",
		"/ /calendar /approvals /log /replay /situation /exercises /village /faults /audit /neighbours /account",
		`/approvals/.*|/village/.*|/replay/.*|/situation/.*|/codes/.*`,
	},
	{"speaker", "la-da", "/ /live /calendar /log /situation /warnings /drill /exercises /village /faults /neighbours /account",
		`/village/.*|/situation/.*|/codes/.*|/warnings/[^/]+/(air|dismiss)`},
	{"head", "thon-1", "/ /calendar /log /situation /exercises /village /faults /neighbours /account", `/village/.*|/situation/.*|/codes/.*`},
	{"technician", "la-da", "/ /calendar /log /exercises /village /faults /nodes /neighbours /account", `/village/.*|/nodes.*|/faults/.*|/exercises/silent`},
	{"province", "lam-dong", "/ /calendar /log /exercises /village /faults /audit /neighbours /account", ``},
}

var (
	ownForms = regexp.MustCompile(`^(/account/.*|/signout|/notices/.*)$`)
	rawKey   = regexp.MustCompile(`\b[a-z]{2,}(_[a-z]+)+\b|%!?[sdv(]`)
)

// pages are those that a role is shown: its menu, and KHẨN CẤP for those who may.
func (r role) pages() []string {
	all := strings.Fields(r.menu)
	if r.alarms() {
		all = append(all, "/emergency")
	}
	return all
}

func (r role) alarms() bool { return r.role == "admin" || r.role == "speaker" }

// mayBe checks what a page in a language is to somebody.
func (r role) mayBe(t *testing.T, path, lang string, v looked) {
	t.Helper()
	who := fmt.Sprintf("%s on %s in %s", r.role, path, lang)
	require.Equal(t, http.StatusOK, v.Status, who)
	require.Equal(t, lang, v.Lang, who)
	require.Regexp(t, headings[path][slices.Index(tongues, lang)], v.Heading, who)
	require.Empty(t, rawKey.FindAllString(v.Text, -1), "%s: a word is missing", who)
	require.Equal(t, r.alarms(), v.Alarm, who)
	require.ElementsMatch(t, strings.Fields(r.menu), v.Menu, who)
	allowed := regexp.MustCompile(`^(` + r.forms + `)$`)
	for _, f := range v.Forms {
		require.True(t, allowed.MatchString(f) || ownForms.MatchString(f), "%s: %s is shown, and may not be used", who, f)
	}
}

// tongues are the languages of the pages.
var tongues = []string{"vi", "en"}

// busy is a commune where each page has something to show: one loudspeaker is
// well, has its place on the map and is reported, two were never heard; there
// are a bulletin, a programme, and somebody of each role.
func busy(t *testing.T) *office {
	o := start(t)
	for _, r := range roles {
		o.member(t, r.role, r.area)
	}
	o.wellAre(t, "thon-1-loa")
	o.ask(t, "PUT", "/api/v1/nodes/thon-1-loa/place", object{"latitude": 11.25, "longitude": 107.8}).object(200)
	o.ask(t, "POST", "/api/v1/nodes/thon-1-loa/reports", object{"kind": "silent"}).object(201)
	o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Họp thôn", "clips": object{"vi": o.clip(t, "Mời bà con đến họp.")}}).object(201)
	o.daily(t, "Bản tin chiều")
	return o
}

// Everybody goes through all pages that their menu shows, in both tongues:
// each opens, is in the language, and shows nothing that they may not use. Each
// link on it is tried.
func TestEveryRoleOnEveryPage(t *testing.T) {
	o := busy(t)
	began, pages, links := time.Now(), 0, 0
	for _, r := range roles {
		cookie := o.cookieOf(t, r.role)
		for _, lang := range tongues {
			tried := map[string]bool{}
			for _, path := range r.pages() {
				v := o.looks(t, path+"?lang="+lang, cookie)
				r.mayBe(t, path, lang, v)
				o.mayFollow(t, r, path, v.Links, cookie+"; lang="+lang, tried)
				pages++
			}
			links += len(tried)
		}
	}
	require.Greater(t, links, pages, "the links are not found")
	t.Logf("%d roles, %d pages, %d links in %v", len(roles), pages, links, time.Since(began).Round(100*time.Millisecond))
}

// mayFollow tries each link of a page that was not tried yet: what is shown may
// be opened. Of links to one page that only fill in its form otherwise, the first
// few: the dictionary has one for each of its thousand words, to itself.
func (o *office) mayFollow(t *testing.T, r role, path string, links []string, cookie string, tried map[string]bool) {
	t.Helper()
	const few = 5
	for _, link := range links {
		alike := 0
		for other := range tried {
			if emptied(other) == emptied(link) {
				alike++
			}
		}
		if !tried[link] && (alike < few || emptied(link) == link) {
			tried[link] = true
			require.Less(t, o.follow(t, link, cookie).status, 400, "%s: %s is shown on %s, and may not be opened", r.role, link, path)
		}
	}
}

// emptied is a link with nothing filled in: its page, and the names of what it asks for.
func emptied(link string) string { return filling.ReplaceAllString(link, "=") }

var filling = regexp.MustCompile(`=[^&]*`)

// follow opens a page as a browser does, through whatever leads there.
func (o *office) follow(t *testing.T, path, cookie string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.URL()+path, nil)
	require.NoError(t, err)
	req.Header.Set("Cookie", cookie)
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err, path)
	return reply{t, path, res.StatusCode, res.Header, readAll(t, res)}
}

// looks opens a page and reads what it is.
func (o *office) looks(t *testing.T, path, cookie string) looked {
	t.Helper()
	r := o.follow(t, path, cookie)
	v := readPage(t, r.body)
	v.Status = r.status
	return v
}

// readPage takes of a page what it shows and where it leads to.
func readPage(t *testing.T, page []byte) (v looked) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	require.NoError(t, err)
	var heads []string
	for n := range doc.Descendants() {
		switch n.DataAtom {
		case atom.Html:
			v.Lang = attr(n, "lang")
		case atom.H1:
			heads = append(heads, words(n))
		case atom.A:
			link, _, _ := strings.Cut(attr(n, "href"), "#")
			if strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "/api/") && !slices.Contains(v.Links, link) {
				v.Links = append(v.Links, link)
			}
			inMenu := under(n, "header") && under(n, "nav")
			if inMenu && attr(n, "href") != "" && !strings.Contains(link, "lang=") && !slices.Contains(v.Menu, link) {
				v.Menu = append(v.Menu, link)
			}
		case atom.Form:
			if strings.EqualFold(attr(n, "method"), "post") {
				v.Forms = append(v.Forms, attr(n, "action"))
			}
		}
		if slices.Contains(strings.Fields(attr(n, "class")), "alarm") && under(n, "header") {
			v.Alarm = true
		}
	}
	v.Heading, v.Text = strings.Join(heads, " | "), words(doc)
	return v
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func under(n *html.Node, tag string) bool {
	for a := range n.Ancestors() {
		if a.Data == tag {
			return true
		}
	}
	return false
}

// words are what a part of a page says to people, also what is folded away; a
// program's own are not.
func words(n *html.Node) string {
	var all []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode && !slices.Contains([]atom.Atom{atom.Script, atom.Style, atom.Pre}, d.Parent.DataAtom) {
			all = append(all, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(all, " ")
}
