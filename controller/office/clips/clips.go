// Package clips is how sound comes into the office: a recording that somebody uploads, a
// text that a voice says, a bulletin's template with its fields filled. Package library
// levels and keeps the sound; here is whose it is, who may listen to it, and the record
// that is left of it.
//
// A clip belongs to the places in which its maker may write: those who read there hear it
// (access.Control.MayHear). The same sound or text twice is one clip, found again.
//
// Desk.Upload, Speak and Fill last as long as the work does: seconds, or minutes for an
// hour of recording; library.Jobs tells how far they are. Errors are problems of package
// problem, those of a voice with a code that begins with voice_ (IsOfVoice).
package clips

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"loa/controller/library"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/calendar"
	"loa/controller/office/calls"
	"loa/controller/problem"
	"loa/controller/store"
)

// Clip is a clip as the office shows it.
type Clip struct {
	ID      string    `json:"id" doc:"the sha256 of the file"`
	SHA256  string    `json:"sha256"`
	Seconds float64   `json:"seconds"`
	LUFS    float64   `json:"lufs" doc:"integrated loudness, EBU R 128"`
	Peak    float64   `json:"peak_dbtp" doc:"true peak"`
	Bytes   int64     `json:"bytes"`
	Name    string    `json:"name" doc:"the file's name, or how the text begins"`
	Kind    string    `json:"kind" doc:"recording or speech"`
	Created time.Time `json:"created"`
	Text    string    `json:"text,omitempty" doc:"of speech: as it was written"`
	Said    string    `json:"said,omitempty" doc:"of speech: how it was read, where that is not as it stands"`
	Style   string    `json:"style,omitempty" enum:"indoor,outdoor,urgent" doc:"of speech: how it was said; left out of one from before there were styles"`
	Notes   []Remark  `json:"notes,omitempty" doc:"what was mended in the recording, or could not be"`
}

// Remark is something that a person should know of a clip.
type Remark struct {
	Code string `json:"code"`
	VI   string `json:"vi"`
	EN   string `json:"en"`
}

// Remarks are what a person should know of a clip; none: nil.
func Remarks(c store.Clip) (all []Remark) {
	for _, n := range c.Notes {
		if r, ok := library.Remark(n); ok {
			all = append(all, Remark{r.Code, r.VI, r.EN})
		}
	}
	return all
}

// Of is a clip of the store as the office shows it.
func Of(c store.Clip) Clip {
	return Clip{Notes: Remarks(c), ID: c.ID, SHA256: c.ID, Seconds: c.Seconds, LUFS: c.LUFS, Peak: c.PeakDBTP, Bytes: c.Bytes,
		Name: c.Name, Kind: string(c.Kind), Created: c.Created, Text: c.Text, Said: c.Said, Style: c.Style}
}

// IsOfVoice reports whether a voice failed in whose place the built-in one can speak.
func IsOfVoice(p *problem.Problem) bool {
	return p.Kind == problem.Unavailable && strings.HasPrefix(p.Code, "voice_")
}

// Options are what a desk works with.
type Options struct {
	Store   *store.Store
	Library *library.Library
	Access  *access.Control
	Trail   *audit.Trail
	Now     func() time.Time // controller time
	News    func(string)
}

// Desk takes sound in.
type Desk struct{ opt Options }

// New returns the desk.
func New(opt Options) *Desk { return &Desk{opt} }

// Upload makes a clip of a recording; name is that of its file.
func (d *Desk) Upload(ctx context.Context, name string, r io.Reader) (store.Clip, error) {
	clip, err := d.opt.Library.Upload(ctx, access.Of(ctx).Share(), name, r)
	return d.took(ctx, "clip.add", clip, err)
}

// Speak makes a clip of a text.
func (d *Desk) Speak(ctx context.Context, t library.Text) (store.Clip, error) {
	clip, err := d.opt.Library.Speak(ctx, access.Of(ctx).Share(), t)
	return d.took(ctx, "clip.speak", clip, err)
}

// took notes where a clip belongs, and who made it.
func (d *Desk) took(ctx context.Context, did string, clip store.Clip, err error) (store.Clip, error) {
	if err == nil {
		err = d.opt.Access.PlaceClip(ctx, clip.ID)
	}
	if err != nil {
		return store.Clip{}, err
	}
	d.opt.Trail.Did(ctx, did, clip.ID, nil, Of(clip))
	d.opt.News("library")
	return clip, nil
}

// Fill makes the clip of a bulletin that is a template, in Vietnamese, and its summary
// where it has none. Of one that is none it changes nothing.
func (d *Desk) Fill(ctx context.Context, b *calendar.BulletinBody) error {
	if b.Template == "" {
		return nil
	}
	_, words, _, err := b.Text()
	if err == nil {
		err = b.Timely(d.opt.Now())
	}
	if err != nil {
		return err
	}
	said := library.Text{Text: words}
	if b.Class == "emergency" {
		if _, said, err = calls.AlertOf(b.Filled, ""); err != nil {
			return err
		}
	}
	said.Instead = b.Instead
	clip, err := d.Speak(ctx, said)
	if err != nil {
		return err
	}
	if b.Clips == nil {
		b.Clips = map[string]string{}
	}
	b.Language, b.Clips["vi"] = "vi", clip.ID
	if b.Summary == "" {
		b.Summary = words
	}
	return nil
}

// List is the clips made before an instant, newest first, limit at most; zero: of now.
// Hearable cuts them to what the caller may listen to.
func (d *Desk) List(ctx context.Context, before time.Time, limit int) ([]Clip, error) {
	all, err := d.opt.Store.ListClips(ctx, before, limit)
	views := make([]Clip, len(all))
	for i, c := range all {
		views[i] = Of(c)
	}
	return views, err
}

// Hearable are those that the caller may listen to.
func (d *Desk) Hearable(ctx context.Context, all []Clip) ([]Clip, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	var heard []Clip
	for _, c := range all {
		refusal := d.opt.Access.MayHear(ctx, a, c.ID)
		if refusal == nil {
			heard = append(heard, c)
		}
		err = errors.Join(err, access.UnlessForbidden(refusal))
	}
	return heard, err
}

// File is the path of a clip that the caller may listen to: Ogg Opus.
func (d *Desk) File(ctx context.Context, id string) (string, error) {
	clip, err := d.opt.Store.GetClip(ctx, id)
	if err != nil {
		return "", err
	}
	a, err := d.opt.Access.View(ctx)
	if err == nil {
		err = d.opt.Access.MayHear(ctx, a, clip.ID)
	}
	if err != nil {
		return "", err
	}
	return d.opt.Store.ClipPath(clip.ID), nil
}
