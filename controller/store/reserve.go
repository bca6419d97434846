package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// reserve is a file of a fixed size that is there before it is needed: what the
// database cannot take on a full disk is written into it in place, and survives
// a restart. It has two halves, written in turn, so that a power cut in the
// middle of one leaves the other:
//
//	magic 8 · turn 8 · length 8 · sha256 of the JSON 32 · JSON of the deeds
type reserve struct {
	file *os.File
	turn uint64
}

const (
	reserveFile = Database + "-reserve"
	reserveHalf = 128 << 10
	reserveHead = 8 + 8 + 8 + sha256.Size
	reserveMost = reserveHalf - reserveHead // bytes of deeds
	reserveMark = "loadeed1"
)

var (
	errReserve = errors.New("no reserve")
	errRoom    = errors.New("more than the reserve has room for")
)

// openReserve opens the reserve in dir, making it where there is none, and
// returns what an earlier run could not write.
func openReserve(dir string) (*reserve, []Deed, error) {
	path := filepath.Join(dir, reserveFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the reserve: %w", err)
	}
	r := &reserve{file: file}
	if err := r.fill(); err != nil {
		// A part of it would promise what it cannot keep.
		return nil, nil, errors.Join(fmt.Errorf("make the reserve: %w", err), file.Close(), os.Remove(path))
	}
	return r, r.read(), nil
}

// fill writes the file to its whole size: bytes, not a hole, which would need
// room when it is least to be had.
func (r *reserve) fill() error {
	info, err := r.file.Stat()
	if err != nil || info.Size() >= 2*reserveHalf {
		return err
	}
	if _, err := r.file.WriteAt(make([]byte, 2*reserveHalf-info.Size()), info.Size()); err != nil {
		return err
	}
	return r.file.Sync()
}

// read returns the deeds of the half that was written last and is whole.
func (r *reserve) read() (last []Deed) {
	for half := range int64(2) {
		b := make([]byte, reserveHalf)
		if _, err := r.file.ReadAt(b, half*reserveHalf); err != nil || string(b[:8]) != reserveMark {
			continue
		}
		turn, length := binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])
		if length > reserveMost || turn <= r.turn {
			continue
		}
		body := b[reserveHead : reserveHead+length]
		sum := sha256.Sum256(body)
		var all []Deed
		if string(sum[:]) != string(b[24:reserveHead]) || json.Unmarshal(body, &all) != nil {
			continue
		}
		last, r.turn = all, turn
	}
	return last
}

// write puts deeds in place of those that the reserve held.
func (r *reserve) write(body []byte) error {
	if r == nil {
		return errReserve
	}
	turn := r.turn + 1
	b := make([]byte, reserveHead+len(body))
	copy(b, reserveMark)
	binary.BigEndian.PutUint64(b[8:], turn)
	binary.BigEndian.PutUint64(b[16:], uint64(len(body)))
	sum := sha256.Sum256(body)
	copy(b[24:], sum[:])
	copy(b[reserveHead:], body)
	if _, err := r.file.WriteAt(b, int64(turn%2)*reserveHalf); err != nil {
		return fmt.Errorf("write the reserve: %w", err)
	}
	if err := r.file.Sync(); err != nil {
		return fmt.Errorf("write the reserve: %w", err)
	}
	r.turn = turn
	return nil
}

func (r *reserve) close() {
	if r != nil {
		_ = r.file.Close() // every write was synced
	}
}

// save writes the queue into the reserve, and lets go the callers that wait: what was done
// is as safe as it can be. The caller of the next deed does not wait for the disk.
func (q *deeds) save(s *Store) {
	q.mu.Lock()
	body := q.fit()
	held := slices.Clone(q.queue)
	q.dirty = false
	q.mu.Unlock()
	err := errRoom
	if body != nil {
		err = q.reserve.write(body)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.dirty = true
		if !q.lost {
			s.logger.Error("what was done is in memory only: a restart would lose it", "err", err)
		}
	}
	q.lost, q.saved = err != nil, time.Now()
	if q.err != nil {
		for _, p := range held {
			p.settle()
		}
	}
}

// fit makes the queue short enough for the reserve, and returns it as JSON; nil:
// it cannot be. What is oldest loses its detail first; that it was done stays. It
// is called with the lock held.
func (q *deeds) fit() []byte {
	for tries := 0; ; tries++ {
		all := make([]Deed, len(q.queue))
		for i, p := range q.queue {
			all[i] = p.Deed
		}
		body, err := json.Marshal(all)
		switch {
		case err == nil && len(body) <= reserveMost:
			return body
		case err != nil || tries > 40:
			return nil
		case !q.shorten():
			q.fold(max(len(q.queue)/2, 2))
		}
	}
}

// shorten takes the detail from the older half of what still has any, and
// reports whether any had.
func (q *deeds) shorten() (any bool) {
	var long []*pending
	for _, p := range q.queue {
		if p != q.busy && p.isLong() {
			long = append(long, p)
		}
	}
	for _, p := range long[:(len(long)+1)/2] {
		p.Deed = p.short()
	}
	return len(long) > 0
}

func (p *pending) isLong() bool {
	switch {
	case p.Audit != nil:
		return len(p.Audit.Before)+len(p.Audit.After) > 0 && p.Audit.Action != foldedAction
	case p.Call != nil:
		return len(p.Call.Heard) > 0 && !p.Call.Ended.IsZero()
	}
	return false
}

// short is a deed without its detail. The copy leaves alone what others read.
func (p *pending) short() Deed {
	switch {
	case p.Audit != nil:
		a := *p.Audit
		a.Before, a.After = nil, nil
		if a.Note != "" {
			a.Note += "; "
		}
		a.Note += shortened
		return Deed{Audit: &a}
	case p.Call != nil:
		c := *p.Call
		c.Heard = nil
		return Deed{Call: &c}
	}
	return p.Deed
}

// fold puts the audit records among the oldest deeds into one that says how many
// of what kind they were.
func (q *deeds) fold(oldest int) {
	counts, n := map[string]int{}, 0
	var first *pending
	var from, to time.Time
	queue := q.queue[:0:0]
	for i, p := range q.queue {
		if i >= oldest || p.Audit == nil || p == q.busy {
			queue = append(queue, p)
			continue
		}
		if first == nil {
			first, from = p, p.Audit.At
			queue = append(queue, p)
		}
		to = p.Audit.At
		n++
		if p.Audit.Action == foldedAction {
			n--
			mergeCounts(counts, p.Audit.After)
		} else {
			counts[p.Audit.Action]++
		}
		if p != first {
			p.settle()
		}
	}
	if first == nil || n < 2 {
		return
	}
	after, err := json.Marshal(counts)
	if err != nil {
		return // a map of numbers: it cannot fail
	}
	first.Deed = Deed{Audit: &Audit{At: from, Who: "loa", Action: foldedAction, After: after,
		Note: fmt.Sprintf("records from %s to %s, of which only the kinds could be kept", from.UTC().Format(time.RFC3339),
			to.UTC().Format(time.RFC3339))}}
	q.queue = queue
}

// foldedAction is a record that stands for many, see fold.
const foldedAction = "audit.folded"

func mergeCounts(into map[string]int, raw json.RawMessage) {
	var more map[string]int
	if json.Unmarshal(raw, &more) == nil {
		for action, n := range more {
			into[action] += n
		}
	}
}
