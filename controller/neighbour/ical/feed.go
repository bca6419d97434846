package ical

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// What a feed shows.
const (
	back       = 7 * 24 * time.Hour
	ahead      = 60 * 24 * time.Hour
	mostEvents = 10_000
	keptFor    = 30 * time.Second // a feed is made anew: an address that is asked by many costs one
)

// feedsKey is the setting of the addresses: of each area, its secret.
const feedsKey = "calendar_feeds"

// ErrNone is of an address that is no feed, or none any more.
var ErrNone = problem.New(problem.NotFound, "feed_none", "Không có lịch ở địa chỉ này: địa chỉ sai hoặc đã đổi. Hãy hỏi trưởng đài.",
	"There is no calendar at this address: it is wrong, or was changed. Ask the head of the station.")

// Options are what the feeds are made of.
type Options struct {
	Store  *store.Store
	Access *access.Control
	Trail  *audit.Trail
	Now    func() time.Time // controller time
}

// Feeds are the calendars that others subscribe to. It is safe for concurrent use.
type Feeds struct {
	opt Options

	mu   sync.Mutex
	kept map[string]kept // by area
}

type kept struct {
	at   time.Time
	body []byte
	tag  string
}

// New returns them.
func New(opt Options) *Feeds { return &Feeds{opt: opt, kept: map[string]kept{}} }

// Feed is a place's address.
type Feed struct {
	Area string `json:"area"`
	Name string `json:"name"`
	Path string `json:"path,omitempty" doc:"of the address; left out: there is none yet"`
}

// Feeds are those of all areas that the caller sees, by name.
func (f *Feeds) Feeds(ctx context.Context) ([]Feed, error) {
	a, err := f.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	secrets, err := f.secrets(ctx)
	if err != nil {
		return nil, err
	}
	all := []Feed{}
	for _, area := range a.Seen {
		if !a.Tree.Within(area.ID, a.Commune) {
			continue // the province is not ours to tell of
		}
		v := Feed{Area: area.ID, Name: area.Name}
		if s := secrets[area.ID]; s != "" {
			v.Path = path(s)
		}
		all = append(all, v)
	}
	return all, nil
}

func path(secret string) string { return "/ics/" + secret + ".ics" }

func (f *Feeds) secrets(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	return all, f.opt.Store.SettingOr(ctx, feedsKey, &all)
}

// Renew gives an area an address, another one if it has one: the old one reads nothing
// more.
func (f *Feeds) Renew(ctx context.Context, area string) error {
	a, err := f.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	if _, ok := a.Areas[area]; !ok {
		return access.UnknownArea(area)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	secrets, err := f.secrets(ctx)
	if err != nil {
		return err
	}
	secrets[area] = strings.ToLower(rand.Text())
	if err := f.opt.Store.PutSetting(ctx, feedsKey, secrets); err != nil {
		return err
	}
	f.opt.Trail.Did(ctx, "feed.renew", area, nil, nil, area)
	return nil
}

// Calendar is what stands at an address, and a tag that changes with it. The error is
// ErrNone where there is nothing.
func (f *Feeds) Calendar(ctx context.Context, secret string) (body []byte, tag string, err error) {
	secrets, err := f.secrets(ctx)
	if err != nil {
		return nil, "", err
	}
	asked := sha256.Sum256([]byte(secret)) // how long the search takes tells nothing of the secrets
	for area, s := range secrets {
		if sha256.Sum256([]byte(s)) == asked {
			return f.of(ctx, area)
		}
	}
	return nil, "", ErrNone
}

func (f *Feeds) of(ctx context.Context, area string) ([]byte, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.opt.Now()
	if k, ok := f.kept[area]; ok && now.Sub(k.at) < keptFor && !now.Before(k.at) {
		return k.body, k.tag, nil
	}
	a, err := f.opt.Access.View(access.With(ctx, access.MachineVisit()))
	if err != nil {
		return nil, "", err
	}
	if _, ok := a.Areas[area]; !ok {
		return nil, "", ErrNone
	}
	events, err := f.events(ctx, a, area, now)
	if err != nil {
		return nil, "", err
	}
	body := Write("Loa · "+a.AreaName(area), events)
	sum := sha256.Sum256(body)
	k := kept{now, body, `"` + hex.EncodeToString(sum[:8]) + `"`}
	f.kept[area] = k
	return k.body, k.tag, nil
}

// events are an area's airings: of the calendar as nodes get it, and what was taken out of it.
func (f *Feeds) events(ctx context.Context, a *access.View, area string, now time.Time) ([]Event, error) {
	aired, err := f.opt.Store.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	all, err := f.opt.Store.Programmes(ctx, true)
	if err != nil {
		return nil, err
	}
	from, to := now.Add(-back), now.Add(ahead)
	here := func(t schedule.Targets) bool {
		for _, n := range a.Nodes {
			if a.Tree.Within(n.Area, area) && t.Covers(a.Tree, n.ID, n.Area) {
				return true
			}
		}
		return false
	}
	var events []Event
	add := func(p store.Programme, starts []time.Time, cancelled bool) {
		for _, start := range starts {
			if len(events) < mostEvents && !start.Before(from) && start.Before(to) {
				events = append(events, event(a, p, start, cancelled))
			}
		}
	}
	for _, p := range aired {
		if here(p.Targets) {
			add(p, p.Rule.Starts(from, to), false)
			add(p, p.Rule.Skip, true)
		}
	}
	for _, p := range all {
		if !p.Cancelled.IsZero() && p.Cancelled.After(from) && here(p.Targets) {
			add(p, p.Rule.Starts(p.Cancelled, to), true)
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.UID, b.UID)) })
	return events, nil
}

func event(a *access.View, p store.Programme, start time.Time, cancelled bool) Event {
	var titles []string
	for _, item := range p.Rundown {
		if item.Title != "" {
			titles = append(titles, item.Title)
		}
	}
	changed := p.Updated
	if p.Cancelled.After(changed) {
		changed = p.Cancelled
	}
	e := Event{UID: fmt.Sprintf("%s-%d@%s.loa", p.ID, start.Unix(), a.Commune), Start: start,
		End: start.Add(max(p.Programme.Length(), time.Second)), Changed: changed,
		Sequence: int(p.Revision), Cancelled: cancelled, Title: p.Title, Places: strings.Join(a.Where(p.Targets), ", "),
		Class: i18n.Say(i18n.VI, "class_"+string(p.Class)), Text: strings.Join(titles, "\n")}
	if cancelled {
		e.Sequence++
	}
	return e
}
