package document

import (
	"strings"
	"unicode"

	"loa/audio/reading"
	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// What is said by horns is heard through its own echo: short groups of words, with
// a rest after each in which the echo dies, are understood where long ones are not.
const (
	// HornBreath is how many syllables of a group are said by a horn, at the most,
	// where there is a word to breathe before it.
	HornBreath = 9
	// hornHardest is the most where there is none: a compound is rather not torn.
	hornHardest = 15
	hornLeast   = 3
)

var horn = breathing{most: HornBreath, hardest: hornHardest, least: hornLeast, before: func(last, next reading.Piece) bool {
	a, b := strings.ToLower(written(last)), strings.ToLower(written(next))
	return last.Kind == kind.Date || hornBreathers[b] && !hornBreathers[a] && !hornCompounds[a+" "+b]
}}

var (
	// hornBreathers are words before which a group may end: fewer than a newsreader
	// has, for groups are short, and none that is often the second half of a word.
	hornBreathers = token.Set(`và hoặc nhưng để khi nếu do vì theo tại trong với từ đến nhằm thì đã đang sẽ cho ở qua như các những mọi
		hãy xin đề kính mời bà tất không trước sau nhờ tuyệt kể nên gồm ngày`)
	// hornCompounds are words of two syllables of which the second looks like one.
	hornCompounds = func() map[string]bool {
		m := map[string]bool{}
		for _, w := range strings.Split(`đối với,thay vì,bởi vì,tự do,lý do,mỗi khi,đôi khi,để cho,sao cho,bên trong,phía trong,tuần sau,lần sau,ngày sau,
			phía sau,đằng sau,mai sau,về sau,phía trước,tuần trước,lần trước,ngày trước,hôm trước,ông bà,của bà,mà không,hay không,có không,
			trở nên,làm nên,bao gồm,là do,cũng như,gần như,hầu như,hình như,vừa qua,đi qua,thông qua,băng qua,lội qua,vượt qua,chạy qua,hàng ngày,hằng ngày,mỗi ngày,cả ngày,ban ngày,vào ngày,sáng ngày,chiều ngày,tối ngày,vấn đề,chủ đề,tôn kính,thư mời,giấy mời`, ",") {
			m[strings.TrimSpace(w)] = true
		}
		return m
	}()
)

// Horn is a document as it is said by a horn, without the blocks that a person leaves
// out: see [Reader.Leave] and [Spoken]. Its groups of words are short. [Groups] parts it.
func Horn(r *reading.Reader, text string, leave []string) string {
	return reading.Spoken(without(text, breaths(r, text, horn), leave))
}

// A Rest is what follows a group of words.
type Rest int

// The rests, the shorter first.
const (
	AfterGroup Rest = iota
	AfterSentence
	AfterParagraph
)

// A Group is what is said in one breath.
type Group struct {
	Words     string // with the sign that ends it, if there is one
	Syllables int    // how many words they are: in Vietnamese a syllable is one
	Rest      Rest
}

// Groups parts what is said at its pauses. Its last group ends a paragraph. Of a
// text without a letter or digit it is empty.
func Groups(said string) []Group {
	var groups []Group
	for line := range strings.Lines(said) {
		for rest := line; rest != ""; {
			var words string
			words, rest = cutGroup(rest)
			if g, ok := groupOf(words); ok {
				groups = append(groups, g)
			}
		}
		if n := len(groups); n > 0 {
			groups[n-1].Rest = AfterParagraph
		}
	}
	return groups
}

// cutGroup cuts behind the first signs of a pause that end a word.
func cutGroup(s string) (words, rest string) {
	sign := false
	for i, r := range s {
		if sign && unicode.IsSpace(r) {
			return s[:i], s[i:]
		}
		sign = strings.ContainsRune(token.Pauses, r)
	}
	return s, ""
}

// groupOf is false where there is nothing to say.
func groupOf(words string) (Group, bool) {
	words = strings.TrimSpace(words)
	g := Group{Words: words, Syllables: len(strings.Fields(words))}
	if strings.ContainsAny(words[max(0, len(words)-len("…")):], ".?!…") {
		g.Rest = AfterSentence
	}
	return g, strings.ContainsFunc(words, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
