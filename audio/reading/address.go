package reading

import "strings"

// roads are the letters before a road's number.
var roads = map[string]string{
	"ql": "quốc lộ", "tl": "tỉnh lộ", "hl": "hương lộ", "đt": "đường tỉnh", "đh": "đường huyện", "đx": "đường xã", "ct": "cao tốc", "lx": "liên xã",
	"tdp": "tổ dân phố", "kp": "khu phố", "q": "quận", "p": "phường", "kcn": "khu công nghiệp", "kv": "khu vực", "t": "tổ", "bđ": "báo động",
}

// quarters are those that are said only with a capital and a small number.
var quarters = set("q p t")

// sheets are words behind which BĐ is a map, not a level of alarm.
var sheets = set("tờ mảnh")

// road recognises QL55, ĐT.714, QL 1A, Q.1, TDP3.
func road(c *cursor) (found, bool) {
	t := c.at(0)
	said := roads[t.low]
	if said == "" || !capital(t.s) || !c.opens() || t.low == "bđ" && sheets[c.before(1)] {
		return found{}, false
	}
	k := 1
	if c.is(k, ".") || c.is(k, "-") {
		k++
	}
	k += c.gap(k)
	d := c.digits(k)
	if d == "" || len(d) > 4 || quarters[t.low] && (len(d) > 2 || t.low == "t" || k > 2) || t.low == "ct" && (k > 2 || len(d) > 2) {
		return found{}, false
	}
	if t.low == "đt" && len(d) == 4 || c.is(k+1, "/") && c.digits(k+2) != "" {
		return found{}, false
	}
	switch rest, ok := strings.CutPrefix(said, c.before(1)+" "); {
	case ok: // đường ĐT.714
		said = rest
	case said == c.before(2)+" "+c.before(1):
		said = ""
	}
	f := found{n: k + 1, spoken: strings.TrimSpace(said + " " + cardinal(d)), kind: Address, sure: Certain}
	if l := c.at(k + 1); l.kind == word && len(l.s) == 1 {
		f.n, f.spoken = k+2, f.spoken+" "+l.low
	}
	return f, c.ends(f.n)
}

var (
	beforeHouse = set("số hẻm ngõ ngách kiệt nhà tổ lô lớp")
	afterHouse  = set("đường phố hẻm ngõ tổ khu thôn ấp phường xã")
)

// house recognises the number of a house in a lane: số 12/3 đường Trần Phú, 45/7A.
func house(c *cursor) (found, bool) {
	a, b := c.digits(0), c.digits(2)
	if a == "" || b == "" || !c.is(1, "/") || !c.opens() || len(a) > 4 || len(b) > 4 {
		return found{}, false
	}
	n, said := 3, cardinal(a)+" trên "+cardinal(b)
	for c.is(n, "/") && c.digits(n+1) != "" && n < 9 {
		n, said = n+2, said+" trên "+cardinal(c.digits(n+1))
	}
	if l := c.at(n); l.kind == word && len(l.s) == 1 && c.ends(n+1) {
		n, said = n+1, said+" "+l.low
	}
	before := c.before(1)
	lane := before != "số" && before != "nhà" && before != "tổ"
	if c.paired(Address) && c.is(-1-c.gap(-1), ",") { // lớp 1/1, 1/2
		return found{n: n, spoken: said, kind: Address, sure: Likely}, true
	}
	if !beforeHouse[before] || !lane && !afterHouse[c.after(n, 1)] && !(c.at(n).kind == space && capital(c.at(n+1).s)) || !c.ends(n) {
		return found{}, false
	}
	return found{n: n, spoken: said, kind: Address, sure: Likely}, true
}

// milestone recognises Km 12+500.
func milestone(c *cursor) (found, bool) {
	t := c.at(0)
	if t.low != "km" || !c.opens() {
		return found{}, false
	}
	k := 1 + c.gap(1)
	d := c.digits(k)
	if d == "" || k > 1 && t.s == "km" && c.at(-1-c.gap(-1)).kind == digits {
		return found{}, false
	}
	p := c.span(0, c.stone) // Km 8 - Km 10
	return found{n: p.n, spoken: p.said, kind: Address, sure: Certain}, p.n > 0
}

// stone is a kilometre of a road, and metres behind it: Km 12+350.
func (c *cursor) stone(k int) part {
	if c.at(k).low != "km" {
		return part{}
	}
	n := 1 + c.gap(k+1)
	d := c.digits(k + n)
	if d == "" {
		return part{}
	}
	said := "ki lô mét " + cardinal(d)
	if m := c.digits(k + n + 2); c.is(k+n+1, "+") && m != "" {
		return part{n: n + 3, said: said + " cộng " + cardinal(m)}
	}
	return part{n: n + 1, said: said}
}

var aroundWeekday = set("sáng trưa chiều tối đêm từ đến tới thứ và ngày vào hằng hàng cn t2 t3 t4 t5 t6 t7 lịch mỗi các")

// weekday recognises T2 to T7 as days of the week, T9/2025 as a month.
func weekday(c *cursor) (found, bool) {
	d := c.digits(1)
	if c.at(0).s != "T" || d == "" || !c.opens() {
		return found{}, false
	}
	if y := c.digits(3); monthNumber(d) && c.is(2, "/") && yearNumber(y) && c.ends(4) {
		return found{n: 4, spoken: "tháng " + month(d) + " năm " + cardinal(y), kind: Date, sure: Certain}, true
	}
	n := small(d)
	if !c.ends(2) || n < 1 || n > 12 || len(d) > 2 {
		return found{}, false
	}
	if k := c.dash(2); k > 0 && c.is(2+k, "T") && n >= 2 && small(c.digits(3+k)) > n && small(c.digits(3+k)) < 8 && c.ends(4+k) {
		return found{n: 4 + k, spoken: "thứ " + month(d) + " đến thứ " + month(c.digits(3+k)), kind: Date, sure: Certain}, true
	}
	f := found{n: 2, kind: Date, sure: Likely, spoken: "tháng " + month(d)}
	if n >= 2 && n <= 7 {
		f.others = []string{f.spoken, "tổ " + cardinal(d)}
		f.spoken = "thứ " + month(d)
		if !aroundWeekday[c.before(1)] && !aroundWeekday[c.after(2, 1)] && !c.paired(Date) {
			f.sure = Doubtful
		}
	}
	return f, true
}

// letters of a block: 12A, lớp 5B, tổ 3C.
func lettered(c *cursor) (found, bool) {
	d, l := c.digits(0), c.at(1)
	if d == "" || len(d) > 4 || l.kind != word || letters[l.low] == "" || !upper(l.s) || !c.opens() {
		return found{}, false
	}
	f := found{n: 2, spoken: cardinal(d) + " " + l.s, kind: Number, sure: Likely}
	if m := c.digits(2); m != "" && c.ends(3) {
		f.n, f.spoken = 3, f.spoken+" "+cardinal(m)
		return f, true
	}
	return f, c.ends(2)
}
