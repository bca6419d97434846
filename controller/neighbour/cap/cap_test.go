package cap

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is written is read as it was, is right by the schema, and by the tools that others
// verify with.
func TestWriteAndRead(t *testing.T) {
	m := flood()
	data, err := Write(m)
	require.NoError(t, err)
	got, err := Read(data)
	require.NoError(t, err)
	sameMessage(t, m, got)

	key, certificate := office(t)
	signed, err := WriteSigned(m, key, certificate)
	require.NoError(t, err)
	s, err := Verify(signed, Signer{certificate})
	require.NoError(t, err)
	sameMessage(t, m, s.Message)
	require.False(t, s.Weak)

	dir := t.TempDir()
	for name, data := range map[string][]byte{"plain.xml": data, "signed.xml": signed} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		tool(t, "xmllint", "--nonet", "--noout", "--schema", "testdata/cap-1.2.xsd", path)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key.pem"), publicPEM(t, certificate), 0o600))
	tool(t, "xmlsec1", "--verify", "--pubkey-pem", filepath.Join(dir, "key.pem"), filepath.Join(dir, "signed.xml"))
}

func sameMessage(t *testing.T, want, got Message) {
	t.Helper()
	require.Equal(t, want.Identity().Key(), got.Identity().Key())
	a, err := Write(want)
	require.NoError(t, err)
	b, err := Write(got)
	require.NoError(t, err)
	require.Equal(t, string(a), string(b))
}

func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(t, err, "%s (of Debian's package %s): %s", name, map[string]string{"xmllint": "libxml2-utils",
		"xmlsec1": "xmlsec1"}[name], out)
}

// What is wrong is refused at its place.
func TestWhatAMessageHasToBe(t *testing.T) {
	right, err := Write(flood())
	require.NoError(t, err)
	for _, c := range []struct{ old, new, where string }{
		{"<identifier>vn", "<identifier>v n", "alert/identifier"},
		{"<sender>la-da", "<sender>la,da", "alert/sender"},
		{"<sender>la-da", "<sender>la\u202eda", "alert/sender"},
		{"15:00:00+07:00</sent>", "15:00:00</sent>", "alert/sent"},
		{"15:00:00+07:00</sent>", "15:00:00.5+07:00</sent>", "alert/sent"},
		{"15:00:00+07:00</sent>", "25:00:00+07:00</sent>", "alert/sent"},
		{"2026-10-29T15:00:00+07:00</sent>", "1026-10-29T15:00:00+07:00</sent>", "alert/sent"},
		{"<status>Actual", "<status>Real", "alert/status"},
		{"<status>Actual</status>", "", "alert/status"},
		{"<status>Actual</status>", "<status>Test</status><status>Actual</status>", "alert/status"},
		{"<status>Actual", "<status><b/>Actual", "alert/status"},
		{"<scope>Public", "<scope>Restricted", "alert/restriction"},
		{"<scope>Public", "<scope>Private", "alert/addresses"},
		{"<note>", "<notes>x</notes><note>", "alert/notes"},
		{"la-da@lamdong.example,vn", "vn", "alert/references"},
		{"14:00:00+07:00</references>", "16:00:00+07:00</references>", "alert/references"},
		{"20261029.0,2026-10-29T14", "20261029.1,2026-10-29T15", "alert/references"},
		{"vi-VN", "tiếng Việt", "alert/info 1/language"},
		{"<category>Met", "<category>Weather", "alert/info 1/category"},
		{"<event>Lũ &lt;quét&gt;</event>", "<event/>", "alert/info 1/event"},
		{"Immediate", "Now", "alert/info 1/urgency"},
		{"Extreme", "extreme", "alert/info 1/severity"},
		{"Observed", "", "alert/info 1/certainty"},
		{"<value>flood</value>", "", "alert/info 1/eventCode 1/value"},
		{"<valueName>level</valueName>", "", "alert/info 1/parameter 1/valueName"},
		{"<size>12345", "<size>-5", "alert/info 1/resource 1/size"},
		{"<mimeType>audio/mpeg</mimeType>", "", "alert/info 1/resource 1/mimeType"},
		{"<areaDesc>thôn 1</areaDesc>", "", "alert/info 1/area 1/areaDesc"},
		{"11.1,107.9 11,107.8</polygon>", "11.1,107.9 11,107.7</polygon>", "alert/info 1/area 1/polygon"},
		{"11,107.8 11,107.9", "107.8,11 11,107.9", "alert/info 1/area 1/polygon"},
		{"11,107.8 11,107.9", "NaN,107.8 11,107.9", "alert/info 1/area 1/polygon"},
		{"3.5</circle>", "-3.5</circle>", "alert/info 1/area 1/circle"},
		{"3.5</circle>", "</circle>", "alert/info 1/area 1/circle"},
		{"<geocode>", "<ceiling>5</ceiling><geocode>", "alert/info 1/area 1/ceiling"},
	} {
		t.Run(c.where+" "+c.new, func(t *testing.T) {
			require.Contains(t, string(right), c.old)
			_, err := Read([]byte(strings.Replace(string(right), c.old, c.new, 1)))
			require.ErrorContains(t, err, " "+c.where+":")
		})
	}
}

// What XML allows and a message does not need is not even read.
func TestHostileDocuments(t *testing.T) {
	const head = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">`
	laughs := `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>` + head + `<note>&b;</note></alert>`
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"laughs":     {laughs, ErrDoctype},
		"outside":    {`<!DOCTYPE a SYSTEM "file:///etc/passwd">` + head + `</alert>`, ErrDoctype},
		"entity":     {head + `<note>&xxe;</note></alert>`, ErrXML},
		"deep":       {head + strings.Repeat("<a>", 5000), ErrTooLarge},
		"wide":       {head + strings.Repeat("<a/>", 60_000) + "</alert>", ErrTooLarge},
		"large":      {head + strings.Repeat(" ", MostBytes) + "</alert>", ErrTooLarge},
		"half":       {head + "<identifier>a</identifier>", ErrXML},
		"two roots":  {head + "</alert>" + head + "</alert>", ErrXML},
		"attributes": {`<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2" a="1" a="2"></alert>`, ErrXML},
		"encoding":   {`<?xml version="1.0" encoding="UTF-7"?>` + head + `</alert>`, ErrXML},
		"another":    {`<alert xmlns="urn:x"/>`, ErrNone},
		"html":       {`<html><body>404</body></html>`, ErrNone},
		"nothing":    {``, ErrXML},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := Read([]byte(c.data))
			require.ErrorIs(t, err, c.want)
			t.Log(time.Since(began))
		})
	}
}

// Offices break a line after a comma, write "Z", or put the parts in another order.
func TestWhatOfficesSend(t *testing.T) {
	m := flood()
	right, err := Write(m)
	require.NoError(t, err)
	bent := string(right)
	for _, r := range [][2]string{{"example,vn.lamdong.la-da.20261029.0,", "example,vn.lamdong.la-da.20261029.0,\n   "},
		{"2026-10-29T14:00:00+07:00</references>", "2026-10-29T07:00:00Z</references>"},
		{"<scope>Public</scope>", ""}, {"<incidents>", "<scope> Public\n</scope><incidents>"},
		{"cap:1.2", "cap:1.1"}, {"</alert>", `<x:y xmlns:x="urn:x">z</x:y></alert>`}} {
		require.Contains(t, bent, r[0])
		bent = strings.Replace(bent, r[0], r[1], 1)
	}
	got, err := Read([]byte(bent))
	require.NoError(t, err)
	require.Equal(t, m.References[0].Key(), got.References[0].Key())
	require.Equal(t, Public, got.Scope)
}

func TestLanguageAndUrgency(t *testing.T) {
	info := func(language, severity string) Info {
		return Info{Language: language, Severity: severity, Urgency: "Expected", Certainty: "Likely"}
	}
	m := Message{Infos: []Info{info("", "Extreme"), info("vi-VN", "Severe"), info("vi", "Minor"), info("kho", "Minor")}}
	require.Len(t, m.In("vi"), 2)
	require.Len(t, m.In("kho", "vi"), 1)
	require.Len(t, m.In("en"), 1, "no language is English")
	require.Empty(t, m.In("fr"))
	require.True(t, m.Infos[1].Urgent())
	require.False(t, m.Infos[2].Urgent())
	require.True(t, Info{ResponseTypes: []string{"AllClear"}}.AllClear())
}

func TestCovers(t *testing.T) {
	at := func(latitude, longitude float64) Place { return Place{Point: &Point{latitude, longitude}} }
	square := Info{Areas: []Area{{Polygons: [][]Point{{{11, 107}, {11, 108}, {12, 108}, {12, 107}, {11, 107}}}}}}
	require.True(t, square.Covers(at(11.5, 107.5), 0))
	require.False(t, square.Covers(at(11.5, 108.01), 0))
	require.True(t, square.Covers(at(11.5, 108.01), 2), "1.1 km away")
	require.False(t, square.Covers(at(11.5, 108.03), 2), "3.3 km away")
	require.False(t, square.Covers(Place{}, 5), "nobody knows where it stands")
	pacific := Info{Areas: []Area{{Polygons: [][]Point{{{-10, 175}, {-10, -175}, {10, -175}, {10, 175}, {-10, 175}}}}}}
	require.True(t, pacific.Covers(at(0, 179), 0))
	require.True(t, pacific.Covers(at(0, -179), 0))
	require.False(t, pacific.Covers(at(0, 0), 0))
	circle := Info{Areas: []Area{{Circles: []Circle{{Point{11, 107}, 10}}}}}
	require.True(t, circle.Covers(at(11.08, 107), 0), "8.9 km")
	require.False(t, circle.Covers(at(11.1, 107), 0), "11.1 km")
	code := Info{Areas: []Area{{Geocodes: []Named{{"xã", "24823"}}}}}
	require.True(t, code.Covers(Place{Codes: []string{"68", "24823"}}, 0))
	require.False(t, code.Covers(at(11, 107), 100))
	for _, i := range []Info{{}, {Areas: []Area{{Description: "toàn tỉnh"}}}} {
		require.False(t, i.Covers(at(11, 107), 100), "no place is not every place")
	}
}

// A message holds until its last part does; one that does not say so, for the usual time.
func TestExpiry(t *testing.T) {
	m := flood()
	require.Equal(t, m.Sent.Add(6*time.Hour), m.Expiry(24*time.Hour))
	m.Infos = append(m.Infos, Info{})
	require.Equal(t, m.Sent.Add(24*time.Hour), m.Expiry(24*time.Hour))
	require.Equal(t, m.Sent, Message{Sent: m.Sent}.Expiry(24*time.Hour))
}
