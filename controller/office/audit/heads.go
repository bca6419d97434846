package audit

import (
	"maps"
	"slices"
	"time"
)

// Heads is what the nodes keep of the audit log.
type Heads struct {
	Nodes  []Head `json:"nodes"`
	Missed []Head `json:"missed" doc:"the log does not hold it: it was cut, or an older one was put in its place"`
}

// Head is the mark of one record that a node keeps.
type Head struct {
	Node string    `json:"node"`
	Seq  int64     `json:"seq"`
	Hash string    `json:"hash"`
	At   time.Time `json:"at" doc:"when the office told it"`
}

// Heads are the last mark of each node, and those that the log does not hold; none: empty lists.
func (t *Trail) Heads() Heads {
	h := Heads{[]Head{}, []Head{}}
	if t.opt.Heads == nil {
		return h
	}
	kept, missed := t.opt.Heads()
	for _, node := range slices.Sorted(maps.Keys(kept)) {
		last := kept[node].Last
		h.Nodes = append(h.Nodes, Head{node, last.Seq, last.Hash, last.At})
	}
	for _, m := range missed {
		h.Missed = append(h.Missed, Head{m.Node, m.Seq, m.Hash, m.At})
	}
	return h
}
