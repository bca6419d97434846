package asrun

import (
	"context"
	"time"

	"loa/controller/store"
)

// Play is one line of the proof log.
type Play struct {
	Node      string     `json:"node"`
	Programme string     `json:"programme"`
	Airing    string     `json:"airing"`
	Item      int        `json:"item" doc:"index in the rundown"`
	Title     string     `json:"title,omitempty"`
	Clip      string     `json:"clip,omitempty"`
	Began     *time.Time `json:"began"`
	Ended     *time.Time `json:"ended"`
	HeardS    float64    `json:"heard_s"`
	LengthS   float64    `json:"length_s"`
	Volume    int        `json:"volume"`
	Outcome   string     `json:"outcome" enum:"heard,partly,not_heard"`
	Reason    string     `json:"reason"`
	Received  time.Time  `json:"received"`
	Ear       string     `json:"ear,omitempty" enum:"heard,not_heard,cannot_tell" doc:"what the microphone at the horn says; left out: there is none. not_heard outweighs the outcome"`
	EarDB     *float64   `json:"ear_db,omitempty" doc:"how much louder than calibrated it was"`
}

// Plays are what nodes really played, newest first, cut to what the caller may see: a page
// may be cut to nothing and still have a next. next is given as Before for the rest; "": there is none.
func (l *Log) Plays(ctx context.Context, f store.Filter) (all []Play, next string, err error) {
	plays, err := l.opt.Store.Plays(ctx, f)
	if err != nil {
		return nil, "", err
	}
	a, err := l.opt.Access.View(ctx)
	if err != nil {
		return nil, "", err
	}
	all = []Play{}
	for _, p := range plays {
		if a.Sees(p.Node) {
			all = append(all, playOf(p))
		}
	}
	if len(plays) == f.Limit {
		next = plays[len(plays)-1].Cursor()
	}
	return all, next, nil
}

func playOf(p store.Play) Play {
	return Play{Node: p.Node, Programme: p.Programme, Airing: p.Airing, Item: p.Item, Title: p.Title, Clip: p.Clip,
		Began: store.Optional(p.Began), Ended: store.Optional(p.Ended), HeardS: p.Heard.Seconds(), LengthS: p.Length.Seconds(),
		Volume: p.Volume, Outcome: string(p.Outcome), Reason: p.Reason, Received: p.Received, Ear: p.Ear, EarDB: p.EarDB}
}
