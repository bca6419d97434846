package document

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"loa/audio/reading"
	"loa/audio/reading/token"
)

func groupWords(said string) string {
	var all []string
	for _, g := range Groups(said) {
		all = append(all, strings.TrimRight(g.Words, token.Pauses)+[]string{" |", " ||", " |||"}[g.Rest])
	}
	return strings.Join(all, " ")
}

// Groups are what one says in a breath: no word is torn, no number, no measure.
func TestHornGroups(t *testing.T) {
	for text, want := range map[string]string{
		"Lúc 14h30 nước sông La Ngà lên 4,5 m, trên báo động 3, bà con ở thôn Đa Tro hãy lên nhà văn hóa ngay.": "Lúc mười " +
			"bốn giờ ba mươi phút nước sông La Ngà lên | bốn phẩy năm mét | trên báo động ba | bà con ở thôn Đa Tro | hãy lên nhà văn hóa ngay |||",
		"THÔNG BÁO\nĐề nghị bà con không đi qua ngầm tràn khi nước lớn và theo dõi thông tin của Ủy ban nhân dân xã": "thông báo " +
			"||| Đề nghị bà con không đi qua ngầm tràn | khi nước lớn | và theo dõi thông tin của Ủy ban nhân dân xã |||",
		"Từ 7h đến 17h ngày 15/8/2025 công ty điện lực tạm ngừng cung cấp điện để sửa chữa đường dây tại các thôn 1, 2 và 3.": "Từ bảy giờ " +
			"đến mười bảy giờ | ngày mười lăm tháng tám năm hai nghìn hai mươi lăm | công ty điện lực tạm ngừng cung cấp điện | để sửa chữa " +
			"đường dây tại các thôn một | hai và ba |||",
		"Nhà trường thực hiện vệ sinh hàng ngày. Đối với người già và trẻ em! Ai cần hỏi?": "Nhà trường " +
			"thực hiện vệ sinh hàng ngày || Đối với người già và trẻ em || Ai cần hỏi |||",
	} {
		require.Equal(t, want, groupWords(Horn(reading.New(nil), text, nil)))
	}
}

// spelt are the words with letters or digits.
func spelt(said string) (words []string) {
	for _, w := range strings.Fields(said) {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			words = append(words, w)
		}
	}
	return words
}

// Whatever is read, a group is short, and the groups say all of it.
func TestHornGroupsAreShort(t *testing.T) {
	total, long, torn := 0, 0, 0
	for _, text := range append(texts(t), document(t)) {
		said := Horn(reading.New(nil), text, nil)
		var words []string
		for _, g := range Groups(said) {
			require.Equal(t, len(strings.Fields(g.Words)), g.Syllables)
			words = append(words, spelt(g.Words)...)
			total++
			if g.Syllables > HornBreath {
				long++
			}
			if g.Syllables > hornHardest {
				torn++
			}
		}
		require.Equal(t, strings.Join(spelt(said), " "), strings.Join(words, " "))
	}
	t.Logf("of %d groups %d are longer than %d syllables, %d longer than %d", total, long, HornBreath, torn, hornHardest)
	require.Less(t, 4*long, total)
	require.Less(t, 50*torn, total, "single numbers and names")
	require.Empty(t, Groups(" … !\n"))
}
