package measure

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// 40t is forty tonnes of a bridge, forty years of a person or forty billions of a
// project: the words beside it decide, and where none does it is in doubt.

// A meaning of t, with the words near a number that tell that it is meant.
type meaning struct {
	said  string
	words map[string]bool
}

var (
	billions = meaning{"tỷ", token.Set("vốn phí án tư nợ sách trị mức chi lãi doanh quỹ đồng ngân thầu bán mua lỗ giá")}
	tonnes   = meaning{
		"tấn",
		token.Set(
			"xe tải trọng nặng hàng chở gạo lúa thóc phân cầu kho tàu xi măng thép cát lượng suất cân ngô sắn cà rau rác bốc heo lợn bò trâu " +
				"gà cá tôm mủ điều tiêu ha sào mẫu",
		),
	}
	years = meaning{"tuổi", token.Set("cụ ông bà cháu em bé anh chị tuổi thọ mất hưởng trẻ viên niên")}
	// millions are what one household lends, pays or is given.
	millions = token.Set("vay góp phạt thưởng đóng mượn cọc tiền")
	// loosely said before many things: less than one of the words above.
	loose = token.Set("khoảng thu được hơn gần")
)

// oldest is how old one may be.
const oldest = 120

// ofT is what t says behind the number from which it stands; to is the token behind it.
// sure is how sure that is.
func ofT(c *token.Cursor, from, to int) (u unit.Unit, sure float64) {
	u = unit.Multiples["t"]
	tail := c.At(to).Sort == token.Digits             // vốn 12t5, xe 1t5
	if next := c.Near(to, 1, 1); tonnes.words[next] { // what is weighed says more than a price before it
		u.Said, u.Times = tonnes.said, "ki lô gam"
		return u, kind.Likely
	}
	age := number.Small(c.Digits(from))
	if age >= 1 && age <= oldest && aged(c, from, to) {
		u.Said = years.said
		return u, kind.Likely
	}
	for far := 1; far <= 2; far++ {
		if millions[c.Near(from-1, -1, far)] && !tail {
			u.Said = "triệu"
			return u, kind.Likely
		}
	}
	for far := 1; far <= 4; far++ {
		before, after := c.Near(from-1, -1, far), ""
		if far < 3 {
			after = c.Near(to, 1, far)
		}
		for _, m := range []meaning{billions, tonnes, years} {
			if m.said == years.said && (age < 1 || age > oldest) {
				continue
			}
			if m.words[before] || after != "" && m.words[after] && m.said != years.said {
				if u.Said = m.said; m.said == tonnes.said {
					u.Times = "ki lô gam"
				}
				return u, kind.Likely
			}
		}
	}
	if tail {
		return u, kind.Certain
	}
	if loose[c.Near(from-1, -1, 1)] {
		u.Said = tonnes.said
	}
	return u, kind.Doubtful
}

// aged tells whether people are meant from or up to an age: người từ 60t, 18t trở lên.
func aged(c *token.Cursor, from, to int) bool {
	if next := c.Near(to, 1, 1) + " " + c.Near(to, 1, 2); next == "trở lên" || next == "trở xuống" {
		return !billions.words[c.Near(from-1, -1, 1)] && !billions.words[c.Near(from-1, -1, 2)]
	}
	if !bounds[c.Near(from-1, -1, 1)] {
		return false
	}
	for far := 2; far <= 4; far++ {
		if c.Near(from-1, -1, far) == "người" {
			return true
		}
	}
	return false
}

var bounds = token.Set("từ trên dưới đủ")

// doubtT marks a quantity of which t is a part, if no word decides what it says.
func doubtT(c *token.Cursor, f *token.Found) {
	for k := 1; k < f.N; k++ {
		if c.At(k).Text != "t" || c.At(k-1).Sort != token.Digits {
			continue
		}
		u, sure := ofT(c, numberStart(c, k), k+1)
		if sure == kind.Certain {
			continue
		}
		f.Sure = min(f.Sure, sure)
		for _, other := range []string{billions.said, tonnes.said, years.said, "triệu"} {
			if said := strings.ReplaceAll(f.Spoken, " "+u.Said, " "+other); other != u.Said && len(f.Others) < 3 {
				f.Others = append(f.Others, said)
			}
		}
		return
	}
}

// numberStart is where the number that ends before the token k begins.
func numberStart(c *token.Cursor, k int) int {
	k--
	for k >= 2 && (c.Is(k-1, ",") || c.Is(k-1, ".")) && c.At(k-2).Sort == token.Digits {
		k -= 2
	}
	return k
}
