package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/controller/neighbour/cap"
	"loa/controller/store"
)

// weather is an office that warns.
type weather struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	said        int
}

func newWeather(t *testing.T) *weather {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Đài khí tượng"},
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	require.NoError(t, err)
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &weather{key: key, certificate: c}
}

func (w *weather) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.certificate.Raw}))
}

// message is a warning of a flood in Thôn 1.
func (w *weather) message(edits ...func(*cap.Message)) cap.Message {
	w.said++
	m := cap.Message{Identifier: "lu-" + string(rune('a'+w.said)), Sender: "kt@lamdong.example", Sent: time.Now().Truncate(time.Second),
		Status: cap.Actual, Type: cap.Alert, Scope: cap.Public, Infos: []cap.Info{{Language: "vi",
			Categories: []string{"Met"}, Event: "Lũ quét",
			Urgency: "Immediate", Severity: "Extreme", Certainty: "Observed", Headline: "Lũ quét về thôn 1",
			Instruction: "Bà con lên đồi ngay.",
			Areas:       []cap.Area{{Description: "thôn 1", Geocodes: []cap.Named{{Name: "xã", Value: "24823"}}}}}}}
	for _, e := range edits {
		e(&m)
	}
	return m
}

func (w *weather) signed(t *testing.T, m cap.Message) []byte {
	t.Helper()
	data, err := cap.WriteSigned(m, w.key, w.certificate)
	require.NoError(t, err)
	return data
}

func plain(t *testing.T, m cap.Message) []byte {
	t.Helper()
	data, err := cap.Write(m)
	require.NoError(t, err)
	return data
}

// hand gives a message to the office and returns what became of it.
func (o *office) hand(t *testing.T, source string, data []byte, as ...string) object {
	t.Helper()
	items := o.send(t, "POST", "/api/v1/warnings?source="+source, strings.NewReader(string(data)),
		append([]string{"Content-Type", "application/cap+xml", "Authorization", "Bearer " + o.Token()}, as...)...).items()
	require.Len(t, items, 1)
	return items[0]
}

// played has a loudspeaker of Thôn 1 say that it played a call.
func (o *office) played(t *testing.T, call string) {
	t.Helper()
	s, err := store.OpenBeside(t.Context(), o.dir)
	require.NoError(t, err)
	now := time.Now().Truncate(time.Millisecond)
	_, err = s.AddPlays(t.Context(), []store.Play{{Node: "thon-1-loa", Programme: call, Airing: call,
		At: now.Add(-time.Second), Began: now, Heard: time.Second, Length: time.Second,
		Ended: now, Outcome: "heard", Received: now}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

// coded lets other offices know Thôn 1 by a code.
func (o *office) coded(t *testing.T) {
	t.Helper()
	o.ask(t, "PUT", "/api/v1/warning-codes", object{"codes": object{"thon-1": array{"24823"}}}).object(200)
}

// A warning waits for a person, airs where it is about by their word, and never twice; a
// cancellation is heard as a correction of it.
func TestAWarningWaitsForAPerson(t *testing.T) {
	o, w := start(t), newWeather(t)
	o.coded(t)
	flood := w.message()
	got := o.hand(t, "", plain(t, flood))["warning"].(object)
	require.Equal(t, []any{"proposed", "no_source", "Lũ quét về thôn 1", true, array{"thon-1"}}, []any{got["state"], got["why"], got["title"],
		got["urgent"], got["areas"]})
	id := got["id"].(string)
	require.Equal(t, true, o.hand(t, "", plain(t, flood))["known"], "what is known is never taken again")
	page := o.page(t, "/warnings")
	require.Contains(t, page, "Lũ quét về thôn 1. Bà con lên đồi ngay.")
	require.Contains(t, page, "không qua nguồn nào được ghim")

	o.ask(t, "POST", "/api/v1/warnings/"+id+"/air", object{"armed": "wrong"}).problem(403, "not_armed")
	require.Equal(t, "proposed", o.ask(t, "GET", "/api/v1/warnings", nil).items()[0]["state"], "it waits on")
	require.Equal(t, 422, o.form(t, "/warnings/"+id+"/air", url.Values{}, "Authorization", "Bearer "+o.Token()).status, "nobody ticked")
	head := o.somebody(t, "nam", "admin", "la-da")
	head.form(t, "/warnings/"+id+"/air", url.Values{"sure": {"1"}}).saved("/warnings")
	aired := o.ask(t, "GET", "/api/v1/warnings", nil).items()[0]
	require.Equal(t, []any{"aired", "Cô NAM"}, []any{aired["state"], aired["who"]})
	call := o.ask(t, "GET", "/api/v1/calls/"+aired["call"].(string), nil).object(200)
	require.Equal(t, []any{"emergency", "Lũ quét về thôn 1", array{"thon-1"}}, []any{call["class"], call["title"],
		call["targets"].(object)["areas"]})
	o.played(t, aired["call"].(string))
	o.ask(t, "POST", "/api/v1/warnings/"+id+"/air", object{"armed": o.arm(t)}).problem(409, "warning_decided")
	o.ask(t, "POST", "/api/v1/warnings/"+id+"/dismiss", nil).problem(409, "warning_decided")

	over := func(sender string) cap.Message {
		return w.message(func(m *cap.Message) {
			m.Type, m.Infos, m.Sender, m.References = cap.Cancel, nil, sender, []cap.Reference{flood.Identity()}
		})
	}
	forged := o.hand(t, "", plain(t, over("ai@do.example")))["warning"].(object)
	require.Equal(t, []any{"shown", "reference"}, []any{forged["state"], forged["why"]}, "another sender cancels nothing")
	cancel := o.hand(t, "", plain(t, over(flood.Sender)))["warning"].(object)
	require.Equal(t, []any{"proposed", "cancel_hand"}, []any{cancel["state"], cancel["why"]})
	head.form(t, "/warnings/"+cancel["id"].(string)+"/air", url.Values{"sure": {"1"}}).saved("/warnings")
	correction := o.ask(t, "GET", "/api/v1/calls", nil).items()[0]
	require.Equal(t, aired["call"], correction["corrects"])
	require.Contains(t, correction["said"].(object)["text"], "đã hủy cảnh báo: Lũ quét về thôn 1")
	o.ask(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"la-da"}}})
}

// What is not for these loudspeakers is shown with its reason, and cannot be aired.
func TestWarningsThatAreOnlyShown(t *testing.T) {
	o, w := start(t), newWeather(t)
	o.coded(t)
	exercise := o.hand(t, "", plain(t, w.message(func(m *cap.Message) { m.Status = cap.Exercise })))["warning"].(object)
	require.Equal(t, []any{"proposed", true}, []any{exercise["state"], exercise["drill"]})
	o.ask(t, "POST", "/api/v1/warnings/"+exercise["id"].(string)+"/air", object{"armed": o.arm(t)}).problem(403, "not_armed")
	armed := o.ask(t, "POST", "/api/v1/arm/drill", object{}).object(201)["armed"]
	v := o.ask(t, "POST", "/api/v1/warnings/"+exercise["id"].(string)+"/air", object{"armed": armed}).object(200)
	call := o.ask(t, "GET", "/api/v1/calls/"+v["call"].(string), nil).object(200)
	require.Equal(t, []any{true, "live"}, []any{call["drill"], call["class"]}, "an exercise is a drill and nothing else")
	o.ask(t, "POST", "/api/v1/calls/"+v["call"].(string)+"/stop", nil)

	shown := o.hand(t, "", plain(t, w.message(func(m *cap.Message) { m.Status = cap.Test })))["warning"].(object)
	require.Equal(t, []any{"shown", "status"}, []any{shown["state"], shown["why"]})
	o.ask(t, "POST", "/api/v1/warnings/"+shown["id"].(string)+"/air", object{"armed": o.arm(t)}).problem(409, "warning_decided")
	refused := o.hand(t, "", []byte(strings.Replace(string(plain(t, w.message())), "Immediate", "Now", 1)))
	require.Equal(t, "cap_invalid", refused["code"])
	take := func(body, kind string) reply {
		return o.ask(t, "POST", "/api/v1/warnings", strings.NewReader(body), "Content-Type", kind)
	}
	take("{}", "application/json").problem(415, "content_type")
	take("<!DOCTYPE a><alert/>", "text/xml").problem(422, "cap_doctype")
	take("<html/>", "text/xml").problem(422, "cap_none")
	take("<a", "text/xml").problem(400, "cap_xml")
	take("<a>"+strings.Repeat(" ", cap.MostBytes)+"</a>", "text/xml").problem(413, "cap_large")
	require.Len(t, o.ask(t, "GET", "/api/v1/warnings", nil).items(), 2, "what is refused is not kept")
}

// A feed whose sender is pinned airs by itself, from the severity and by the right of
// the person that said so; without the signature, or when the right is gone, it waits. What
// it cancels is taken back by itself, too.
func TestAWarningAirsByItself(t *testing.T) {
	dir := t.TempDir()
	st := open(t, dir)
	commune(t, st)
	require.NoError(t, st.Close())
	folder := t.TempDir()
	o := startWith(t, dir, func(c *controller.Config) { c.Reach, c.Warnings = []string{"127.0.0.1"}, folder })
	o.coded(t)
	w := newWeather(t)
	flood := w.message()
	var asked, unchanged atomic.Int64
	list := func() string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><entry><id>` + flood.Identifier +
			`</id><link type="application/cap+xml" href="/lu.xml"/></entry></feed>`
	}
	feed := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/lu.xml" {
			rw.Write(w.signed(t, flood))
			return
		}
		if r.Header.Get("If-None-Match") == `"1"` {
			unchanged.Add(1)
			rw.WriteHeader(http.StatusNotModified)
			return
		}
		rw.Header().Set("ETag", `"1"`)
		rw.Write([]byte(list()))
	}))
	t.Cleanup(feed.Close)
	source := object{"name": "Khí tượng", "kind": "feed", "address": feed.URL + "/", "sender": flood.Sender, "certificate": w.pem(),
		"automatic": "severe"}
	o.ask(t, "POST", "/api/v1/warning-sources", object{"name": "x", "kind": "feed", "address": feed.URL, "automatic": "severe"}).
		problem(422, "source_pin")
	o.ask(t, "POST", "/api/v1/warning-sources", object{"name": "x", "kind": "feed",
		"address": "http://10.0.0.1/"}).problem(422, "address_private")
	o.ask(t, "POST", "/api/v1/warning-sources", object{"name": "x", "kind": "feed", "address": "file:///etc/passwd"}).
		problem(422, "source_address")
	o.ask(t, "POST", "/api/v1/warning-sources", object{"name": "x", "kind": "program", "certificate": "x"}).problem(422,
		"source_certificate")
	head := o.somebody(t, "nam", "admin", "la-da")
	began := time.Now()
	made := head.does(t, "POST", "/api/v1/warning-sources", source).object(201)
	require.Equal(t, []any{"Cô NAM", "Đài khí tượng"}, []any{made["account"], made["signer"]})
	var aired object
	witness.Await(t, "it airs by itself", 20*time.Second, func() bool {
		for _, v := range o.ask(t, "GET", "/api/v1/warnings", nil).items() {
			if v["state"] == "aired" && v["call"] != nil {
				aired = v
			}
		}
		return aired != nil
	})
	t.Logf("aired %v after the feed was named", time.Since(began))
	require.Equal(t, []any{"Đài khí tượng", "Khí tượng (Cô NAM)"}, []any{aired["signer"], aired["who"]})
	call := o.ask(t, "GET", "/api/v1/calls/"+aired["call"].(string), nil).object(200)
	require.Equal(t, []any{"emergency", array{"thon-1"}}, []any{call["class"], call["targets"].(object)["areas"]})
	o.played(t, aired["call"].(string))

	// The same office by a program: what is not signed is refused, what another signs too.
	source["kind"], source["name"] = "program", "Chương trình"
	delete(source, "address")
	program := head.does(t, "POST", "/api/v1/warning-sources", source).object(201)["id"].(string)
	require.Equal(t, "cap_unsigned", o.hand(t, program, plain(t, w.message()))["code"])
	require.Equal(t, "cap_signature", o.hand(t, program, newWeather(t).signed(t, w.message()))["code"])
	require.Equal(t, "cap_sender", o.hand(t, program, w.signed(t, w.message(func(m *cap.Message) { m.Sender = "khac" })))["code"])
	cancel := w.message(func(m *cap.Message) {
		m.Type, m.Infos, m.References = cap.Cancel, nil, []cap.Reference{flood.Identity()}
	})
	asKnown := time.Now()
	got := o.hand(t, program, w.signed(t, cancel))["warning"].(object)
	require.Equal(t, "aired", got["state"], got)
	t.Logf("taken back within %v", time.Since(asKnown))
	require.Equal(t, aired["call"], o.ask(t, "GET", "/api/v1/calls/"+got["call"].(string), nil).object(200)["corrects"])

	// By a file, unsigned, and without a source of that kind: it waits.
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.xml.part"), plain(t, w.message()), 0o600))
	require.NoError(t, os.Rename(filepath.Join(folder, "a.xml.part"), filepath.Join(folder, "a.xml")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "b.xml"), []byte("nothing"), 0o600))
	witness.Await(t, "both files are taken away", 20*time.Second, func() bool {
		_, taken := os.Stat(filepath.Join(folder, "taken", "a.xml"))
		_, refused := os.Stat(filepath.Join(folder, "refused", "b.xml"))
		return taken == nil && refused == nil
	})
	require.Equal(t, []any{"proposed", "no_source"}, []any{o.ask(t, "GET", "/api/v1/warnings", nil).items()[0]["state"],
		o.ask(t, "GET", "/api/v1/warnings", nil).items()[0]["why"]})

	// The one that said so may not any more.
	o.somebody(t, "hai", "admin", "la-da") // somebody has to govern
	o.ask(t, "PUT", "/api/v1/people/"+head.id, object{"grants": array{object{"role": "operator", "area": "la-da"}}}).object(200)
	got = o.hand(t, program, w.signed(t, w.message()))["warning"].(object)
	require.Equal(t, []any{"proposed", "right"}, []any{got["state"], got["why"]})
	require.NotEmpty(t, o.ask(t, "GET", "/api/v1/warning-sources", nil).items()[0]["answered"])
	took := map[any]bool{}
	for _, a := range o.ask(t, "GET", "/api/v1/audit?action=warning.take", nil).items() {
		took[a["who"]] = true
	}
	require.Equal(t, map[any]bool{"warnings": true, "machine": true}, took, "by feed and file, and by whom handed in")
	o.ask(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"la-da"}}})
}

// From the message to the first sound of the horns, by itself.
func TestMeasuredWarningToHorn(t *testing.T) {
	o, w := start(t), newWeather(t)
	o.coded(t)
	head := o.somebody(t, "nam", "admin", "la-da")
	source := head.does(t, "POST", "/api/v1/warning-sources", object{"name": "Khí tượng", "kind": "program", "certificate": w.pem(),
		"automatic": "severe"}).object(201)["id"].(string)
	var took []time.Duration
	for i := range 20 {
		data := w.signed(t, w.message(func(m *cap.Message) { m.Infos[0].Instruction += strings.Repeat(" Không qua ngầm tràn.", i) }))
		asked := time.Now()
		got := o.hand(t, source, data)["warning"].(object)
		require.Equal(t, "aired", got["state"], got)
		call := o.ask(t, "GET", "/api/v1/calls/"+got["call"].(string), nil).object(200)
		start, err := time.Parse(time.RFC3339Nano, call["start"].(string))
		require.NoError(t, err)
		took = append(took, start.Sub(asked))
	}
	slices.Sort(took)
	t.Logf("a CAP message sounds after p50 %v, worst of 20 %v", took[10], took[19])
	require.Less(t, took[19], 3*time.Second)
	o.ask(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"la-da"}}})
}

// A refused form of the page comes back with all that was typed.
func TestARefusedSourceIsTypedOnce(t *testing.T) {
	o := start(t)
	o.coded(t)
	head := o.somebody(t, "nam", "admin", "la-da")
	head.form(t, "/warning-sources", url.Values{"name": {"Khí tượng tỉnh"}, "kind": {"feed"}, "address": {"https://kt.example/cap.xml"},
		"sender": {"kt@lamdong.example"}, "certificate": {"không phải PEM"}, "automatic": {"severe"}, "silent_h": {"12"}}).
		refused(422, "Chứng thư không đọc được", `value="Khí tượng tỉnh"`, `value="https://kt.example/cap.xml"`, "không phải PEM</textarea>",
			`value="12"`)
	o.hand(t, "", plain(t, newWeather(t).message()))
	id := o.ask(t, "GET", "/api/v1/warnings", nil).items()[0]["id"].(string)
	head.form(t, "/warnings/"+id+"/air", url.Values{"sure": {""}}).refused(422, "Hãy đánh dấu")
}
