package answers

import (
	"context"
	"slices"
	"strconv"
	"time"

	"loa/controller/office/replay"
	"loa/controller/problem"
	"loa/controller/store"
)

// What can be said of a broadcast.
const (
	Clear   = "clear"   // nghe rõ
	Unclear = "unclear" // không rõ
	Unheard = "unheard" // không nghe thấy

	refused = "refused" // was not counted
)

// Taps are those words, in the order in which they are offered.
var Taps = []string{Clear, Unclear, Unheard}

// What somebody is told whose answer is not counted.
var (
	ErrGone = problem.New(problem.NotFound, "answer_gone",
		"Không còn trả lời được cho tin này: tin đã quá 48 giờ, đã thu hồi, hoặc câu hỏi đã hết hạn.",
		"This can be answered no more: it is older than 48 hours, was withdrawn, or the question's time is over.")
	ErrWord = problem.New(problem.Invalid, "answer_word", "Chưa rõ câu trả lời: hãy quay lại và bấm một trong các nút.",
		"The answer is not clear: go back and press one of the buttons.")
	ErrNotCounted = problem.New(problem.TooMany, "answer_not_counted",
		"Lượt này không được tính: từ mạng này đã có nhiều câu trả lời. Cần gấp hãy gọi trưởng thôn.",
		"This was not counted: many answers came from this network already. If it is urgent, call the village head.")
)

// Tap counts how somebody at an address heard one thing that their village's page shows.
func (d *Desk) Tap(ctx context.Context, from, code, entry, word string) error {
	area, e, err := d.shown(ctx, from, code, entry)
	if err != nil {
		return err
	}
	if !slices.Contains(Taps, word) {
		return ErrWord
	}
	return d.count(ctx, from, store.Tally{Subject: e.ID, Area: area, Word: word, Of: e.Broadcast, Number: 1})
}

// Answer counts what somebody answers to the question that was put with one thing, by the
// number of the answer.
func (d *Desk) Answer(ctx context.Context, from, code, entry, question string, choice int) error {
	area, e, err := d.shown(ctx, from, code, entry)
	if err != nil {
		return err
	}
	k, err := d.know(ctx)
	if err != nil {
		return err
	}
	q, ok := k.asked[e.Bulletin]
	switch {
	case !ok || q.ID != question || !d.opt.Now().Before(q.Until):
		return ErrGone
	case choice < 0 || choice >= len(q.Answers):
		return ErrWord
	}
	return d.count(ctx, from, store.Tally{Subject: q.ID, Area: area, Word: strconv.Itoa(choice), Of: q.Bulletin, Number: 1})
}

// shown finds what is answered on the page of the village whose code it is.
func (d *Desk) shown(ctx context.Context, from, code, entry string) (area string, e *replay.Entry, err error) {
	if area, err = d.Village(ctx, from, code); err != nil {
		return area, nil, err
	}
	now, err := d.opt.Replay.Snapshot(ctx)
	if err != nil {
		return area, nil, err
	}
	place, ok := now.Of(area)
	if !ok {
		return area, nil, ErrGone
	}
	p, _ := now.Page(place.Code)
	if e, ok = p.Entry(entry); !ok {
		return area, nil, ErrGone
	}
	return area, e, nil
}

// count counts one answer, or notes that it was refused.
func (d *Desk) count(ctx context.Context, from string, t store.Tally) error {
	d.counting.Lock()
	defer d.counting.Unlock()
	now := d.opt.Now()
	former, undo, ok := d.gate.say(now, from, t.Subject, t.Area, t.Word)
	if !ok {
		t.Word, t.Number = refused, 0
		d.mu.Lock()
		defer d.mu.Unlock()
		d.refused[t]++
		return ErrNotCounted
	}
	if former == t.Word {
		return nil // twice is once
	}
	if err := d.opt.Store.Count(ctx, t, former, now); err != nil {
		undo()
		return err
	}
	d.opt.News("answers")
	return nil
}

// settle writes down how many were refused.
func (d *Desk) settle(ctx context.Context) {
	d.mu.Lock()
	all := d.refused
	d.refused = map[store.Tally]int{}
	d.mu.Unlock()
	for t, n := range all {
		row := t
		row.Number = n
		if err := d.opt.Store.Count(ctx, row, "", d.opt.Now()); err != nil {
			d.mu.Lock()
			d.refused[t] += n // the next time
			d.mu.Unlock()
		}
	}
	if len(all) > 0 {
		d.opt.News("answers")
	}
}

// tallies are those of some broadcasts or bulletins, with what is not written down yet.
func (d *Desk) tallies(ctx context.Context, of []string) ([]store.Tally, error) {
	all, err := d.opt.Store.Tallies(ctx, of)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for t, n := range d.refused {
		if slices.Contains(of, t.Of) {
			t.Number = n
			all = append(all, t)
		}
	}
	return all, nil
}

// settleEach is how often what was refused is written down.
const settleEach = 10 * time.Second
