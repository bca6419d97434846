package notify

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/reach"
)

var flood = Notice{ID: "n1", Event: "emergency", At: time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC), Title: "Lũ quét", Who: "Ông Bảy",
	Places:  "Thôn 1",
	Subject: "[Xã La Dạ] Lũ quét\r\nBcc: everybody@example.com", Text: "Đã phát KHẨN CẤP “Lũ quét”.\r\n.\r\nQUIT"}

// here lets this machine be reached: the servers of these tests are on it.
var here = func() *reach.Guard {
	g, err := reach.New("127.0.0.1")
	if err != nil {
		panic(err)
	}
	return g
}()

// What is set by somebody who may set it reaches nothing of the house by that.
func TestNothingOfTheHouseIsReached(t *testing.T) {
	url, got, _ := hook(t, 204)
	mail := Mail{Server: strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/loa"), TLS: "none", From: "loa@xa.vn",
		To: []string{"a@xa.vn"}}
	for way, err := range (Settings{Webhook: Webhook{URL: url}, Mail: mail}).Try(t.Context(), reach.Public(), flood) {
		require.ErrorIs(t, err, reach.ErrPrivate, way)
	}
	require.Empty(t, got)
}

// sender runs a sender with settings that can be changed.
func sender(t *testing.T, to *Settings) *Sender {
	t.Helper()
	var mu sync.Mutex
	s := New(Options{Reach: here, Logger: slog.New(slog.DiscardHandler),
		Settings: func(context.Context) (Settings, error) { mu.Lock(); defer mu.Unlock(); return *to, nil }})
	s.pauses = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

// hook is a web server that answers with these statuses, one after another.
func hook(t *testing.T, statuses ...int) (url string, got chan *http.Request, bodies chan []byte) {
	t.Helper()
	got, bodies = make(chan *http.Request, 100), make(chan []byte, 100)
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- r
		bodies <- body
		if statuses[0] == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(statuses[0])
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/loa", got, bodies
}

func TestWebhookIsSigned(t *testing.T) {
	url, got, bodies := hook(t, 204)
	s := sender(t, &Settings{Webhook: Webhook{URL: url, Secret: "bí mật"}})
	s.Send(flood)
	r, body := <-got, <-bodies
	require.Equal(t, []string{"POST", "/loa", "application/json"}, []string{r.Method, r.URL.Path, r.Header.Get("Content-Type")})
	var n Notice
	require.NoError(t, json.Unmarshal(body, &n))
	require.Equal(t, flood.Title, n.Title)
	require.False(t, n.Approved)
	sent := map[string]string{} // as the other side would check it
	for _, part := range strings.Split(r.Header.Get("Loa-Signature"), ",") {
		key, value, _ := strings.Cut(part, "=")
		sent[key] = value
	}
	mac := hmac.New(sha256.New, []byte("bí mật"))
	fmt.Fprintf(mac, "%s.%s", sent["t"], body)
	require.Equal(t, hex.EncodeToString(mac.Sum(nil)), sent["v1"])
}

func TestWebhookIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		statuses []int
		tries    int
	}{"busy": {[]int{500, 503, 200}, 3}, "slow down": {[]int{429, 200}, 2}, "never": {[]int{500}, 4}, "refused": {[]int{400, 200}, 1},
		"moved": {[]int{302, 200}, 1}} {
		t.Run(name, func(t *testing.T) {
			url, got, _ := hook(t, c.statuses...)
			s := sender(t, &Settings{Webhook: Webhook{URL: url}})
			err := s.insist(t.Context(), flood, func(ctx context.Context, to Settings, n Notice) error { return to.Webhook.post(ctx, s.client, n) })
			require.Len(t, got, c.tries)
			require.Equal(t, c.statuses[len(c.statuses)-1] == 200 && c.tries == len(c.statuses), err == nil, "%v", err)
		})
	}
}

// A sender waits for nobody, and what waits is bounded.
func TestSendNeverBlocks(t *testing.T) {
	s := New(Options{Reach: here, Logger: slog.New(slog.DiscardHandler)}) // nobody runs it
	for range 3 * queueSize {
		s.Send(flood)
	}
	require.Len(t, s.hooks, queueSize)
	require.Len(t, s.mails, queueSize)
}

// A way that hangs does not hold up the other, and ends with the sender.
func TestOneWayDoesNotWaitForTheOther(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	require.NoError(t, err)
	defer l.Close()
	url, got, _ := hook(t, 200)
	s := sender(t, &Settings{Webhook: Webhook{URL: url},
		Mail: Mail{Server: l.Addr().String(), TLS: "none", From: "loa@xa.vn", To: []string{"a@xa.vn"}}})
	s.Send(flood)
	s.Send(flood)
	<-got
	<-got
}

// postOffice is a mail server: SMTP as RFC 5321, 3207 and 4954 have it.
type postOffice struct {
	net.Listener
	t         *testing.T
	cert      *tls.Config
	user      string // it wants
	refusals  []string
	delivered chan letter
}

type letter struct {
	from, data string
	to         []string
	encrypted  bool
	signedIn   bool
}

func newPostOffice(t *testing.T, user string, refusals ...string) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	web := httptest.NewTLSServer(nil) // its certificate is for 127.0.0.1
	t.Cleanup(web.Close)
	p := &postOffice{Listener: l, t: t, user: user, refusals: refusals, delivered: make(chan letter, 10),
		cert: &tls.Config{Certificates: web.TLS.Certificates}}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.serve(conn)
		}
	})
	return p
}

func (p *postOffice) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(p.cert.Certificates[0].Certificate[0])
	require.NoError(p.t, err)
	pool.AddCert(cert)
	return pool
}

func (p *postOffice) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	var l letter
	say("220 post office")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			say("250-post office\r\n250-STARTTLS\r\n250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go ahead")
			secure := tls.Server(conn, p.cert)
			if secure.Handshake() != nil {
				return
			}
			conn, in, l = secure, bufio.NewReader(secure), letter{encrypted: true}
		case "AUTH":
			_, token, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(token)
			if string(plain) != "\x00"+p.user {
				say("535 wrong")
				continue
			}
			l.signedIn = true
			say("235 welcome")
		case "MAIL":
			if len(p.refusals) > 0 {
				say(p.refusals[0])
				p.refusals = p.refusals[1:]
				return
			}
			l.from = rest
			say("250 ok")
		case "RCPT":
			l.to = append(l.to, rest)
			say("250 ok")
		case "DATA":
			say("354 go on")
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				l.data += line
			}
			say("250 taken")
			p.delivered <- l
		case "QUIT":
			say("221 bye")
			return
		default:
			say("500 what?")
		}
	}
}

func TestMail(t *testing.T) {
	p := newPostOffice(t, "loa\x00mật khẩu", "451 try later")
	s := sender(t, &Settings{Mail: Mail{Server: p.Addr().String(), TLS: "starttls", Username: "loa", Password: "mật khẩu", From: "loa@xa.vn",
		To: []string{"nam@xa.vn", "lan@xa.vn"}, roots: p.roots()}})
	s.Send(flood)
	l := <-p.delivered
	require.True(t, l.encrypted)
	require.True(t, l.signedIn)
	require.Equal(t, []string{"TO:<nam@xa.vn>", "TO:<lan@xa.vn>"}, l.to)
	m, err := mail.ReadMessage(strings.NewReader(l.data))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, "[Xã La Dạ] Lũ quét Bcc: everybody@example.com", subject, "a line break begins no other header")
	require.Empty(t, m.Header.Get("Bcc"))
	at, err := m.Header.Date()
	require.NoError(t, err)
	require.True(t, at.Equal(flood.At))
	require.Equal(t, "<n1@xa.vn>", m.Header.Get("Message-ID"), "said twice it is one")
	text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	require.NoError(t, err)
	require.Equal(t, flood.Text+"\r\n", string(text), "no line ends it early")
}

// A password is told to nobody who is not who the settings say, and never
// unencrypted.
func TestMailKeepsItsPassword(t *testing.T) {
	p := newPostOffice(t, "loa\x00x")
	to := Mail{Server: p.Addr().String(), Username: "loa", Password: "x", From: "loa@xa.vn", To: []string{"nam@xa.vn"}}
	require.Error(t, to.send(t.Context(), here, flood), "it is not known to the system")
	to.roots, to.Password = p.roots(), "wrong"
	err := to.send(t.Context(), here, flood)
	require.True(t, errors.Is(err, errRefused), "%v: no second try", err)
	to.Password = "x"
	require.NoError(t, to.send(t.Context(), here, flood))
	require.True(t, (<-p.delivered).signedIn)

	plain := Mail{Server: p.Addr().String(), TLS: "none", From: "loa@xa.vn", To: []string{"nam@xa.vn"}}
	require.NoError(t, plain.send(t.Context(), here, flood))
	require.False(t, (<-p.delivered).encrypted)
	require.Empty(t, p.delivered)
}

func TestReady(t *testing.T) {
	good := Mail{Server: "smtp.xa.vn:587", From: "loa@xa.vn", To: []string{"nam@xa.vn"}}
	ok, err := good.Ready()
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = Mail{}.Ready()
	require.NoError(t, err)
	require.False(t, ok)
	for _, wrong := range []func(*Mail){func(m *Mail) { m.Server = "smtp" }, func(m *Mail) { m.From = "" }, func(m *Mail) { m.To = nil },
		func(m *Mail) { m.To = []string{"a@b\r\nRCPT TO:<c@d>"} },
		func(m *Mail) { m.From = "Loa <loa@xa.vn>" }} {
		m := good
		wrong(&m)
		_, err := m.Ready()
		require.Error(t, err, "%+v", m)
	}
}
