// Package notify sends news of an emergency out of the house: by e-mail and
// to a webhook, where the commune has set them. The sender never waits:
//
//	Send → queue (bounded, one for each way) → deliver, again after a while
//
// With a store the queue outlives a restart: what is neither delivered nor
// given up waits there, and is sent when the next Run begins, unless it is
// older than [Stale] by then. Settings.Try sends at once and says what came of
// it.
//
// A webhook is a POST of JSON. With a secret it is signed:
//
//	Loa-Signature: t=<Unix seconds>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>
//	webhook-id, webhook-timestamp, webhook-signature: v1,<base64 of HMAC-SHA256(key, id.t.body)>
//
// The second line is Standard Webhooks (standardwebhooks.com, 1.0.0), for which there are
// libraries: the id is the same at each try, and the key is what a secret of the form
// whsec_<base64> says; any other secret is the key itself.
//
// What could not be delivered after the last try is given up and logged; the
// notice itself is kept by its sender.
package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"loa/controller/reach"
	"loa/controller/store"
)

// Settings are the ways out that a commune has set. An empty one is not used.
type Settings struct {
	Webhook Webhook `json:"webhook"`
	Mail    Mail    `json:"mail"`
	Faults  Faults  `json:"faults"`
}

// Faults says which faults of loudspeakers are told; package alerts goes by
// it. What is zero is the default.
type Faults struct {
	Off      bool          `json:"off,omitempty"`      // tell of none
	Hold     time.Duration `json:"hold,omitempty"`     // a fault that is younger is not told
	CoolDown time.Duration `json:"cooldown,omitempty"` // between two messages of one cause
}

// Webhook is an address that takes a POST.
type Webhook struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Notice is what happened.
type Notice struct {
	ID       string    `json:"id"`
	Event    string    `json:"event"` // emergency, fault, fault_over, message, exercise, summary or test
	At       time.Time `json:"at"`
	Call     string    `json:"call,omitempty"`
	Cause    string    `json:"cause,omitempty"` // of a fault
	Nodes    []string  `json:"nodes,omitempty"` // that have it
	Title    string    `json:"title"`
	Who      string    `json:"who,omitempty"`
	Places   string    `json:"places"`
	Commune  string    `json:"commune"`
	Approved bool      `json:"approved"` // false: nobody approved it beforehand
	// Text is the notice in words, for people.
	Text    string `json:"text"`
	Subject string `json:"-"`
}

const (
	queueSize = 100
	within    = 15 * time.Second // of one try
)

// usualPauses come before the second and later tries.
var usualPauses = []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

// Stale is how old a notice may be that a new start still sends.
const Stale = 48 * time.Hour

// Options of a Sender.
type Options struct {
	Settings func(context.Context) (Settings, error)
	Store    *store.Store // nil: what waits is lost at a restart
	Reach    *reach.Guard // by which what was set is reached; nil: what is public only
	Logger   *slog.Logger
}

// Sender sends notices.
type Sender struct {
	opt    Options
	client *http.Client
	hooks  chan Notice
	mails  chan Notice
	pauses []time.Duration

	mu     sync.Mutex
	queued map[string]bool // by this Sender, id and way: not to be taken up again
}

// New makes a sender; Run runs it.
func New(opt Options) *Sender {
	if opt.Reach == nil {
		opt.Reach = reach.Public()
	}
	// It follows nobody elsewhere: what is signed for one address is not for
	// another.
	return &Sender{opt: opt, client: opt.Reach.Client(0), hooks: make(chan Notice, queueSize), mails: make(chan Notice, queueSize),
		pauses: usualPauses, queued: map[string]bool{}}
}

// Send takes a notice; it waits for no delivery, only for the store to have
// it. One that finds a full queue is dropped and logged.
func (s *Sender) Send(n Notice) {
	for _, way := range ways {
		if !s.enqueue(way, n, true) {
			s.opt.Logger.Error("notice not sent: too many are waiting", "way", way, "notice", n.ID)
		}
	}
}

// Run sends until ctx ends. One way does not wait for the other.
func (s *Sender) Run(ctx context.Context) {
	s.takeUp(ctx, time.Now())
	var wg sync.WaitGroup
	wg.Go(func() {
		s.carry(ctx, "webhook", s.hooks, func(ctx context.Context, to Settings, n Notice) error { return to.Webhook.post(ctx, s.client, n) })
	})
	wg.Go(func() {
		s.carry(ctx, "mail", s.mails, func(ctx context.Context, to Settings, n Notice) error { return to.Mail.send(ctx, s.opt.Reach, n) })
	})
	wg.Wait()
}

func (s *Sender) carry(ctx context.Context, way string, queue chan Notice, deliver func(context.Context, Settings, Notice) error) {
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-queue:
			err := s.insist(ctx, n, deliver)
			if err != nil && ctx.Err() != nil {
				return // it waits in the store
			}
			if err != nil {
				s.opt.Logger.Error("notice not sent", "way", way, "notice", n.ID, "err", err)
			}
			s.forget(way, n.ID)
		}
	}
}

// insist tries until it is delivered, refused for good, or given up. The
// settings are read anew: they may be what was wrong.
func (s *Sender) insist(ctx context.Context, n Notice, deliver func(context.Context, Settings, Notice) error) (err error) {
	for try := 0; ; try++ {
		to, failed := s.opt.Settings(ctx)
		if err = failed; err == nil {
			one, cancel := context.WithTimeout(ctx, within)
			err = deliver(one, to, n)
			cancel()
		}
		if err == nil || errors.Is(err, errRefused) || try == len(s.pauses) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(s.pauses[try]):
		}
	}
}

// errRefused is of what no second try can mend.
var errRefused = errors.New("refused")

func (h Webhook) post(ctx context.Context, client *http.Client, n Notice) error {
	if h.URL == "" {
		return nil
	}
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook: %w: its address is none", errRefused)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Loa")
	if h.Secret != "" {
		now := time.Now()
		req.Header.Set("Loa-Signature", Signature(h.Secret, now, body))
		req.Header.Set("webhook-id", "msg_"+n.ID)
		req.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
		req.Header.Set("webhook-signature", Standard(h.Secret, "msg_"+n.ID, now, body))
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook: %w", reach.WithoutAddress(err))
	}
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection can be used again
	if err := res.Body.Close(); err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	switch {
	case res.StatusCode < 300:
		return nil
	case res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusRequestTimeout:
		return fmt.Errorf("webhook: %w: %s", errRefused, res.Status)
	default:
		return fmt.Errorf("webhook: %s", res.Status)
	}
}

// Signature is the header by which a webhook knows who sent it, and when.
func Signature(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Standard is the same by the scheme of Standard Webhooks.
func Standard(secret, id string, at time.Time, body []byte) string {
	key := []byte(secret)
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			key = raw
		}
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
