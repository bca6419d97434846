package document

import (
	"strings"
	"unicode"

	"loa/audio/reading"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// omit marks the lines of a document that are better left out.
func omit(pieces []reading.Piece, lines []lineOf) {
	block := reading.Omission("")
	for i, l := range lines {
		why := l.omission(i)
		switch {
		case why == reading.Table && block != "" && l.columnOf(block): // two columns: who gets it, who signs it
			why = block
		case why == reading.Recipients || why == reading.Signature:
			block = why
		case why != "":
		case block == reading.Recipients && (l.text == "" || l.listed()):
			why = block
		case block == reading.Signature && (l.text == "" || l.signed()):
			why = block
		default:
			block = ""
		}
		if why == "" {
			continue
		}
		for j := l.first; j <= l.end && j < len(pieces); j++ {
			pieces[j].Omit = why
		}
	}
}

// letterheadLines are how far down whose paper it is stands.
const letterheadLines = 14

var (
	letterheads = []string{"cộng hòa xã hội chủ nghĩa", "cộng hoà xã hội chủ nghĩa", "độc lập - tự do", "độc lập – tự do", "độc lập-tự do",
		"đảng cộng sản việt nam"}
	signatures = []string{"tm.", "tm ", "t/m", "kt.", "tl.", "tuq.", "t.m", "k.t", "(đã ký)", "(đã kí)", "đã ký", "(ký", "(kí", "ký tên",
		"người ký"}
	posts = []string{"chủ tịch", "phó chủ tịch", "q. chủ tịch", "trưởng ban", "phó trưởng ban", "bí thư", "phó bí thư", "giám đốc",
		"trưởng công an", "chỉ huy trưởng", "trạm trưởng", "hiệu trưởng", "trưởng thôn", "chánh văn " +
			"phòng", "trưởng phòng", "người lập", "người thông báo"}
	stamps = []string{"(đóng dấu", "[đóng dấu", "đóng dấu", "(dấu", "ký bởi:", "người ký:", "thời gian ký:", "ngày ký:", "cơ quan:",
		"signature not verified", "signed by", "digitally signed", "email:", "số văn bản đến", "công văn đến"}
)

// omission is why a line may be left out by what it is itself, "" for no reason.
func (l lineOf) omission(i int) reading.Omission {
	switch {
	case l.text == "":
		return ""
	case hasPrefix(l.text, "nơi nhận"):
		return reading.Recipients
	case l.pageNumber():
		return reading.PageNumber
	case l.table() && i < letterheadLines && l.columnOfPaper():
		return reading.Letterhead
	case l.table():
		return reading.Table
	case hasPrefix(l.text, letterheads...), i < letterheadLines && l.paper():
		return reading.Letterhead
	case hasPrefix(l.text, stamps[:11]...) && !l.sentence():
		return reading.Stamp
	case hasPrefix(l.text, signatures...) && l.short(), token.Upper(l.written) && l.post():
		return reading.Signature
	}
	return ""
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// post tells whether a line is nothing but somebody's office.
func (l lineOf) post() bool {
	for _, p := range posts {
		if rest, ok := strings.CutPrefix(l.text, p); ok && len(strings.Fields(rest)) <= 3 {
			return true
		}
	}
	return false
}

// signed tells whether a line goes on with a signature: a name, an office in
// capitals, a remark in brackets.
func (l lineOf) signed() bool {
	if !l.short() {
		return false
	}
	for _, w := range strings.Fields(l.written) {
		if !token.Capital(w) {
			return l.text[0] == '('
		}
	}
	return true
}

// short tells whether a line may belong to a signature: few words, no sentence.
func (l lineOf) short() bool {
	return len(strings.Fields(l.text)) <= 8 && !l.sentence()
}

func (l lineOf) sentence() bool {
	return strings.HasSuffix(l.text, ".") && len(strings.Fields(l.text)) > 4
}

// listed tells whether a line goes on with the recipients: "- Như trên;", "Lưu: VT."
func (l lineOf) listed() bool {
	return strings.ContainsAny(l.text[:1], "-+*•") || hasPrefix(l.text, "•", "–", "như trên", "lưu", "như kính gửi",
		"thường trực") || strings.HasSuffix(l.text, ";")
}

// pageNumber is "2", "- 2 -", "2/5", "Trang 2", "Trang 2/5" by itself.
func (l lineOf) pageNumber() bool {
	rest := strings.TrimSpace(strings.TrimPrefix(l.text, "trang"))
	rest = strings.Trim(rest, "-–—| ")
	nums := strings.FieldsFunc(rest, func(r rune) bool { return r == '/' || r == ' ' })
	for _, n := range nums {
		if number.Small(n) < 0 || len(n) > 3 {
			return false
		}
	}
	return len(nums) == 1 || len(nums) == 2 && strings.Contains(rest, "/")
}

// table tells whether columns stand in a line: tabs, bars, wide gaps.
func (l lineOf) table() bool {
	if strings.Count(l.written, "|") >= 2 || strings.Contains(l.written, "\t") {
		return true
	}
	return strings.Count(strings.Join(strings.FieldsFunc(l.written, func(r rune) bool { return !unicode.IsSpace(r) }), "|"), "   ") >= 2
}

// columns are what stands in a line beside each other.
func (l lineOf) columns() []lineOf {
	var all []lineOf
	for _, w := range strings.FieldsFunc(strings.ReplaceAll(l.written, "   ", "|"), func(r rune) bool { return r == '|' || r == '\t' }) {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, lineOf{written: w, text: strings.ToLower(w)})
		}
	}
	return all
}

// columnOfPaper tells whether one of two columns says whose paper it is.
func (l lineOf) columnOfPaper() bool {
	for _, c := range l.columns() {
		if hasPrefix(c.text, letterheads...) || c.paper() {
			return true
		}
	}
	return false
}

// columnOf tells whether a line of columns goes on with a block: a recipient, or a
// signature.
func (l lineOf) columnOf(block reading.Omission) bool {
	for _, c := range l.columns() {
		if block == reading.Recipients && c.listed() || hasPrefix(c.text,
			signatures...) && c.short() || token.Upper(c.written) && c.post() || block == reading.Signature && c.signed() {
			return true
		}
	}
	return false
}

// paper tells whether a line says whose paper it is, its number, its place and day.
func (l lineOf) paper() bool {
	words := len(strings.Fields(l.text))
	switch {
	case hasPrefix(l.text, "số:", "số ") && words <= 4 && strings.Contains(l.text, "/"):
		return true
	case words <= 12 && strings.Contains(l.text, ", ngày ") && strings.Contains(l.text, " tháng ") && strings.Contains(l.text,
		" năm ") && !strings.HasSuffix(l.text, "."):
		return true
	}
	return token.Upper(l.written) && words <= 6 && hasPrefix(
		l.text,
		"ủy ban nhân dân",
		"uỷ ban nhân dân",
		"ubnd",
		"hội đồng nhân dân",
		"đảng ủy",
		"đảng bộ",
		"xã ",
		"huyện ",
		"tỉnh ",
		"phường ",
		"thị trấn ",
		"công an ",
		"mặt trận tổ quốc",
	) && !strings.Contains(l.text, "thông báo") && !strings.Contains(l.text, " mời ")
}
