package document

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"loa/audio/reading"
	"loa/audio/reading/token"
)

func document(t testing.TB) string {
	b, err := os.ReadFile(filepath.Join("testdata", "documents", "notice.txt"))
	require.NoError(t, err)
	return string(b)
}

// texts are the sentences and the texts by which the reader is judged.
func texts(t testing.TB) []string {
	var all []string
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		for l := range strings.Lines(string(b)) {
			written, _, _ := strings.Cut(l, "~")
			all = append(all, written)
		}
		all = append(all, string(b))
	}
	return all
}

// A notice as an office writes it is said as a newsreader says it: without the
// paper's head and foot if a person agrees, with a pause at each line.
func TestANotice(t *testing.T) {
	pieces := Read(reading.New(nil), document(t))
	require.Equal(t, `thông báo.
Về việc phun thuốc diệt muỗi phòng, chống sốt xuất huyết.
Thực hiện Kế hoạch số bốn mươi lăm ngày mười hai tháng năm năm hai nghìn hai mươi lăm, của ủy ban nhân dân tỉnh về phòng, chống dịch bệnh, ủy ban nhân dân xã thông báo đến toàn thể bà con như sau:
một, thời gian, địa điểm.
một, Thời gian: từ bảy giờ ba mươi phút ngày mười tháng sáu năm hai nghìn hai mươi lăm.
hai, Địa điểm:
a, Thôn một, thôn hai.
b, Thôn ba.
Trường trung học cơ sở La Dạ.
Nhà văn hóa thôn năm.
hai, yêu cầu.
Đề nghị các hộ gia đình dọn dẹp vệ sinh nhà cửa và xung quanh nhà ở, đồng thời che đậy kín thức ăn nước uống đưa người già trẻ em ra khỏi nhà trong thời gian phun thuốc, để bảo đảm an toàn cho sức khỏe.`,
		reading.Spoken(Kept(pieces)))
}

// A document from Windows is the same document.
func TestLinesFromWindows(t *testing.T) {
	text := document(t)
	want := reading.Spoken(Kept(Read(reading.New(nil), text)))
	require.Equal(t, want, reading.Spoken(Kept(Read(reading.New(nil), strings.ReplaceAll(text, "\n", "\r\n")))))
}

// What is offered to be left out is in the pieces, each with its reason.
func TestWhatIsLeftOutIsThere(t *testing.T) {
	text := document(t)
	by := map[reading.Omission]string{}
	for _, p := range Read(reading.New(nil), text) {
		if p.Omit != "" {
			by[p.Omit] += p.Written
		}
	}
	require.Contains(t, by[reading.Letterhead], "Số: 05/TB-UBND")
	require.Contains(t, by[reading.Letterhead], "La Dạ, ngày 05 tháng 6 năm 2025")
	require.Contains(t, by[reading.Letterhead], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	require.Contains(t, by[reading.Letterhead], "Độc lập - Tự do")
	require.Contains(t, by[reading.Table], "1 | Thôn 1 | 120")
	require.Contains(t, by[reading.Recipients], "Lưu: VT.")
	require.Contains(t, by[reading.Signature], "KT. CHỦ TỊCH")
	require.Contains(t, by[reading.Signature], "Nguyễn Văn Nam")
	require.Contains(t, by[reading.PageNumber], "- 2 -")
	require.NotContains(t, strings.Join([]string{by[reading.Letterhead], by[reading.Table], by[reading.Recipients], by[reading.Signature]},
		""), "muỗi")
}

// No sentence of a document runs on without a pause.
func TestOneBreathes(t *testing.T) {
	long := strings.Repeat("bà con các thôn đi họp đầy đủ và đúng giờ ", 200)
	for _, text := range append(texts(t), long, document(t)) {
		pieces := Read(reading.New(nil), text)
		spoken, run := reading.Spoken(pieces), 0
		for _, p := range breaths(reading.New(nil), text, newsreader) {
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

// One breathes before what leads on, not behind it, and neither in a name nor between a day
// and its number.
func TestNobodyBreathesInAName(t *testing.T) {
	const issued = "ngày hai mươi hai tháng mười hai năm hai nghìn hai mươi tư, của Bộ Chính trị"
	for text, said := range map[string]string{
		"Thực hiện Nghị quyết 157-NQ/TW ngày 22/12/2024 của Bộ Chính trị": "Thực hiện Nghị quyết một trăm năm mươi bảy " + issued,
		"Thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị về đột phá": "Thực hiện Nghị quyết số năm mươi bảy " + issued +
			" về đột phá",
		"Luật Đất đai số 31/2024/QH15 ngày 18/01/2024": "Luật Đất đai số ba mươi mốt năm hai nghìn hai mươi tư quốc hội khóa mười lăm, " +
			"ngày mười tám tháng một năm hai nghìn hai mươi tư",
	} {
		require.Equal(t, said, reading.Spoken(Read(reading.New(nil), text)))
	}
}

// What belongs to the paper comes as few blocks, each with its text; two columns are
// no table. What a person leaves out is not said, what they do not is.
func TestBlocks(t *testing.T) {
	text := document(t)
	r := reading.New(nil)
	blocks := Blocks(text, Read(r, text))
	var whys []reading.Omission
	var leave []string
	for _, b := range blocks {
		require.Contains(t, text[b.From:b.To], b.Written)
		whys = append(whys, b.Why)
		if b.Why != reading.Table {
			leave = append(leave, b.Written)
		}
	}
	require.Equal(t, []reading.Omission{reading.Letterhead, reading.Table, reading.Recipients, reading.Signature, reading.PageNumber}, whys)
	require.Equal(t, "STT | Thôn | Số hộ\n1 | Thôn 1 | 120", blocks[1].Written)
	said := reading.Spoken(Leave(r, text, leave))
	require.NotContains(t, said, "Nơi nhận")
	require.NotContains(t, said, "Nguyễn Văn Nam")
	require.Contains(t, said, "một trăm hai mươi", "nobody said that the table goes")
	require.Equal(t, reading.Spoken(Kept(Read(r, text))), reading.Spoken(Leave(r, text, append(leave, blocks[1].Written))))
	require.Equal(t, reading.Spoken(Read(r, text)), reading.Spoken(Leave(r, text, []string{"THÔNG BÁO"})), "that is no block")
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(token.Pauses+" \n", r) })
	}
	require.Equal(t, words(said), words(Horn(r, text, leave)), "a horn leaves out the same")

	columns := "Nơi nhận:\t\tTM. ỦY BAN NHÂN DÂN\n- Như trên;\t\tKT. CHỦ TỊCH\n- Lưu: VT.\t\tPHÓ CHỦ TỊCH\n\t\tNguyễn Văn Nam\n"
	blocks = Blocks(columns, Read(r, columns))
	require.Len(t, blocks, 1, "%+v", blocks)
	require.Equal(t, reading.Recipients, blocks[0].Why)
}

// One can begin to listen at each sentence, and what is said from there on is what
// all of it says there.
func TestSentences(t *testing.T) {
	r := reading.New(nil)
	for _, text := range append(texts(t), document(t), "", "\n\n", "Một. Hai! Ba?\n\nBốn") {
		at, said := 0, []string{}
		for _, s := range Sentences(r, text, nil) {
			require.Equal(t, at, s.From)
			require.Greater(t, s.To, at)
			at = s.To
			if s.Spoken != "" {
				said = append(said, s.Spoken)
			}
		}
		require.Equal(t, len(text), at)
		words := func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return !reading.Joins(r) }) }
		require.Equal(t, words(reading.Spoken(Read(r, text))), words(strings.Join(said, " ")), "%q", text)
	}
	all := Sentences(r, "Họp lúc 08h30. Mời UBND xã, TS. Nam dự!\nXin cảm ơn.", nil)
	require.Len(t, all, 3)
	require.Equal(t, "Mời ủy ban nhân dân xã, tiến sĩ Nam dự!", all[1].Spoken)
	notice := document(t)
	head := Blocks(notice, Read(r, notice))[0]
	require.Empty(t, Sentences(r, notice, []string{head.Written})[0].Spoken)
}

// However a text is stored, one breathes at the same words.
func TestOneBreathesAlikeInAllWaysOfWriting(t *testing.T) {
	r := reading.New(nil)
	for _, text := range texts(t) {
		if got := reading.Spoken(Read(r, norm.NFD.String(text))); norm.NFC.String(got) != reading.Spoken(Read(r, norm.NFC.String(text))) {
			t.Errorf("%q: composed %q, decomposed %q", text, reading.Spoken(Read(r, text)), got)
		}
	}
}

// A paper stands with its number, ở with the word that it belongs to, NGÀY with its day; one
// piece that is too long is breathed in as its words would be.
func TestOneBreathesWhereWordsPart(t *testing.T) {
	r := reading.New(nil)
	for written, said := range map[string]string{
		"Xử phạt theo điểm a khoản 3 Điều 6 NĐ 168/2024/NĐ-CP.":                                      "nghị định một trăm",
		"Quyết định số 19/2025/QĐ-UBND bãi bỏ QĐ 05/2021/QĐ-UBND.":                                   "quyết định không năm",
		"Cấp giấy cho 25 hộ, diện tích 3,75 ha đất trồng cây lâu năm khác và 1.200 m2 đất ở đô thị.": "đất ở",
		"KÍNH MỜI BÀ CON DỰ NGÀY HỘI ĐẠI ĐOÀN KẾT TOÀN DÂN TỘC LÚC 7H30 NGÀY 18/11":                  "ngày mười tám",
		"Kỷ niệm 80 năm Cách mạng (19/8/1945 - 19/8/2025) trọng thể.":                                "bốn mươi lăm, đến ngày",
		"Bầu 15 đ/c.": "đồng chí.",
	} {
		got := reading.Spoken(Read(r, written))
		require.Contains(t, got, said, written)
		require.Equal(t, got, reading.Spoken(Read(r, got)))
	}
}
