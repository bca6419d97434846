package cap

import (
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"

	"loa/controller/problem"
)

// Entry is one message in a feed: where it can be had, or itself.
type Entry struct {
	ID      string
	Updated time.Time // zero: not said
	URL     string    // absolute; "": Data is the message
	Data    []byte    // the message, where the feed carries it whole
}

// mostEntries of a feed are looked at, the first ones: the newest stand first.
const mostEntries = 500

// ErrFeed is of a document that lists nothing.
var ErrFeed = problem.New(problem.Invalid, "cap_feed", "Địa chỉ này không phải nguồn Atom hoặc RSS. Hãy kiểm tra lại địa chỉ.",
	"This address is no Atom or RSS feed. Look at the address again.")

// Feed lists the messages of an Atom or RSS feed, or the one message that a document is.
// Addresses are made absolute by base, where the feed was had. An entry without an address
// and without a message is left out; what a feed says about a message counts for nothing.
func Feed(data []byte, base *url.URL) ([]Entry, error) {
	root, err := tree(data)
	if err != nil {
		return nil, err
	}
	switch {
	case root.Tag == "feed" && root.NamespaceURI() == atom:
		return entries(root, "entry", base), nil
	case root.Tag == "rss" && root.SelectElement("channel") != nil:
		return entries(root.SelectElement("channel"), "item", base), nil
	}
	alerts, err := Alerts(data)
	if err != nil {
		return nil, ErrFeed
	}
	var all []Entry
	for _, a := range alerts {
		all = append(all, Entry{Data: a})
	}
	return all, nil
}

func entries(list *etree.Element, tag string, base *url.URL) (all []Entry) {
	for _, e := range list.ChildElements() {
		if e.Tag != tag || len(all) == mostEntries {
			continue
		}
		entry := Entry{ID: first(e, "id", "guid"), Updated: updated(e)}
		if found := inside(e); len(found) > 0 {
			entry.Data = found[0]
		} else if entry.URL = link(e, base); entry.URL == "" {
			continue
		}
		if entry.ID == "" {
			entry.ID = entry.URL
		}
		all = append(all, entry)
	}
	return all
}

func first(e *etree.Element, tags ...string) string {
	for _, tag := range tags {
		if c := e.SelectElement(tag); c != nil {
			if v, ok := value(c); ok {
				return v
			}
		}
	}
	return ""
}

func updated(e *etree.Element) time.Time {
	v := first(e, "updated", "published", "pubDate")
	for _, layout := range []string{time.RFC3339, time.RFC1123Z, time.RFC1123} {
		if at, err := time.Parse(layout, v); err == nil {
			return at
		}
	}
	return time.Time{}
}

// link is where the message is had: what says that it is CAP, else the first that does not
// say that it is something else.
func link(e *etree.Element, base *url.URL) string {
	best := ""
	for _, l := range e.SelectElements("link") {
		kind, href := strings.ToLower(l.SelectAttrValue("type", "")), l.SelectAttrValue("href", "")
		if href == "" {
			href = strings.TrimSpace(l.Text())
		}
		at, err := url.Parse(href)
		if err != nil || href == "" {
			continue
		}
		if base != nil {
			at = base.ResolveReference(at)
		}
		if at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
			continue
		}
		switch {
		case strings.HasPrefix(kind, "application/cap+xml"), strings.HasPrefix(kind, "application/common-alerting-protocol+xml"):
			return at.String()
		case best == "" && (kind == "" || strings.Contains(kind, "xml")) && l.SelectAttrValue("rel", "alternate") != "self":
			best = at.String()
		}
	}
	return best
}
