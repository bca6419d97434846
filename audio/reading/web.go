package reading

import (
	"strings"
	"unicode"
)

// ends of addresses, as one says them; they also tell that something is one.
var domains = map[string]string{
	"vn": "vê nờ", "com": "com", "net": "nét", "org": "o rờ gờ", "gov": "gốp", "edu": "e đu", "info": "in phô", "io": "i ô", "me": "mi", "tv": "ti vi", "app": "áp", "asia": "a xi a", "xyz": "ích i dét", "biz": "bít", "top": "tốp", "ly": "ly", "cc": "xê xê", "cn": "xê nờ", "shop": "sốp", "online": "on lai", "site": "sai", "vip": "víp", "club": "cờ lúp", "link": "linh",
}

// labels are names within addresses that are Vietnamese words without their tones.
var labels = map[string]string{
	"dichvucong": "dịch vụ công", "chinhphu": "chính phủ", "baochinhphu": "báo chính phủ", "lamdong": "Lâm Đồng", "baohiemxahoi": "bảo hiểm xã hội", "vssid": "vê ét ét ai đi", "congan": "công an",
	"bocongan": "bộ công an", "thuvienphapluat": "thư viện pháp luật", "moet": "bộ giáo dục", "molisa": "bộ lao động", "thue": "thuế", "thuedientu": "thuế điện tử", "hochiminh": "Hồ Chí Minh", "hanoi": "Hà Nội", "binhthuan": "Bình Thuận",
	"truyenthanh": "truyền thanh", "tuoitre": "tuổi trẻ", "thanhnien": "thanh niên", "nhandan": "nhân dân", "vnexpress": "vê nờ ích pờ rét", "dantri": "dân trí", "tainguyen": "tài nguyên", "khaosat": "khảo sát", "vaynhanh": "vay nhanh",
	"gmail": "gờ meo", "yahoo": "da hu", "outlook": "ao lúc", "hotmail": "hót meo", "zalo": "da lô", "facebook": "phây búc", "google": "gu gồ", "youtube": "diu túp", "tiktok": "tích tóc", "vneid": "vi nê ai đi", "mail": "meo",
	"xa": "xã", "tinh": "tỉnh", "ubnd": "u bê nờ dê", "xalada": "xã La Dạ", "hotro": "hỗ trợ", "lienhe": "liên hệ", "tintuc": "tin tức", "bhxh": "bê hát ích hát", "dkkd": "đăng ký kinh doanh", "bit": "bít", "ly": "ly",
}

var webSigns = map[string]string{
	".": "chấm", "/": "xuyệt", "-": "gạch ngang", "_": "gạch dưới", "@": "a còng", ":": "hai chấm", "?": "hỏi", "=": "bằng", "&": "và", "#": "thăng", "%": "phần trăm", "+": "cộng", "~": "ngã",
}

// web recognises addresses of pages and of mail.
func web(c *cursor) (found, bool) {
	if !c.opens() || c.at(0).kind != word && c.at(0).kind != digits {
		return found{}, false
	}
	start := 0
	if t := c.at(0).low; (t == "http" || t == "https") && c.is(1, ":") && c.is(2, "/") && c.is(3, "/") {
		start = 4
	}
	hard := start > 0
	if c.at(start).low == "www" && c.is(start+1, ".") {
		start, hard = start+2, true
	}
	if !hard && !c.domainHere() {
		return found{}, false
	}
	n := c.webEnd(start)
	if n <= start {
		return found{}, false
	}
	said := c.webSaid(start, n)
	if said == "" {
		return found{}, false
	}
	return found{n: n, spoken: said, kind: Web, sure: Likely}, true
}

// domainHere tells whether letters, points and @ up to a known end follow.
func (c *cursor) domainHere() bool {
	for k := 0; k < 24; k++ {
		t := c.at(k)
		switch {
		case t.kind == space || t.kind == line:
			return false
		case t.s == "@" && k > 0:
			return c.at(k+1).kind == word && isASCII(c.at(k+1).s) && c.is(k+2, ".")
		case !isASCII(t.s) || t.kind == sign && t.s != "." && t.s != "-" && t.s != "_":
			return false
		case k > 1 && c.is(k-1, ".") && domains[t.low] != "" && t.low == t.s && c.at(k-2).kind != sign && c.ends(k+1):
			return true
		}
	}
	return false
}

// runTogether tells whether a label is Vietnamese words without tones, as in lada.
func runTogether(low string) bool {
	if len(low) > 40 {
		return false
	}
	reached := make([]bool, len(low)+1)
	reached[0] = true
	for from := range low {
		for to := from + 1; reached[from] && to <= min(len(low), from+6); to++ {
			reached[to] = reached[to] || syllable(low[from:to])
		}
	}
	return reached[len(low)]
}

// webEnd is where an address ends: at a space, or at a pause that ends the sentence.
func (c *cursor) webEnd(k int) int {
	end := k
	for ; ; k++ {
		t := c.at(k)
		if t.kind == space || t.kind == line || t.kind == sign && webSigns[t.s] == "" || !isASCII(t.s) {
			return end
		}
		if t.kind != sign || t.s == "/" {
			end = k + 1
		}
	}
}

func (c *cursor) webSaid(from, to int) string {
	var said []string
	for k := from; k < to; k++ {
		t := c.at(k)
		switch {
		case t.kind == digits && len(t.s) <= 2:
			said = append(said, cardinal(t.s))
		case t.kind == digits:
			said = append(said, digitByDigit(t.s))
		case t.kind == sign && t.s == "/" && k == to-1:
		case t.kind == sign:
			said = append(said, webSigns[t.s])
		case domains[t.low] != "" && k > from && c.is(k-1, "."):
			said = append(said, domains[t.low])
		case labels[t.low] != "":
			said = append(said, labels[t.low])
		case !runTogether(t.low) && (len(t.s) <= 4 || knownAbbreviation(strings.ToUpper(t.s))):
			said = append(said, spelled(t.s))
		default:
			said = append(said, strings.TrimFunc(t.low, func(r rune) bool { return !unicode.IsLetter(r) }))
		}
	}
	return strings.Join(said, " ")
}
