package replay

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"loa/controller/store"
	"loa/schedule"
)

// Entry is one thing that was heard: a bulletin of an airing, or a call.
type Entry struct {
	ID        string // stable, and says nothing of the office
	Time      time.Time
	Title     string
	Class     schedule.Class
	Text      string  // what was typed, or how the office sums it up; "": neither
	Sounds    []Sound // none: it cannot be heard again
	Drill     bool    // diễn tập
	OnAir     bool    // it sounds now
	Emergency bool    // of class emergency, and no drill
	InForce   bool    // of an emergency: it still counts
	Until     time.Time
	Corrects  *Ref // of a correction (cải chính): what it takes back
	Corrected *Ref // by which it was taken back

	Broadcast string // of which it is; no reader sees it
	Bulletin  string // that it said; "": none

	areas map[string]bool // where it was heard
}

// Ref is another entry.
type Ref struct {
	ID    string
	Time  time.Time
	Title string
	Shown bool // it is among the entries too
}

// Sound is a file that may be heard.
type Sound struct {
	SHA       string // of the Opus file
	Recording bool   // of a call, else it is a clip
	Language  string // BCP 47; "": not known
	Length    time.Duration
	Bytes     int64 // of the Opus file; 0: not known
}

// idOf makes an entry's id from what it is of.
func idOf(broadcast, what string) string {
	sum := sha256.Sum256([]byte("loa replay\n" + broadcast + "\n" + what))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// settle says whether an emergency still counts at an instant: until its bulletin
// expires, it is taken back, or the office says that it is over.
func (e *Entry) settle(b store.Broadcast, m store.Replay, expires, now time.Time) {
	e.Drill, e.Emergency = b.Drill, b.Class == schedule.Emergency && !b.Drill
	if !e.Emergency || e.Corrects != nil {
		return
	}
	e.Until = expires
	over := !m.Over.IsZero() && !m.Over.After(now) || !expires.IsZero() && !expires.After(now) || e.Corrected != nil
	e.InForce = e.OnAir || !over
}

// words are what an entry says in writing: of the first clip in the bulletin's own
// language what was typed, else how the office sums the bulletin up.
func words(b store.Bulletin, clips []store.Clip) string {
	own := b.Clips[b.Language]
	at := slices.IndexFunc(clips, func(c store.Clip) bool { return c.ID == own && c.Text != "" })
	if at < 0 {
		at = slices.IndexFunc(clips, func(c store.Clip) bool { return c.Text != "" })
	}
	if at >= 0 {
		return clips[at].Text
	}
	return b.Summary
}

// languageOf is the language in which a bulletin holds a clip.
func languageOf(b store.Bulletin, clip string) string {
	for language, id := range b.Clips {
		if id == clip {
			return language
		}
	}
	return ""
}
