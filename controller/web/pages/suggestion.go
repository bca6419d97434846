package pages

import (
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/office/preview"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// suggestion is the one thing to do next, for the reader of Today.
type suggestion struct {
	Kind  string    // machine, silent, approve, session, wizard, look; fine and unheard: nothing
	Path  string    // where it is done; "" of machine, which the page's head tells of, and of these two
	Names []string  // loudspeakers
	At    time.Time // of the airing, or of the session
	Count int       // of fine: loudspeakers that cannot say how they are
}

// maxNamed bounds the names of loudspeakers in one sentence.
const maxNamed = 3

// Some are the names that the sentence has room for.
func (d suggestion) Some() []string { return d.Names[:min(len(d.Names), maxNamed)] }

// More is how many names are left out.
func (d suggestion) More() int { return max(len(d.Names)-maxNamed, 0) }

// silencing are the faults with which an airing is not heard, or not rightly.
var silencing = []string{wire.FaultSound, wire.FaultClock, wire.FaultClips, wire.FaultStore, wire.FaultAmp,
	wire.FaultMuteHorn, wire.FaultHorn, wire.FaultLine, wire.FaultMains}

// around a session what is aired counts as its own.
const (
	beforeSession = 30 * time.Minute
	afterSession  = time.Hour
)

// suggest finds the most urgent: a machine that loses something, then what silences
// the next airing, then what waits for the reader, then what they could prepare.
func (p *todayPage) suggest(ctx context.Context, v *todayView, next []preview.Airing) (suggestion, error) {
	who := access.Of(ctx)
	troubles := p.troubles()
	if slices.ContainsFunc(troubles, func(t problem.Trouble) bool { return t.Alarm }) {
		return suggestion{Kind: "machine"}, nil
	}
	if names := v.silent(); len(names) > 0 {
		return suggestion{Kind: "silent", Path: "/faults", Names: names, At: v.Next.Start}, nil
	}
	if v.Review.Mine > 0 {
		return suggestion{Kind: "approve", Path: "/approvals", Count: v.Review.Mine}, nil
	}
	hours, err := p.store.UsualHours(ctx)
	if err != nil {
		return suggestion{}, err
	}
	if at, bare := p.bareSession(hours, v.Now, next); bare && v.Total+len(v.Mute) > 0 && who.May(access.Writing, nil) {
		return suggestion{Kind: "session", Path: "/bulletins", At: at}, nil
	}
	switch {
	case len(troubles) > 0: // it is filling up
		return suggestion{Kind: "machine"}, nil
	case v.Steps > 0:
		return suggestion{Kind: "wizard", Path: "/wizard", Count: v.Steps}, nil
	case len(v.Others) > 0:
		return suggestion{Kind: "look", Path: "/faults", Count: len(v.Others)}, nil
	case v.Good == 0 && len(v.Mute) > 0: // nothing can say that all is well
		return suggestion{Kind: "unheard"}, nil
	}
	return suggestion{Kind: "fine", Count: len(v.Mute)}, nil
}

// silent names the loudspeakers that will probably not be heard in the next
// airing.
func (v *todayView) silent() (names []string) {
	if v.Next == nil {
		return nil
	}
	for _, n := range v.Others { // what is looked after needs nobody else
		if silenced(n) && slices.Contains(v.Next.Nodes, n.ID) {
			names = append(names, n.Name)
		}
	}
	return names
}

// silenced reports whether a loudspeaker will probably not be heard as it is.
func silenced(n nodeRow) bool {
	return n.State == "offline" || slices.ContainsFunc(n.Faults, func(f inventory.Fault) bool { return slices.Contains(silencing, f.Code) })
}

// bareSession is the next session, and whether nothing is aired around it.
func (p *todayPage) bareSession(hours store.UsualHours, now time.Time, airings []preview.Airing) (at time.Time, bare bool) {
	for _, hour := range []string{hours.Morning, hours.Evening} {
		t, err := next(now.In(schedule.Zone()), hour)
		if err == nil && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	from, to := at.Add(-beforeSession), at.Add(afterSession)
	return at, !slices.ContainsFunc(airings, func(a preview.Airing) bool { return !a.Start.Before(from) && a.Start.Before(to) })
}
