package wire

import (
	"errors"
	"time"
)

var errHead = errors.New("it is no end of an audit log")

// KindHead is the kind of the end of the office's audit log, on all/head, retained.
const KindHead = "head"

// Head is a place in the audit log: each record's hash covers all before it, so
// a node that has kept a head can tell later whether the log still holds what it held.
type Head struct {
	Seq  int64     `json:"seq"`
	Hash string    `json:"hash"` // of the record, sha256 in hex; "" of an empty log
	At   time.Time `json:"at"`   // when the office said so, its time
}

// MaxHeads is how many contradicted heads a node keeps; the first ones, which are
// the oldest evidence.
const MaxHeads = 4

// Heads is what a node keeps of the office's audit log.
type Heads struct {
	Last Head `json:"last"`
	// Lost are heads of which the office later told otherwise: a shorter log, or
	// another record of the same number. That is so after a backup was restored, and
	// after somebody cut the log.
	Lost []Head `json:"lost,omitempty"`
}

// Take takes a newer word of the office, and reports whether it contradicts the
// one before. An older word changes nothing.
func (h *Heads) Take(next Head) (contradicts bool) {
	last := h.Last
	if !next.At.After(last.At) {
		return false
	}
	h.Last = next
	if next.Seq > last.Seq || next.Seq == last.Seq && next.Hash == last.Hash {
		return false
	}
	for _, l := range h.Lost {
		if l.Seq >= last.Seq && l.Hash == last.Hash {
			return true // it is known already
		}
	}
	if len(h.Lost) < MaxHeads {
		h.Lost = append(h.Lost, last)
	}
	return true
}

// Check returns an error for what no office says.
func (h Head) Check() error {
	if h.Seq < 0 || h.At.IsZero() || (h.Seq == 0) != (h.Hash == "") || h.Seq > 0 && !ValidSHA(h.Hash) {
		return errHead
	}
	return nil
}
