package reading

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func document(t testing.TB) string {
	b, err := os.ReadFile(filepath.Join("testdata", "documents", "notice.txt"))
	require.NoError(t, err)
	return string(b)
}

// A notice as an office writes it is said as a newsreader says it: without the
// paper's head and foot if a person agrees, with a pause at each line.
func TestANotice(t *testing.T) {
	pieces := New(nil).Document(document(t))
	require.Equal(t, `thông báo.
Về việc phun thuốc diệt muỗi phòng, chống sốt xuất huyết.
Thực hiện Kế hoạch số bốn mươi lăm của ủy ban nhân dân ngày mười hai tháng năm năm hai nghìn hai mươi lăm, của ủy ban nhân dân tỉnh về phòng, chống dịch bệnh, ủy ban nhân dân xã thông báo đến toàn thể bà con như sau:
một, thời gian, địa điểm.
một, Thời gian: từ bảy giờ ba mươi phút ngày mười tháng sáu năm hai nghìn hai mươi lăm.
hai, Địa điểm:
a, Thôn một, thôn hai.
b, Thôn ba.
Trường trung học cơ sở La Dạ.
Nhà văn hóa thôn năm.
hai, yêu cầu.
Đề nghị các hộ gia đình dọn dẹp vệ sinh nhà cửa và xung quanh nhà ở, đồng thời che đậy kín thức ăn nước uống đưa người già trẻ em ra khỏi nhà trong thời gian phun thuốc, để bảo đảm an toàn cho sức khỏe.`,
		Spoken(Kept(pieces)))
}

// A document from Windows is the same document.
func TestLinesFromWindows(t *testing.T) {
	text := document(t)
	want := Spoken(Kept(New(nil).Document(text)))
	require.Equal(t, want, Spoken(Kept(New(nil).Document(strings.ReplaceAll(text, "\n", "\r\n")))))
}

// What is offered to be left out is in the pieces, each with its reason.
func TestWhatIsLeftOutIsThere(t *testing.T) {
	text := document(t)
	by := map[Omission]string{}
	for _, p := range New(nil).Document(text) {
		if p.Omit != "" {
			by[p.Omit] += p.Written
		}
	}
	require.Contains(t, by[Letterhead], "Số: 05/TB-UBND")
	require.Contains(t, by[Letterhead], "La Dạ, ngày 05 tháng 6 năm 2025")
	require.Contains(t, by[Letterhead], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	require.Contains(t, by[Letterhead], "Độc lập - Tự do")
	require.Contains(t, by[Table], "1 | Thôn 1 | 120")
	require.Contains(t, by[Recipients], "Lưu: VT.")
	require.Contains(t, by[Signature], "KT. CHỦ TỊCH")
	require.Contains(t, by[Signature], "Nguyễn Văn Nam")
	require.Contains(t, by[PageNumber], "- 2 -")
	require.NotContains(t, strings.Join([]string{by[Letterhead], by[Table], by[Recipients], by[Signature]}, ""), "muỗi")
}

// No sentence of a document runs on without a pause.
func TestOneBreathes(t *testing.T) {
	long := strings.Repeat("bà con các thôn đi họp đầy đủ và đúng giờ ", 200)
	for _, text := range append(texts(t), long, document(t)) {
		pieces := New(nil).Document(text)
		spoken, run := Spoken(pieces), 0
		for _, p := range New(nil).breaths(text, newsreader) {
			n, pause := syllables(p.Spoken)
			if pause {
				run = n
				continue
			}
			if run += n; n > 0 {
				require.LessOrEqual(t, run, max(Breath, n), "%q", spoken)
			}
		}
		at := 0
		for _, p := range pieces {
			require.Equal(t, at, p.From)
			at = p.To
		}
		require.Equal(t, len(text), at)
	}
}

// What belongs to the paper comes as few blocks, each with its text; two columns are
// no table. What a person leaves out is not said, what they do not is.
func TestBlocks(t *testing.T) {
	text := document(t)
	r := New(nil)
	blocks := Blocks(text, r.Document(text))
	var whys []Omission
	var leave []string
	for _, b := range blocks {
		require.Contains(t, text[b.From:b.To], b.Written)
		whys = append(whys, b.Why)
		if b.Why != Table {
			leave = append(leave, b.Written)
		}
	}
	require.Equal(t, []Omission{Letterhead, Table, Recipients, Signature, PageNumber}, whys)
	require.Equal(t, "STT | Thôn | Số hộ\n1 | Thôn 1 | 120", blocks[1].Written)
	said := Spoken(r.Leave(text, leave))
	require.NotContains(t, said, "Nơi nhận")
	require.NotContains(t, said, "Nguyễn Văn Nam")
	require.Contains(t, said, "một trăm hai mươi", "nobody said that the table goes")
	require.Equal(t, Spoken(Kept(r.Document(text))), Spoken(r.Leave(text, append(leave, blocks[1].Written))))
	require.Equal(t, Spoken(r.Document(text)), Spoken(r.Leave(text, []string{"THÔNG BÁO"})), "that is no block")
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(pauses+" \n", r) })
	}
	require.Equal(t, words(said), words(r.Horn(text, leave)), "a horn leaves out the same")

	columns := "Nơi nhận:\t\tTM. ỦY BAN NHÂN DÂN\n- Như trên;\t\tKT. CHỦ TỊCH\n- Lưu: VT.\t\tPHÓ CHỦ TỊCH\n\t\tNguyễn Văn Nam\n"
	blocks = Blocks(columns, r.Document(columns))
	require.Len(t, blocks, 1, "%+v", blocks)
	require.Equal(t, Recipients, blocks[0].Why)
}

// One can begin to listen at each sentence, and what is said from there on is what
// all of it says there.
func TestSentences(t *testing.T) {
	r := New(nil)
	for _, text := range append(texts(t), document(t), "", "\n\n", "Một. Hai! Ba?\n\nBốn") {
		at, said := 0, []string{}
		for _, s := range r.Sentences(text, nil) {
			require.Equal(t, at, s.From)
			require.Greater(t, s.To, at)
			at = s.To
			if s.Spoken != "" {
				said = append(said, s.Spoken)
			}
		}
		require.Equal(t, len(text), at)
		words := func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return !joins(r) }) }
		require.Equal(t, words(Spoken(r.Document(text))), words(strings.Join(said, " ")), "%q", text)
	}
	all := r.Sentences("Họp lúc 08h30. Mời UBND xã, TS. Nam dự!\nXin cảm ơn.", nil)
	require.Len(t, all, 3)
	require.Equal(t, "Mời ủy ban nhân dân xã, tiến sĩ Nam dự!", all[1].Spoken)
	notice := document(t)
	head := Blocks(notice, r.Document(notice))[0]
	require.Empty(t, r.Sentences(notice, []string{head.Written})[0].Spoken)
}

// The built-in list is what the reader reads by.
func TestBuiltIn(t *testing.T) {
	all := BuiltIn()
	require.Greater(t, len(all), 600)
	kinds := map[Kind]int{}
	for _, k := range all {
		require.NotEmpty(t, k.Write)
		require.NotEmpty(t, k.Says)
		kinds[k.Kind]++
	}
	require.Greater(t, kinds[Name], 50)
	require.Contains(t, all, Known{"UBND", []string{"ủy ban nhân dân"}, Abbreviation})
	require.Contains(t, all, Known{"Zalo", []string{"da lô"}, Name})
}
