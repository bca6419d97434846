package document

import (
	"strings"

	"loa/audio/reading"
	"loa/audio/reading/token"
)

// A Sentence is a stretch of a document that one can hear by itself. The sentences of
// a text tile it.
type Sentence struct {
	From, To int    // in bytes
	Spoken   string // what is said; "": nothing
}

// Sentences cuts a document where one may begin to listen: after what ends a
// sentence, and where what may be left out begins or ends. Of an empty text there
// are none.
func Sentences(r *reading.Reader, text string, leave []string) []Sentence {
	return sentences(text, breaths(r, text, newsreader), leave)
}

// Script is a document read once for both: its pieces and its sentences.
func Script(r *reading.Reader, text string, leave []string) ([]reading.Piece, []Sentence) {
	pieces := breaths(r, text, newsreader)
	all := sentences(text, pieces, leave)
	return reading.Joined(text, pieces), all
}

// sentences cuts the pieces of a document, one for each token.
func sentences(text string, pieces []reading.Piece, leave []string) []Sentence {
	var all []Sentence
	gone := left(text, pieces, leave)
	first, words, over := 0, false, false
	end := func(next int) {
		said := make([]reading.Piece, 0, next-first)
		for i, p := range pieces[first:next] {
			if !gone[first+i] {
				said = append(said, p)
			}
		}
		all = append(all, Sentence{From: pieces[first].From, To: pieces[next-1].To, Spoken: reading.Spoken(said)})
		first, words, over = next, false, false
	}
	for i, p := range pieces {
		blank := strings.TrimSpace(p.Written) == ""
		if i > first && (p.Omit != pieces[i-1].Omit || over && !blank && !ends(p)) {
			end(i)
		}
		words = words || strings.Trim(p.Spoken, token.Pauses+" \n\t") != ""
		over = words && (over || ends(p))
	}
	if first < len(pieces) {
		end(len(pieces))
	}
	return all
}

// ends tells whether a sentence ends with a piece. A point within a number or a name
// belongs to a longer piece.
func ends(p reading.Piece) bool {
	return strings.ContainsAny(p.Spoken, ".!?…\n") && strings.Trim(p.Spoken, token.Pauses+" \n") == ""
}

// A Block is what may be left out of a document, as a whole.
type Block struct {
	From, To int    // in bytes
	Written  string // without the spaces around; by it the block is known
	Why      reading.Omission
}

// Blocks are what belongs to the paper of a document and not to its message, in the
// order of the text: pieces of one reason that stand together.
func Blocks(text string, pieces []reading.Piece) []Block {
	var all []Block
	for i, p := range pieces {
		switch {
		case p.Omit == "":
		case i > 0 && pieces[i-1].Omit == p.Omit:
			all[len(all)-1].To = p.To
		default:
			all = append(all, Block{From: p.From, To: p.To, Why: p.Omit})
		}
	}
	for i := range all {
		all[i].Written = strings.TrimSpace(text[all[i].From:all[i].To])
	}
	return all
}

// left says of each piece whether it belongs to a block that is left out.
func left(text string, pieces []reading.Piece, leave []string) []bool {
	gone := make([]bool, len(pieces))
	if len(leave) == 0 {
		return gone
	}
	wanted := map[string]bool{}
	for _, l := range leave {
		wanted[strings.TrimSpace(l)] = true
	}
	i := 0
	for _, b := range Blocks(text, pieces) {
		for ; i < len(pieces) && pieces[i].From < b.To; i++ {
			gone[i] = pieces[i].From >= b.From && wanted[b.Written]
		}
	}
	return gone
}

// Leave is a document without the blocks that a person leaves out, each named by
// what it writes. What is no block of it stays.
func Leave(r *reading.Reader, text string, leave []string) []reading.Piece {
	return without(text, Read(r, text), leave)
}

// without are the pieces of no block that is left out.
func without(text string, pieces []reading.Piece, leave []string) []reading.Piece {
	gone := left(text, pieces, leave)
	var kept []reading.Piece
	for i, p := range pieces {
		if !gone[i] {
			kept = append(kept, p)
		}
	}
	return kept
}
