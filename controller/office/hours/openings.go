package hours

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"loa/audio/tune"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

const (
	usual, without = "usual", "none"
	ownClip        = "clip:"
	// shortestOpening is the time in which a call begun by mistake can
	// stop it.
	shortestOpening = 1500 * time.Millisecond
	longestOpening  = 10 * time.Second
)

// Openings is what calls and programmes begin with.
type Openings struct {
	Live      string `json:"live" default:"usual" doc:"usual, two, three, gong, or clip:ID of a clip of 1.5 to 10 s"`
	Scheduled string `json:"scheduled" default:"usual" doc:"likewise, or none. The attention tone of an emergency is always the same"`
}

// maxChoices bounds the recordings that are offered.
const maxChoices = 1000

var openingUnknown = problem.New(problem.Invalid, "request_invalid",
	"Không có nhạc hiệu này: hãy chọn trong danh sách.", "There is no such chime: choose one of the list.")

// named is what a chime is called: its name, or the clip that it is.
func named(o schedule.Opening) string {
	switch {
	case o.Off:
		return without
	case slices.Contains(tune.Names, o.Name):
		return o.Name
	case o.Clip != "":
		return ownClip + o.Clip
	}
	return usual
}

// Openings are what calls and programmes begin with, by name.
func (h *Hours) Openings(ctx context.Context) (Openings, error) {
	o, err := h.opt.Store.Openings(ctx)
	return Openings{Live: named(o.Live), Scheduled: named(o.Scheduled)}, err
}

// PutOpenings chooses what calls and programmes begin with.
func (h *Hours) PutOpenings(ctx context.Context, b Openings) error {
	h.opt.Editing.Lock()
	defer h.opt.Editing.Unlock()
	old, err := h.Openings(ctx)
	if err != nil {
		return err
	}
	var o store.Openings
	if o.Live, err = h.opening(ctx, b.Live); err == nil && o.Live.Off {
		err = problem.New(problem.Invalid, "opening_live",
			"Phát trực tiếp luôn có nhạc hiệu: đó là lúc còn kịp dừng nếu bấm nhầm. Hãy chọn một nhạc hiệu.",
			"A live call always has a chime: it is the time to stop what was begun by mistake. Choose one.")
	}
	if err == nil {
		o.Scheduled, err = h.opening(ctx, b.Scheduled)
	}
	if err == nil {
		o.Since = h.opt.Now().UTC().Truncate(time.Second)
		err = h.opt.Store.PutOpenings(ctx, o)
	}
	if err != nil {
		return err
	}
	h.opt.Trail.Did(ctx, "openings.put", "openings", old, b, h.opt.Commune)
	h.opt.Changed("calendar")
	return nil
}

// opening finds, or makes, the sound that was chosen.
func (h *Hours) opening(ctx context.Context, name string) (o schedule.Opening, err error) {
	var clip store.Clip
	switch id, own := strings.CutPrefix(name, ownClip); {
	case name == usual, name == "":
		return o, nil
	case name == without:
		return schedule.Opening{Off: true}, nil
	case own:
		if clip, err = h.opt.Store.GetClip(ctx, id); err != nil {
			return o, access.UnknownClip
		}
	default:
		wav, ok := tune.WAV(name)
		if !ok {
			return o, openingUnknown
		}
		if clip, err = h.opt.Library.Upload(ctx, access.Of(ctx).Share(), i18n.Say(i18n.VI, "opening_"+name)+".wav",
			bytes.NewReader(wav)); err != nil {
			return o, err
		}
		o.Name = name
	}
	o.Clip, o.Length = clip.ID, clip.Length()
	if o.Length < shortestOpening || o.Length > longestOpening {
		return o, problem.New(problem.Invalid, "opening_length",
			"Nhạc hiệu phải dài từ 1,5 đến 10 giây: hãy cắt ngắn hoặc chọn tệp khác.", "A chime lasts 1.5 to 10 seconds: cut it, or choose another.")
	}
	return o, nil
}

// Choice is one line of the lists on the page.
type Choice struct {
	Name, Title string
	Live, Off   bool // chosen for calls; Off: not for them
	Scheduled   bool
	Tune        string // can be listened to; "": it cannot, or is a clip
	Clip        string
}

// openingChoices are what can be chosen: the tunes, and the library's short
// recordings.
func (h *Hours) Choices(ctx context.Context) (all []Choice, err error) {
	chosen, err := h.Openings(ctx)
	if err != nil {
		return nil, err
	}
	clips, err := h.opt.Store.ListClips(ctx, time.Time{}, maxChoices)
	if err != nil {
		return nil, err
	}
	all = append(all, Choice{Name: usual, Title: "opening_usual"})
	for _, name := range tune.Names {
		all = append(all, Choice{Name: name, Title: "opening_" + name, Tune: name})
	}
	all = append(all, Choice{Name: without, Title: "opening_none", Off: true})
	tunes := map[string]bool{}
	for _, c := range all {
		tunes[i18n.Say(i18n.VI, c.Title)+".wav"] = true
	}
	for _, c := range clips {
		if d := c.Length(); c.Kind == store.Recording && d >= shortestOpening && d <= longestOpening && !tunes[c.Name] {
			all = append(all, Choice{Name: ownClip + c.ID, Title: c.Name, Clip: c.ID})
		}
	}
	for i := range all {
		all[i].Live, all[i].Scheduled = all[i].Name == chosen.Live, all[i].Name == chosen.Scheduled
	}
	return all, nil
}
