package reading

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/reading/kind"
)

// piece gives the piece of a reading that is written so.
func piece(t *testing.T, pieces []Piece, written string) Piece {
	t.Helper()
	for _, p := range pieces {
		if p.Written == written {
			return p
		}
	}
	require.Fail(t, "no such piece", "%q in %+v", written, pieces)
	return Piece{}
}

// The commune's own words go before all rules: whole words, the longest first,
// small letters for all cases, capitals for themselves.
func TestTheCommunesOwnWords(t *testing.T) {
	r := New(Dictionary{
		"UBND":          "ủy ban",
		"UBND xã La Dạ": "ủy ban ta",
		"đập dâng":      "đập ngăn nước",
		"CA":            "ca trực",
		"QL55":          "đường 55",
		"K'Brẻo":        "cờ breo",
		"a/b":           "a hoặc b",
		"":              "nothing",
	})
	for written, spoken := range map[string]string{
		"UBND họp.":          "ủy ban họp.",
		"UBND xã La Dạ họp.": "ủy ban ta họp.",
		"UBND xã  La Dạ":     "ủy ban ta",
		"ĐẬP DÂNG và Đập dâng, đập dâng 2": "đập ngăn nước và đập ngăn nước, đập ngăn nước hai",
		"đập dângs":            "đập dângs",
		"CA đến, ca sáng":      "ca trực đến, ca sáng",
		"Sạt lở QL55.":         "Sạt lở đường năm mươi lăm.",
		"Ông K'Brẻo và K’Brẻo": "Ông cờ breo và cờ breo",
		"chọn a/b":             "chọn a hoặc b",
	} {
		require.Equal(t, spoken, Spoken(r.Read(written)), written)
	}
	require.Equal(t, kind.Own, piece(t, r.Read("UBND họp"), "UBND").Kind)
	require.Equal(t, "ủy ban nhân dân họp", Spoken(Read("UBND họp")), "others keep the built-in word")
}

func TestEachPieceHasItsKind(t *testing.T) {
	for written, want := range map[string]kind.Kind{
		"8h30": kind.Time, "15/8/2025": kind.Date, "3/4 dân số": kind.Fraction, "50.000đ": kind.Money, "-5°C": kind.Measure,
		"2,25%": kind.Percent, "0912 345 678": kind.Telephone, "1.204": kind.Number,
		"UBND": kind.Abbreviation, "THÔNG BÁO": kind.Capitals, "15-NQ/TW": kind.Law, "QL55": kind.Address, "Zalo": kind.Name,
		"lada.vn": kind.Web, "😀": kind.Emoji, "&": kind.Symbol, "漢": kind.Unknown, "họp": kind.Text,
	} {
		p := Read("Về " + written + " xem")
		if want == kind.Text {
			require.Equal(t, kind.Text, p[0].Kind)
			continue
		}
		require.Equal(t, want, p[1].Kind, "%+v", p)
	}
	require.Equal(t, kind.Ordinal, piece(t, Read("lần thứ 3"), "3").Kind)
	require.Equal(t, kind.Roman, piece(t, Read("Chương IV"), "IV").Kind)
	require.Equal(t, kind.Title, piece(t, Read("BS. Hoa"), "BS.").Kind)
	require.Equal(t, kind.Mark, piece(t, Read("1. Họp"), "1.").Kind)
}

// What words around do not decide is doubtful, and its other readings are there.
func TestDoubtIsShown(t *testing.T) {
	tt := piece(t, Read("họp TT xong"), "TT")
	require.Equal(t, "trung tâm", tt.Spoken)
	require.Less(t, tt.Sure, kind.Likely)
	require.Contains(t, tt.Others, "thị trấn")

	town := piece(t, Read("TT. Di Linh"), "TT.")
	require.Equal(t, "thị trấn", town.Spoken)
	require.Greater(t, town.Sure, kind.Doubtful)

	part := piece(t, Read("dùng 1/2 thôi"), "1/2")
	require.Equal(t, "một phần hai", part.Spoken)
	require.Less(t, part.Sure, kind.Likely)
	require.Equal(t, []string{"ngày một tháng hai"}, part.Others)

	require.GreaterOrEqual(t, piece(t, Read("ngày 1/2"), "1/2").Sure, kind.Likely)
	require.Equal(t, kind.NotKnown, piece(t, Read("giống XQZT mới"), "XQZT").Sure)
}

func TestPiecesAsJSON(t *testing.T) {
	b, err := json.Marshal(Read("Gọi 113"))
	require.NoError(t, err)
	require.JSONEq(t, `[{"written":"Gọi ","from":0,"to":6,"spoken":"Gọi ","kind":"text","sure":1,"others":[]},
		{"written":"113","from":6,"to":9,"spoken":"một một ba","kind":"telephone","sure":0.8,"others":["một trăm mười ba"]}]`, string(b))
}

// A name of several words is the same in a line of capitals; a short one is a word there.
func TestOwnNamesInCapitals(t *testing.T) {
	r := New(Dictionary{"Đa Kai": "đa cai", "An": "hăm lét", "đập dâng": "đập ngăn nước", "K'Brẻo": "cờ breo"})
	for written, spoken := range map[string]string{
		"THÔNG BÁO XÃ ĐA KAI": "thông báo xã đa cai",
		"xã Đa Kai, đa kai":   "xã đa cai, đa kai",
		"CHÀO MỪNG ĐẬP DÂNG":  "chào mừng đập ngăn nước",
		"AN TOÀN GIAO THÔNG":  "an toàn giao thông",
		"ông K'BRẺO":          "ông cờ breo",
	} {
		require.Equal(t, spoken, Spoken(r.Read(written)), written)
	}
}
