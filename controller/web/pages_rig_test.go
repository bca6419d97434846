package web_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
	"loa/controller/broker"
	"loa/controller/store"
	"loa/node/wire"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // a hundred offices in one process: a sixth of its time was spent on collecting
	os.Exit(browser.Main(func() int { return witness.Main(m) }))
}

// oneVillage is La Dạ with one loudspeaker in Thôn 1: small enough to know all of
// it that a page says.
func oneVillage(t *testing.T, s *store.Store) {
	require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "thon-1", Parent: "la-da", Name: "Thôn 1", Kind: store.Village}))
	nodeIn(t, s, "thon-1", "loa-1")
}

// twoVillages has two loudspeakers in Thôn 2 besides.
func twoVillages(t *testing.T, s *store.Store) {
	oneVillage(t, s)
	require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "thon-2", Parent: "la-da", Name: "Thôn 2", Kind: store.Village}))
	nodeIn(t, s, "thon-2", "loa-2")
	nodeIn(t, s, "thon-2", "loa-3")
}

func nodeIn(t *testing.T, s *store.Store, area, id string) {
	require.NoError(t, s.PutNode(t.Context(), store.Node{ID: id, Name: "Cụm loa " + id, Area: area, Volume: 100, Created: time.Now()}))
}

// well is the word of a node that is well and knows all of itself.
func well() wire.Status {
	temp, disk, mem, load, signal, wear := 41.0, int64(3_400_000_000), int64(120_000_000), 0.2, 70, 3
	mains, low := true, false
	return wire.Status{Boot: "b", Session: 1, Version: "1.0", Volume: 100,
		Clock: wire.Clock{Known: true, Bound: time.Millisecond, RTT: 20 * time.Millisecond},
		Sound: wire.Sound{
			OK:     true,
			Output: "null",
		}, TempC: &temp, DiskFree: &disk, MemFree: &mem, Load: &load, Mains: &mains, Undervoltage: &low, DiskWear: &wear,
		Modem: &wire.Modem{State: "connected", Operator: "Viettel", Access: "lte", Signal: &signal}}
}

// wellAre has nodes come to the broker, each with its own certificate, and say
// that they are well until the test ends.
func (o *office) wellAre(t *testing.T, nodes ...string) {
	t.Helper()
	for _, id := range nodes {
		o.saysIt(t, id)
	}
	witness.Await(t, "all are good", 20*time.Second, func() bool {
		good := 0
		for _, n := range o.ask(t, "GET", "/api/v1/nodes", nil).items() {
			if n["state"] == "good" {
				good++
			}
		}
		return good == len(nodes)
	})
}

// saysIt is one of them.
func (o *office) saysIt(t *testing.T, id string) {
	t.Helper()
	o.board(t, id, well())
}

// board is a node's client. It says a word every ten seconds, for after a minute of
// silence it would count as gone.
func (o *office) board(t *testing.T, id string, word wire.Status) *broker.Client {
	t.Helper()
	crt, key, err := o.Trust().IssueNode(id)
	require.NoError(t, err)
	pair, err := tls.X509KeyPair(crt, key)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(o.Trust().CAPEM()))
	ctx, cancel := context.WithCancel(t.Context())
	up := make(chan struct{}, 1)
	c, err := broker.Dial(ctx, broker.ClientOptions{URL: "mqtts://" + o.BrokerAddr(), ClientID: id, Logger: discard,
		TLS: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, ServerName: "localhost"},
		OnConnect: func() {
			select {
			case up <- struct{}{}:
			default: // it is about to speak
			}
		}})
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for ; ; word.Seq++ {
			select {
			case <-ctx.Done():
				return
			case <-up:
			case <-tick.C:
			}
			if raw, err := wire.Encode(word); err == nil {
				_ = c.Publish(ctx, wire.Topics{Commune: "la-da"}.Up(id, wire.KindStatus), 1, false, raw) // the next word tells the same
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done; c.Wait() })
	return c
}

const memberPassword = "mưa rơi trên mái đình"

// member makes an account whose name is its role.
func (o *office) member(t *testing.T, role, area string) {
	t.Helper()
	o.ask(t, "POST", "/api/v1/people", object{"login": role, "name": "Người " + role, "password": memberPassword,
		"grants": array{object{"role": role, "area": area}}}).into(201, nil)
}

// cookieOf signs a member in without a browser.
func (o *office) cookieOf(t *testing.T, login string) string {
	t.Helper()
	r := o.form(t, "/signin", url.Values{"login": {login}, "password": {memberPassword}})
	require.Equal(t, http.StatusSeeOther, r.status, "%s", r.body)
	return sessionOf(t, r)
}

// signIn is what a member does at the door.
func signIn(p *browser.Person, login string) {
	p.T.Helper()
	p.Do(chromedp.Navigate(p.URL+"/signin"), chromedp.WaitVisible("[name=login]"), chromedp.SendKeys("[name=login]", login),
		chromedp.SendKeys("[name=password]", memberPassword), chromedp.Submit("[name=password]"), chromedp.WaitReady(".menu-who"))
}

// speech is a voice as a WAV file.
func speech(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	raw, path := filepath.Join(dir, "raw.wav"), filepath.Join(dir, "voice.wav")
	for _, c := range []*exec.Cmd{
		exec.Command("espeak-ng", "-v", "vi", "-w", raw, "--stdin"),
		exec.Command("ffmpeg", "-v", "error", "-i", raw, "-af", "volume=-9dB", "-ac", "1", "-ar", "48000", path),
	} {
		c.Stdin = bytes.NewBufferString(text)
		out, err := c.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return path
}

// daily puts a programme of every day into the calendar.
func (o *office) daily(t *testing.T, title string) string {
	t.Helper()
	return o.add(t, object{"title": title, "class": "normal", "cron": "30 15 * * *", "targets": object{"areas": array{"la-da"}},
		"rundown": array{object{"chime": true}, object{"gap_s": 20}}})
}
