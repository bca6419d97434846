package reading

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/reading/kind"
)

// doubted is the piece of a reading that a person should look at; there is one.
func doubted(t *testing.T, text string) Piece {
	t.Helper()
	var all []Piece
	for _, p := range Read(text) {
		if p.Sure < kind.Likely {
			all = append(all, p)
		}
	}
	require.Len(t, all, 1, "%q: %+v", text, Read(text))
	return all[0]
}

// What no calendar and no clock holds is a slip: it is never said as if it were right.
func TestNoSuchDayIsMarked(t *testing.T) {
	for text, written := range map[string]string{
		"họp ngày 31/2/2026 tại thôn": "31/2/2026", "họp 30/2": "30/2", "từ 29-31/4": "29-31/4", "ngày 29/2/2027 " +
			"họp": "29/2/2027", "ngày 2027-02-29": "2027-02-29",
		"ngày 32/5/2026": "32/5/2026", "ngày 15/13/2026": "15/13/2026", "hạn 1/6 - 31/6": "1/6 - 31/6", "ngày 31 tháng 4 năm " +
			"2026": "31", "họp ngày 32": "32", "ngày 30 tháng 2": "30",
		"họp ngày l5/1O/2025": "l5/1O/2025", "lúc l4h30": "l4h30",
		"họp lúc 25h70": "25h70", "họp 8h75": "8h75", "lúc 25h họp": "25h", "lúc 26:10 họp": "26:10", "lúc 24h30": "24h30", "từ 7:60": "7:60",
	} {
		require.Equal(t, written, doubted(t, text).Written)
	}
	for _, text := range []string{
		"họp ngày 29/2/2028", "ngày 31/12/2026", "31/1", "từ 28-29/2", "lúc 24h", "lúc 0h", "kéo dài 36h30", "trực 48h", "ngày 31 tháng 3 " +
			"năm 2026", "sau 30 ngày", "lãi 36 tháng 13 triệu",
		"năm học 2026 - 2027", "tiền lương tháng 13", "tỷ số 26:10",
	} {
		for _, p := range Read(text) {
			require.GreaterOrEqual(t, p.Sure, kind.Likely, "%q: %+v", text, p)
		}
	}
	turned := doubted(t, "hạn 12/25/2026")
	require.Equal(t, []string{"ngày hai mươi lăm tháng mười hai năm hai nghìn hai mươi sáu"}, turned.Others)
}

// Letters that mean several things are in doubt where no word decides, with the others beside them.
func TestLettersInDoubt(t *testing.T) {
	for text, want := range map[string][]string{ // what is said, then the others
		"còn 40t thôi":     {"bốn mươi tỷ", "bốn mươi tấn", "bốn mươi tuổi", "bốn mươi triệu"},
		"nhận T5 xong":     {"thứ năm", "tháng năm", "tổ năm"},
		"02/TK-KH":         {"không hai tài khoản kế hoạch", "không hai tê ca ca hát"},
		"trên 20 mb ngang": {"mb", "mờ bê"},
		"TT-CN":            {"trồng trọt chăn nuôi", "tiểu thủ công nghiệp"},
	} {
		p := doubted(t, text)
		require.Equal(t, want, append([]string{p.Spoken}, p.Others...), text)
	}
	for text, words := range map[string]string{
		"Cụ Nam 70t": "tuổi", "xe 40t": "tấn", "vốn 70t": "tỷ", "TB 3,9": "trung bình", "học T2 và T4": "thứ tư", "T12 và T1": "tháng mười hai",
	} {
		for _, p := range Read(text) {
			require.GreaterOrEqual(t, p.Sure, kind.Likely, "%q: %+v", text, p)
		}
		require.Contains(t, Spoken(Read(text)), words)
	}
	mixed := Read("lịch T3, T10, T5")
	for _, written := range []string{"T3", "T10", "T5"} {
		p := piece(t, mixed, written)
		require.Less(t, p.Sure, kind.Likely, written)
		require.True(t, strings.HasPrefix(p.Spoken, "tháng "), p.Spoken)
	}
}

// ~ says about, once, with a space behind it or without.
func TestAboutIsSaidOnce(t *testing.T) {
	for _, text := range []string{"có ~500 xe", "có ~ 500 xe", "có khoảng ~500 xe", "có khoảng ~ 500 xe", "có ≈ 500 xe", "có khoảng 500 xe"} {
		require.Equal(t, "có khoảng năm trăm xe", Spoken(Read(text)), text)
	}
	require.Equal(t, "khoảng năm trăm xe", Spoken(Read("~ 500 xe")))
	require.Equal(t, "chừng năm trăm xe", Spoken(Read("chừng ~500 xe")))
	require.Equal(t, "mưa trên ba trăm mi li mét", Spoken(Read("mưa trên > 300mm")))
}
