package document

import (
	"strings"

	"loa/audio/reading"
	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

const (
	// Breath is how many syllables of a document are said without a pause, at
	// the most; only a single number or name that is longer runs on.
	Breath = 24
	// shortest is how many syllables stand between a pause and a breath, if it can be.
	shortest = 7
)

// breathers are words before which one breathes.
var breathers = token.Set(`và hoặc nhưng mà để khi nếu do vì bởi theo tại trong với từ đến nhằm thì là được bị đã sẽ cho ở trên qua đồng như cùng các những mọi
	đề trường yêu mời không sau trước vào gồm bao nên song còn kể dưới ngoài về bằng cần phải lúc hiện`)

// newsreader is how a newsreader breathes.
var newsreader = breathing{most: Breath, hardest: Breath, least: shortest,
	before: func(last, next reading.Piece) bool {
		return breathers[written(next)] && !(written(next) == "ở" && lived[low(last)])
	}}

// lived are words with which ở is one: đất ở, nhà ở.
var lived = token.Set("đất nhà chỗ nơi ăn người")

// written is what a piece writes, however it is stored.
func written(p reading.Piece) string {
	if p.Kind == kind.Text {
		return p.Spoken
	}
	return token.Normalised(p.Written)
}

// low is the last word of a piece, in small letters: of NGÀY as of ngày.
func low(p reading.Piece) string {
	w := strings.Fields(written(p))
	if len(w) == 0 {
		return ""
	}
	return strings.ToLower(w[len(w)-1])
}

// breathing is how somebody breathes, in syllables.
type breathing struct {
	most, hardest int                                 // of one breath: where there is a word to breathe before, and where there is none
	least         int                                 // between a pause and a breath, if it can be
	before        func(last, next reading.Piece) bool // one may breathe between the two
}

// breathe puts pauses into sentences that have none for too long, at the space
// before the last word at which one breathes, or else before the last word that
// still fits.
func (b breathing) breathe(pieces []reading.Piece) {
	run, good, any := 0, -1, -1 // syllables since a pause; spaces for a breath
	for i := 0; i < len(pieces); i++ {
		p := &pieces[i]
		n, pause := syllables(p.Spoken)
		if pause {
			run, good, any = n, -1, -1
			continue
		}
		if p.Kind == kind.Text && p.Spoken == " " && i+1 < len(pieces) && run > 0 {
			if any < 0 || !held(pieces[i-1], pieces[i+1]) {
				any = i
			}
			if run >= b.least && b.before(pieces[i-1], pieces[i+1]) {
				good = i
			}
		}
		if n > b.most && run == 0 {
			run, p.Spoken = b.within(p.Spoken)
			continue
		}
		if run += n; run <= b.most || run == n || good < 0 && run <= b.hardest {
			continue
		}
		if good < 0 {
			good = any
		}
		if good < 0 { // nothing but numbers and signs, without a space
			pieces[i-1].Spoken += ","
			run = n
			continue
		}
		pieces[good].Spoken, pieces[good].Kind = ", ", kind.Pause
		i, run, good, any = good, 0, -1, -1
	}
}

// within puts a breath into what one piece says too long, as it would stand in as many
// words of text: from one day with its year to another. It tells how many follow it.
func (b breathing) within(said string) (rest int, parted string) {
	words := strings.Fields(said)
	for at := b.most; at >= b.least; at-- {
		last, next := reading.Piece{Spoken: words[at-1], Kind: kind.Text}, reading.Piece{Spoken: words[at], Kind: kind.Text}
		if b.before(last, next) {
			return len(words) - at, strings.Join(words[:at], " ") + ", " + strings.Join(words[at:], " ")
		}
	}
	return len(words), said
}

// held reports whether two stand together, where nobody breathes who can do otherwise: in
// the midst of a name or before it, behind a word that leads on, and between a word and its number.
func held(last, next reading.Piece) bool {
	a, b := written(last), written(next)
	name := next.Kind == kind.Text && (token.Capital(a) && !token.Upper(a) || token.Capital(b))
	ofPlace := last.Kind == kind.Abbreviation && places[b]   // UBND tỉnh
	ofLaw := next.Kind == kind.Law && last.Kind != kind.Text // QĐ 05/2021/QĐ-UBND
	return name || ofPlace || ofLaw || breathers[low(last)] || leading[low(last)] || next.Kind != kind.Text && numbered[low(last)]
}

// places are words that say of which place an office is.
var places = token.Set("xã phường tỉnh huyện thị thành thôn khu đặc cấp trung")

// leading are words that lead on to the next, beside the breathers.
var leading = token.Set("của là rằng như hơn thuộc giữa")

// numbered are words that a number follows.
var numbered = token.Set("định thông tư luật lệnh ngày tháng năm quý thứ số điều khoản mục chương lúc khóa thôn tổ xóm khu đường")

// syllables counts the words of what is said; behind the last pause, if it holds any.
func syllables(said string) (n int, pause bool) {
	if at := strings.LastIndexAny(said, token.Pauses+"\n"); at >= 0 {
		if i := strings.LastIndexAny(said, "…"); i == at {
			at += len("…") - 1
		}
		return len(strings.Fields(said[at+1:])), true
	}
	return len(strings.Fields(said)), false
}
