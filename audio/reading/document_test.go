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
	require.Contains(t, by[Table], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
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
