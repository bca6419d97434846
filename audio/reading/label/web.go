package label

import (
	"strings"
	"unicode"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// ends of addresses, as one says them; they also tell that something is one.
var domains = map[string]string{
	"vn": "vê nờ", "com": "com", "net": "nét", "org": "o rờ gờ", "gov": "gốp", "edu": "e đu", "info": "in phô", "io": "i ô", "me": "mi",
	"tv": "ti vi", "app": "áp", "asia": "a xi a", "xyz": "ích i dét", "biz": "bít", "top": "tốp", "ly": "ly", "cc": "xê xê", "cn": "xê nờ",
	"shop": "sốp", "online": "on lai", "site": "sai", "vip": "víp", "club": "cờ lúp", "link": "linh",
}

// labels are names within addresses that are Vietnamese words without their tones.
var labels = map[string]string{
	"dichvucong": "dịch vụ công", "chinhphu": "chính phủ", "baochinhphu": "báo chính " +
		"phủ", "lamdong": "Lâm Đồng", "baohiemxahoi": "bảo hiểm xã hội", "vssid": "vê ét ét ai đi", "congan": "công an",
	"bocongan": "bộ công an", "thuvienphapluat": "thư viện pháp " +
		"luật", "moet": "bộ giáo dục", "molisa": "bộ lao động", "thue": "thuế", "thuedientu": "thuế điện " +
		"tử", "hochiminh": "Hồ Chí Minh", "hanoi": "Hà Nội", "binhthuan": "Bình Thuận",
	"truyenthanh": "truyền thanh", "tuoitre": "tuổi trẻ", "thanhnien": "thanh niên", "nhandan": "nhân dân", "vnexpress": "vê nờ ích pờ " +
		"rét", "dantri": "dân trí", "tainguyen": "tài nguyên", "khaosat": "khảo sát", "vaynhanh": "vay nhanh",
	"gmail": "gờ meo", "yahoo": "da hu", "outlook": "ao lúc", "hotmail": "hót meo", "zalo": "da lô", "facebook": "phây búc",
	"google": "gu gồ", "youtube": "diu túp", "tiktok": "tích tóc", "vneid": "vi nê ai đi", "mail": "meo",
	"xa": "xã", "tinh": "tỉnh", "ubnd": "u bê nờ dê", "xalada": "xã La Dạ", "hotro": "hỗ trợ", "lienhe": "liên hệ", "tintuc": "tin tức",
	"bhxh": "bê hát ích hát", "dkkd": "đăng ký kinh doanh", "bit": "bít", "ly": "ly",
}

var webSigns = map[string]string{
	".": "chấm", "/": "xuyệt", "-": "gạch ngang", "_": "gạch dưới", "@": "a còng", ":": "hai chấm", "?": "hỏi", "=": "bằng", "&": "và",
	"#": "thăng", "%": "phần trăm", "+": "cộng", "~": "ngã",
}

// Web recognises addresses of pages and of mail.
func Web(c *token.Cursor) (token.Found, bool) {
	if !c.Opens() || c.At(0).Sort != token.Word && c.At(0).Sort != token.Digits {
		return token.Found{}, false
	}
	start := 0
	if t := c.At(0).Low; (t == "http" || t == "https") && c.Is(1, ":") && c.Is(2, "/") && c.Is(3, "/") {
		start = 4
	}
	hard := start > 0
	if c.At(start).Low == "www" && c.Is(start+1, ".") {
		start, hard = start+2, true
	}
	if !hard && !domainHere(c) {
		return token.Found{}, false
	}
	n := webEnd(c, start)
	if n <= start {
		return token.Found{}, false
	}
	said := webSaid(c, start, n)
	if said == "" {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: said, Kind: kind.Web, Sure: kind.Likely}, true
}

// domainHere tells whether letters, points and @ up to a known end follow.
func domainHere(c *token.Cursor) bool {
	for k := 0; k < 24; k++ {
		t := c.At(k)
		switch {
		case t.Sort == token.Space || t.Sort == token.Line:
			return false
		case t.Text == "@" && k > 0:
			return c.At(k+1).Sort == token.Word && token.IsASCII(c.At(k+1).Text) && c.Is(k+2, ".")
		case !token.IsASCII(t.Text) || t.Sort == token.Sign && t.Text != "." && t.Text != "-" && t.Text != "_":
			return false
		case k > 1 && c.Is(k-1, ".") && domains[t.Low] != "" && t.Low == t.Text && c.At(k-2).Sort != token.Sign && c.Ends(k+1):
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
			reached[to] = reached[to] || token.Syllable(low[from:to])
		}
	}
	return reached[len(low)]
}

// webEnd is where an address ends: at a space, or at a pause that ends the sentence.
func webEnd(c *token.Cursor, k int) int {
	end := k
	for ; ; k++ {
		t := c.At(k)
		if t.Sort == token.Space || t.Sort == token.Line || t.Sort == token.Sign && webSigns[t.Text] == "" || !token.IsASCII(t.Text) {
			return end
		}
		if t.Sort != token.Sign || t.Text == "/" {
			end = k + 1
		}
	}
}

func webSaid(c *token.Cursor, from, to int) string {
	var said []string
	for k := from; k < to; k++ {
		t := c.At(k)
		switch {
		case t.Sort == token.Digits && len(t.Text) <= 2:
			said = append(said, number.Cardinal(t.Text))
		case t.Sort == token.Digits:
			said = append(said, number.DigitByDigit(t.Text))
		case t.Sort == token.Sign && t.Text == "/" && k == to-1:
		case t.Sort == token.Sign:
			said = append(said, webSigns[t.Text])
		case domains[t.Low] != "" && k > from && c.Is(k-1, "."):
			said = append(said, domains[t.Low])
		case labels[t.Low] != "":
			said = append(said, labels[t.Low])
		case !runTogether(t.Low) && (len(t.Text) <= 4 || lexicon.Knows(strings.ToUpper(t.Text))):
			said = append(said, lexicon.Spelled(t.Text))
		default:
			said = append(said, strings.TrimFunc(t.Low, func(r rune) bool { return !unicode.IsLetter(r) }))
		}
	}
	return strings.Join(said, " ")
}
