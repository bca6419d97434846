package reading

import "strings"

// documents are what a law number may name, issuers who made it. What is in
// neither is looked up among the abbreviations.
var (
	documents = words2(`NĐ nghị định|TT thông tư|TTLT thông tư liên tịch|NQ nghị quyết|NQLT nghị quyết liên tịch|QĐ quyết định|CT chỉ thị|CV công văn
		KH kế hoạch|TB thông báo|BC báo cáo|TTr tờ trình|TTR tờ trình|HD hướng dẫn|KL kết luận|QC quy chế|QCPH quy chế phối hợp|QyĐ quy định|QĐi quy định|QĐI quy định|L luật
		PL pháp lệnh|GM giấy mời|BB biên bản|ĐA đề án|CTr chương trình|CTR chương trình|PA phương án|CĐ công điện|VBHN văn bản hợp nhất|GP giấy phép
		HDLT hướng dẫn liên tịch|LT liên tịch|ĐL điều lệ|TTh thông tri|GUQ giấy ủy quyền|GGT giấy giới thiệu|HĐ hợp đồng|CTrPH chương trình phối hợp|SL sắc lệnh|LCT lệnh`)
	issuers = words2(`CP chính phủ|TTg thủ tướng|TTG thủ tướng|TTCP thanh tra chính phủ|CTN chủ tịch nước|TW trung ương|TƯ trung ương|TU tỉnh ủy|ThU thành ủy|ĐU đảng ủy
		HU huyện ủy|QU quận ủy|QH quốc hội|UBTVQH ủy ban thường vụ quốc hội|UBND ủy ban nhân dân|HĐND hội đồng nhân dân|MTTQ mặt trận tổ quốc|NHNN ngân hàng nhà nước
		VX văn xã|NC nội chính|KT kinh tế|TH tổng hợp|NN nông nghiệp|ĐC địa chính|VP văn phòng|TP tư pháp|LĐ lao động|CN công nghiệp|XD xây dựng|GT giao thông|TC tài chính|MT mặt trận
		QS quân sự|CA công an|BCĐ ban chỉ đạo|BCH ban chỉ huy|BTV ban thường vụ|BTC bộ tài chính|BCT bộ công thương|BTG ban tuyên giáo|BTGTW ban tuyên giáo trung ương|ĐTN đoàn thanh niên
		BTGDVTW ban tuyên giáo và dân vận trung ương|TTĐT trung tâm điều tra|VPCP văn phòng chính phủ|SNV sở nội vụ|SYT sở y tế|STC sở tài chính|SXD sở xây dựng|STP sở tư pháp|SNNMT sở nông nghiệp và môi trường
		SGDĐT sở giáo dục và đào tạo|SVHTTDL sở văn hóa, thể thao và du lịch|STTTT sở thông tin và truyền thông|SKHCN sở khoa học và công nghệ|SCT sở công thương|TANDTC tòa án nhân dân tối cao`)
)

// words2 are the entries of a table: what is written, then what is said.
func words2(list string) map[string]string {
	m := map[string]string{}
	for _, e := range strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == '\n' }) {
		if write, say, ok := strings.Cut(strings.TrimSpace(e), " "); ok {
			m[write] = say
		}
	}
	return m
}

// law recognises the number of a document of the state or the Party:
// 49/2024/NĐ-CP, 15-NQ/TW, 1234/QĐ-UBND, 59/2020/QH14.
func law(c *cursor) (found, bool) {
	d := c.digits(0)
	if d == "" || len(d) > 6 || !c.opens() {
		return found{}, false
	}
	k, year := 1, ""
	if y := c.digits(2); (c.is(1, "/") || c.is(1, ":")) && len(y) == 4 && c.is(3, "/") {
		k, year = 3, y
	}
	if !c.is(k, "/") && !c.is(k, "-") && !c.is(k, "–") {
		return found{}, false
	}
	codes, n := c.codes(k + 1)
	if n == 0 {
		return found{}, false
	}
	said := lawNumber(d)
	if year != "" {
		said += " năm " + cardinal(year)
	}
	who, sure := c.lawWords(codes)
	return found{n: k + 1 + n, spoken: said + " " + who, kind: Law, sure: sure}, true
}

// lawNumber says a leading zero: chỉ thị không năm.
func lawNumber(d string) string {
	if d[0] == '0' {
		return digitByDigit(d)
	}
	return amount(d)
}

// codes are the letters of a law number k tokens on, parted by -, / and &.
func (c *cursor) codes(k int) (codes []string, n int) {
	for len(codes) < 6 {
		t := c.at(k + n)
		if t.kind != word || !capital(t.s) || !lawCode(t.s, len(codes)) {
			return nil, 0
		}
		code := t.s
		n++
		if d := c.digits(k + n); d != "" && len(d) <= 2 {
			code += " " + d
			n++
		}
		codes = append(codes, code)
		joint := c.at(k + n).s
		if joint != "-" && joint != "/" && joint != "&" && joint != "–" || c.at(k+n+1).kind != word {
			break
		}
		n++
	}
	if !c.ends(k+n) || len(codes) == 1 && !aLawCode(codes[0]) {
		return nil, 0
	}
	return codes, n
}

// aLawCode tells whether letters by themselves make a law number.
func aLawCode(s string) bool {
	_, known := codeSaid(s)
	return known && roman(fold(s)) == 0
}

func lawCode(s string, before int) bool {
	if documents[s] != "" || issuers[s] != "" || upper(s) && len([]rune(s)) > 1 {
		return true
	}
	_, known := codeSaid(s)
	return known && before > 0
}

// lawWords says who made what. A kind of document that stands before the number
// is not said again.
func (c *cursor) lawWords(codes []string) (string, float64) {
	var said []string
	sure := Certain
	if what := documents[codes[0]]; what != "" {
		codes = codes[1:]
		switch {
		case !c.namedBefore(what):
			said = append(said, what)
		case len(codes) > 0:
			said = append(said, "của")
		}
	}
	for _, code := range codes {
		s, known := codeSaid(code)
		if !known {
			sure = Doubtful
		}
		said = append(said, s)
	}
	return strings.Join(said, " "), sure
}

// namedBefore tells whether words stand before the cursor, with số between.
func (c *cursor) namedBefore(what string) bool {
	f := strings.Fields(what)
	if what == "quyết định" && c.namedBefore("quy định") { // QĐ of the Party
		return true
	}
	for skip := 0; skip <= 3; skip++ {
		all := true
		for i := range f {
			all = all && c.before(skip+len(f)-i) == fold(f[i])
		}
		if all || documents[c.beforeCode(skip+1)] == what {
			return true
		}
	}
	return false
}

// beforeCode is the k-th word before the cursor as it is written, if it is near.
func (c *cursor) beforeCode(k int) string {
	for j := -1; j >= -6; j-- {
		if t := c.at(j); t.kind == word {
			if k--; k == 0 {
				return t.s
			}
		}
	}
	return ""
}

func codeSaid(code string) (string, bool) {
	letters, term, _ := strings.Cut(code, " ")
	tail := ""
	if term != "" {
		tail = " khóa " + cardinal(term)
	}
	if s := issuers[letters]; s != "" {
		return s + tail, true
	}
	if s := documents[letters]; s != "" {
		return s + tail, true
	}
	for _, a := range abbreviations[fold(letters)] {
		if len(a.write) == 1 && (a.write[0].s == letters || a.anyCase) {
			return a.says[len(a.says)-1].say + tail, true
		}
	}
	if tail != "" {
		tail = " " + cardinal(term)
	}
	return spelled(letters) + tail, false
}
