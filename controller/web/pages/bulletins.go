package pages

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/calendar"
	"loa/controller/office/clips"
	"loa/controller/office/preview"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// bulletinsPage lists the bulletins and takes a new one.
type bulletinsPage struct {
	*kit
	calendar *calendar.Desk
	clips    *clips.Desk
	preview  *preview.Preview
	store    *store.Store
}

// register adds the endpoints.
func (p *bulletinsPage) register() {
	p.mux.HandleFunc("GET /bulletins", p.bulletinsPage)
	p.mux.HandleFunc("POST /bulletins", p.bulletinForm)
}

// bulletinsForm is what the form of a new bulletin needs to know.
type bulletinsForm struct {
	Now    time.Time
	Places []placeRow
	Nodes  int // of all that the caller may speak to
	Quiet  string
	// Evening and Morning are the likely times, the next of each.
	Evening, Morning time.Time
	Hours            store.UsualHours
	Written          bulletinWritten
}

// Languages are those that a bulletin may be heard in.
func (bulletinsForm) Languages() []i18n.Tongue { return i18n.Tongues }

// weekday is a day as cron counts it, and the key of its name.
type weekday struct{ Cron, Key string }

// Weekdays are the days of a week in the order of people here.
func (bulletinsForm) Weekdays() []weekday {
	return []weekday{{"1", "weekday_monday"}, {"2", "weekday_tuesday"}, {"3", "weekday_wednesday"}, {"4", "weekday_thursday"},
		{"5", "weekday_friday"}, {"6", "weekday_saturday"}, {"0", "weekday_sunday"}}
}

// bulletinsList is the bulletins that there are, newest first.
type bulletinsList struct {
	Now    time.Time
	Query  string
	Rows   []bulletinListRow
	More   bool // there are older ones
	Writer bool
}

type bulletinListRow struct {
	calendar.Bulletin
	Clip   string
	Length time.Duration // of all that is heard
	Spoken []spokenClip
	Over   bool       // it has expired
	Mine   bool       // the reader may write in its place
	Next   *time.Time // when it is aired next, as far as is known
}

// spokenClip is a bulletin in one of its languages; the first is aired first.
type spokenClip struct {
	Code, Clip string
	Length     time.Duration
	Remarks    []clips.Remark
	Style      string // how speech was said, if that is known
}

// Spread reports whether a bulletin is heard in more than one language.
func (r bulletinListRow) Spread() bool { return len(r.Spoken) > 1 }

// maxBulletins bounds the page; older ones are found by the search.
const maxBulletins = 100

// maxSearched are looked through.
const maxSearched = 1000

func (p *bulletinsPage) bulletinsPage(w http.ResponseWriter, r *http.Request) {
	query := strings.TrimSpace(text.Shown(r.URL.Query().Get("q")))
	parts := p.bulletinsParts(query)
	if b, err := p.calendar.Bulletin(r.Context(), r.URL.Query().Get("made")); err == nil {
		parts["form"] = func(ctx context.Context, now time.Time) (any, error) {
			v, err := p.bulletinsForm(ctx, now)
			if form, ok := v.(bulletinsForm); ok {
				form.Written.Made = b.Title
				return form, err
			}
			return v, err
		}
	} // else nothing was made
	p.page("bulletins", parts)(w, r)
}

func (p *bulletinsPage) bulletinsParts(query string) map[string]part {
	return map[string]part{
		"form": p.bulletinsForm,
		"list": func(ctx context.Context, now time.Time) (any, error) { return p.bulletinsList(ctx, now, query) },
	}
}

func (p *bulletinsPage) bulletinsForm(ctx context.Context, now time.Time) (any, error) {
	rows, err := p.placeRows(ctx, access.Writing)
	if err != nil {
		return nil, err
	}
	hours, err := p.store.UsualHours(ctx)
	f := bulletinsForm{Now: now, Places: rows, Hours: hours, Written: bulletinWritten{Class: "normal", When: "evening", Hour: hours.Evening, Language: "vi"}}
	f.Evening, _ = next(now.In(schedule.Zone()), hours.Evening)
	f.Morning, _ = next(now.In(schedule.Zone()), hours.Morning)
	for i := range rows {
		if rows[i].Depth == 0 {
			rows[i].Chosen = true
			f.Nodes += rows[i].Nodes
		}
	}
	if err != nil {
		return nil, err
	}
	quiet, err := p.store.Quiet(ctx)
	for _, q := range quiet {
		f.Quiet += q.From + "-" + q.To + " "
	}
	f.Quiet = strings.TrimSpace(f.Quiet)
	return f, err
}

// bulletinsList looks through all bulletins if something is searched for.
func (p *bulletinsPage) bulletinsList(ctx context.Context, now time.Time, query string) (any, error) {
	v := bulletinsList{Now: now, Query: query, Writer: access.Of(ctx).May(access.Writing, nil)}
	limit := maxBulletins + 1
	if query != "" {
		limit = maxSearched
	}
	all, err := p.store.Bulletins(ctx, time.Time{}, limit)
	if err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	if all, err = p.calendar.Readable(ctx, a, all); err != nil {
		return nil, err
	}
	next, err := p.calendar.NextOfBulletins(ctx, now)
	if err != nil {
		return nil, err
	}
	all = kept(all, func(b store.Bulletin) bool { return mentions(query, b.Title, b.Field, b.Author, b.Summary) })
	if v.More = len(all) > maxBulletins; v.More {
		all = all[:maxBulletins]
	}
	views, err := p.calendar.ViewBulletins(ctx, all)
	if err != nil {
		return nil, err
	}
	clips, err := p.clipsOf(ctx, all)
	if err != nil {
		return nil, err
	}
	for i, b := range all {
		row := bulletinListRow{Bulletin: views[i], Mine: a.Permit(access.Writing, a.Standing(b.Area)) == nil, Clip: b.Clips[b.Language], Over: !b.Expires.IsZero() && !b.Expires.After(now), Next: next[b.ID]}
		for _, code := range calendar.Languages(b) {
			clip := clips[b.Clips[code]]
			row.Spoken = append(row.Spoken, spokenClip{code, clip.ID, clip.Length(), nil, clip.Style})
			row.Length += clip.Length()
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

// clipsOf are the clips of some bulletins, by their ids.
func (p *bulletinsPage) clipsOf(ctx context.Context, all []store.Bulletin) (map[string]store.Clip, error) {
	var ids []string
	for _, b := range all {
		ids = slices.AppendSeq(ids, maps.Values(b.Clips))
	}
	return p.store.Clips(ctx, ids)
}

// mentions reports whether one of the texts has the words, however they are
// written: large or small.
func mentions(query string, texts ...string) bool {
	return strings.Contains(strings.ToLower(strings.Join(texts, "\n")), strings.ToLower(query))
}
