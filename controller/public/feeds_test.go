package public_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/public"
)

// node is any element of XML.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []node     `xml:",any"`
}

func (n node) all(space, name string) (found []node) {
	for _, x := range n.Nodes {
		if x.XMLName.Local == name && x.XMLName.Space == space {
			found = append(found, x)
		}
	}
	return found
}

func (n node) one(t *testing.T, space, name string) node {
	t.Helper()
	found := n.all(space, name)
	require.Len(t, found, 1, "%s in %s", name, n.XMLName.Local)
	return found[0]
}

func (n node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (b *board) feed(t *testing.T, path, kind string) node {
	t.Helper()
	r := b.ask(http.MethodGet, path)
	require.Equal(t, 200, r.status)
	require.Equal(t, kind, r.header.Get("Content-Type"))
	var root node
	d := xml.NewDecoder(strings.NewReader(r.body))
	d.Strict = true
	require.NoError(t, d.Decode(&root), r.body)
	return root
}

const atomSpace = "http://www.w3.org/2005/Atom"

// The Atom feed has what RFC 4287 says that a feed and an entry MUST have (4.1.1, 4.1.2).
func TestAtomIsAsTheStandardHasIt(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	for _, path := range []string{"/t/" + b.code + "/feed.atom", "/feed.atom", "/feed.atom?lang=en"} {
		f := b.feed(t, path, "application/atom+xml; charset=utf-8")
		require.Equal(t, xml.Name{Space: atomSpace, Local: "feed"}, f.XMLName)
		iri(t, f.one(t, atomSpace, "id").Text)
		require.NotEmpty(t, f.one(t, atomSpace, "title").Text)
		_, err := time.Parse(time.RFC3339, f.one(t, atomSpace, "updated").Text)
		require.NoError(t, err)
		require.NotEmpty(t, f.one(t, atomSpace, "author").one(t, atomSpace, "name").Text, "else each entry needs one")
		self := map[string]string{}
		for _, l := range f.all(atomSpace, "link") {
			self[l.attr("rel")] = l.attr("href")
		}
		require.Equal(t, b.url+path, self["self"])
		ids := map[string]bool{}
		entries := f.all(atomSpace, "entry")
		require.Len(t, entries, 8)
		for _, e := range entries {
			id := e.one(t, atomSpace, "id").Text
			iri(t, id)
			require.False(t, ids[id], "ids differ")
			ids[id] = true
			require.NotEmpty(t, e.one(t, atomSpace, "title").Text)
			require.NotEmpty(t, e.one(t, atomSpace, "content").Text)
			_, err := time.Parse(time.RFC3339, e.one(t, atomSpace, "updated").Text)
			require.NoError(t, err)
			for _, l := range e.all(atomSpace, "link") {
				iri(t, l.attr("href"))
				at := strings.TrimPrefix(l.attr("href"), b.url)
				require.Equal(t, 200, b.ask(http.MethodHead, at).status, at)
			}
		}
	}
}

func iri(t *testing.T, s string) {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	require.True(t, u.IsAbs(), s)
}

// The podcast has what RSS 2.0 asks for, and each enclosure is what it says: what cannot be
// played by an old telephone yet stands there as soon as it can.
func TestPodcastCanBePlayed(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	path := "/t/" + b.code + "/podcast.rss"
	items := func() []node {
		f := b.feed(t, path, "application/rss+xml; charset=utf-8")
		require.Equal(t, "2.0", f.attr("version"))
		c := f.one(t, "", "channel")
		for _, must := range []string{"title", "link", "description", "language"} {
			require.NotEmpty(t, c.one(t, "", must).Text)
		}
		return c.all("", "item")
	}
	require.Empty(t, items(), "none has been made")
	witness.Await(t, "all are made", time.Minute, func() bool {
		s, err := b.replay.Snapshot(t.Context())
		require.NoError(t, err)
		p, _ := s.Page(b.code)
		for _, e := range append(p.Alerts, p.Entries...) {
			for _, sound := range e.Sounds[:min(1, len(e.Sounds))] {
				if _, _, ok := b.maker.Ready(sound.SHA); !ok {
					return false
				}
			}
		}
		return true
	})
	b.later(time.Minute)
	all := items()
	require.Len(t, all, 5)
	for _, item := range all {
		e := item.one(t, "", "enclosure")
		at := strings.TrimPrefix(e.attr("url"), b.url)
		r := b.ask(http.MethodGet, at)
		require.Equal(t, 200, r.status)
		require.Equal(t, e.attr("type"), r.header.Get("Content-Type"))
		require.Equal(t, e.attr("length"), r.header.Get("Content-Length"))
		_, err := time.Parse(time.RFC1123Z, item.one(t, "", "pubDate").Text)
		require.NoError(t, err)
		require.NotEmpty(t, item.one(t, "", "guid").Text)
	}
}
