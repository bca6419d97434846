package public

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/replay"
	"loa/schedule"
)

const mostInFeed = 60

// Atom, as RFC 4287 has it.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  atomAuthor  `xml:"author"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel    string `xml:"rel,attr"`
	Type   string `xml:"type,attr,omitempty"`
	Href   string `xml:"href,attr"`
	Length int64  `xml:"length,attr,omitempty"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Updated   string     `xml:"updated"`
	Published string     `xml:"published"`
	Links     []atomLink `xml:"link"`
	Category  *atomTerm  `xml:"category,omitempty"`
	Content   atomText   `xml:"content"`
}

type atomTerm struct {
	Term string `xml:"term,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// RSS 2.0, with what podcast programs want beside.
type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Itunes  string     `xml:"xmlns:itunes,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Self        atomLink  `xml:"atom:link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Built       string    `xml:"lastBuildDate"`
	Author      string    `xml:"itunes:author"`
	Explicit    string    `xml:"itunes:explicit"`
	Category    rssTopic  `xml:"itunes:category"`
	Items       []rssItem `xml:"item"`
}

type rssTopic struct {
	Text string `xml:"text,attr"`
}

type rssItem struct {
	Title       string       `xml:"title"`
	Link        string       `xml:"link"`
	GUID        rssGUID      `xml:"guid"`
	Published   string       `xml:"pubDate"`
	Description string       `xml:"description"`
	Enclosure   rssEnclosure `xml:"enclosure"`
	Duration    int          `xml:"itunes:duration"`
}

type rssGUID struct {
	Permanent bool   `xml:"isPermaLink,attr"`
	Text      string `xml:",chardata"`
}

type rssEnclosure struct {
	URL    string `xml:"url,attr"`
	Length int64  `xml:"length,attr"`
	Type   string `xml:"type,attr"`
}

// feed answers with the newest of a place in one of the two.
func (s *Server) feed(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now, err := s.opt.Replay.Snapshot(r.Context())
		if err != nil {
			s.fail(w, err)
			return
		}
		p, ok := now.Page(r.PathValue("code"))
		if !ok {
			s.nowhere(w, r)
			return
		}
		lang := languageOf(r)
		made, err := s.view.once(now, kind+" "+string(lang)+" "+p.Code, func() (page, error) {
			if kind == "rss" {
				return s.podcast(p, lang)
			}
			return s.atom(p, lang)
		})
		if err != nil {
			s.fail(w, err)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=60")
		made.write(w, r, http.StatusOK)
	}
}

// titleOf is an entry's title with what must not be overlooked.
func titleOf(lang i18n.Language, e *replay.Entry) string {
	title := cmp.Or(e.Title, i18n.Say(lang, "class_"+string(e.Class)))
	switch {
	case e.Drill:
		return i18n.Say(lang, "pub_drill") + ": " + title
	case e.Corrects != nil:
		return i18n.Say(lang, "pub_correction") + ": " + title
	case e.InForce:
		return i18n.Say(lang, "pub_emergency") + " (" + i18n.Say(lang, "pub_in_force") + "): " + title
	case e.Emergency:
		return i18n.Say(lang, "pub_emergency") + " (" + i18n.Say(lang, "pub_over") + "): " + title
	}
	return title
}

// bodyOf is what an entry says, with what it has to do with others.
func bodyOf(lang i18n.Language, e *replay.Entry) string {
	var all []string
	if c := e.Corrects; c != nil && c.Title != "" {
		all = append(all, i18n.Say(lang, "pub_corrects", c.Title, moment(c.Time)))
	}
	if c := e.Corrected; c != nil {
		all = append(all, i18n.Say(lang, "pub_corrected", moment(c.Time)))
	}
	none := "pub_no_text"
	if len(e.Sounds) == 0 && !e.OnAir {
		none = "pub_neither"
	}
	all = append(all, cmp.Or(e.Text, i18n.Say(lang, none)))
	return strings.Join(all, "\n\n")
}

func newest(p replay.Page) []*replay.Entry {
	all := append(append([]*replay.Entry{}, p.Alerts...), p.Entries...)
	return all[:min(len(all), mostInFeed)]
}

func (s *Server) atom(p replay.Page, lang i18n.Language) (page, error) {
	here := s.opt.URL + pathOf(p.Place)
	f := atomFeed{Lang: string(lang), ID: here, Title: feedTitle(lang, p), Author: atomAuthor{p.Commune}, Updated: stamp(updated(p)),
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: s.opt.URL + feedPath(p.Place, "feed.atom", lang)},
			{Rel: "alternate", Type: "text/html", Href: here + query(lang)}}}
	for _, e := range newest(p) {
		x := atomEntry{ID: s.opt.URL + entryPath(p.Place, e.ID), Title: titleOf(lang, e), Updated: stamp(e.Time), Published: stamp(e.Time),
			Category: &atomTerm{string(e.Class)}, Content: atomText{"text", bodyOf(lang, e)},
			Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: s.opt.URL + entryPath(p.Place, e.ID) + query(lang)}}}
		for _, sound := range e.Sounds {
			x.Links = append(x.Links, atomLink{Rel: "enclosure", Type: "audio/ogg", Href: s.opt.URL + soundPath(sound, opus), Length: sound.Bytes})
		}
		f.Entries = append(f.Entries, x)
	}
	return asXML("application/atom+xml; charset=utf-8", f)
}

// podcast lists what an old telephone can play: what is not made yet is ordered, and stands
// there the next time.
func (s *Server) podcast(p replay.Page, lang i18n.Language) (page, error) {
	c := rssChannel{Title: feedTitle(lang, p), Link: s.opt.URL + pathOf(p.Place), Description: i18n.Say(lang, "pub_about", p.Name),
		Language: string(lang), Built: updated(p).In(schedule.Zone()).Format(time.RFC1123Z), Author: p.Commune, Explicit: "false",
		Category: rssTopic{"Government"},
		Self:     atomLink{Rel: "self", Type: "application/rss+xml", Href: s.opt.URL + feedPath(p.Place, "podcast.rss", lang)}}
	for _, e := range newest(p) {
		if len(e.Sounds) == 0 {
			continue
		}
		sound := e.Sounds[0]
		_, size, ready := s.opt.Maker.Ready(sound.SHA)
		if !ready {
			_ = s.opt.Maker.Order(sound.SHA, s.source(sound)) // a full queue: the next reader orders it
			continue
		}
		at := s.opt.URL + entryPath(p.Place, e.ID)
		c.Items = append(c.Items, rssItem{Title: titleOf(lang, e), Link: at + query(lang), GUID: rssGUID{true, at},
			Published: e.Time.In(schedule.Zone()).Format(time.RFC1123Z), Description: bodyOf(lang, e),
			Enclosure: rssEnclosure{s.opt.URL + soundPath(sound, aac), size, aacIs}, Duration: int(sound.Length.Round(time.Second).Seconds())})
	}
	return asXML("application/rss+xml; charset=utf-8", rssFeed{Version: "2.0", Itunes: "http://www.itunes.com/dtds/podcast-1.0.dtd",
		Atom: "http://www.w3.org/2005/Atom", Channel: c})
}

func asXML(kind string, v any) (page, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(v); err != nil {
		return page{}, fmt.Errorf("feed: %w", err)
	}
	return pack(kind, b.Bytes()), nil
}

func feedTitle(lang i18n.Language, p replay.Page) string {
	if p.Whole {
		return i18n.Say(lang, "pub_title_of", p.Name)
	}
	return i18n.Say(lang, "pub_title_of", p.Name+", "+p.Commune)
}

// updated is when something of a page was last different, as far as a reader can tell.
func updated(p replay.Page) time.Time {
	last := p.Made.Truncate(time.Hour)
	for _, e := range newest(p) {
		if e.Time.After(last) {
			last = e.Time
		}
	}
	return last
}

func stamp(t time.Time) string { return t.In(schedule.Zone()).Format(time.RFC3339) }
func moment(t time.Time) string {
	return t.In(schedule.Zone()).Format("15:04 02/01/2006")
}

// pathOf is where a place's page is; entryPath, feedPath and soundPath likewise.
func pathOf(p replay.Place) string {
	if p.Whole {
		return "/"
	}
	return "/t/" + p.Code
}

func entryPath(p replay.Place, id string) string { return "/t/" + p.Code + "/" + id }

func feedPath(p replay.Place, name string, lang i18n.Language) string {
	return strings.TrimSuffix(pathOf(p), "/") + "/" + name + query(lang)
}

func soundPath(s replay.Sound, kind string) string { return "/s/" + s.SHA + "." + kind }

// query is what an address in a language ends with.
func query(lang i18n.Language) string {
	if lang == i18n.EN {
		return "?lang=en"
	}
	return ""
}
