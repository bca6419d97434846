package pages

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet"
	"loa/controller/i18n"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/node/wire"
)

var midnight = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // in the commune

// What a bar shows is said in words too, for a reader who does not see it.
func TestBeatsInWords(t *testing.T) {
	p, err := parse()
	require.NoError(t, err)
	at := func(hours, minutes int) time.Time {
		return midnight.Add(time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute)
	}
	day := inventory.Beats{From: midnight, To: at(24, 0), Good: (23*time.Hour + 9*time.Minute).Seconds(),
		Offline: (51 * time.Minute).Seconds()}
	require.Equal(t, "24 giờ qua: tốt 23 giờ 9 phút, mất kết nối 51 phút", beatSum(i18n.VI, day))
	require.Equal(t, "The last 24 hours: good 23 h 9 min, offline 51 min", beatSum(i18n.EN, day))
	for said, b := range map[string]inventory.Beat{
		"02:00 – 02:00: mất kết nối (36 giây)": {State: "offline", From: at(2, 0), To: at(2, 0).Add(36 * time.Second),
			Lasted: 36},
		"12:00 – 12:59: có lúc mất kết nối, tổng cộng 30 phút": {State: "offline", From: at(12, 0), To: at(12, 59), Lasted: 30 * 60},
	} {
		require.Equal(t, said, p.beatTitle(i18n.VI, b, at(23, 0)))
	}
	require.Equal(t, "10:00 – 10:50: offline (50 min)", p.beatTitle(i18n.EN,
		inventory.Beat{State: "offline", From: at(10, 0), To: at(10, 50), Lasted: 50 * 60}, at(23, 0)))
}

func TestReadPlace(t *testing.T) {
	for text, want := range map[string]*store.Place{
		"11.2345, 107.8901":  {Latitude: 11.2345, Longitude: 107.8901},
		"11.2345,107.8901":   {Latitude: 11.2345, Longitude: 107.8901},
		" 11,2345 107,8901 ": {Latitude: 11.2345, Longitude: 107.8901},
		"11,2345; 107,8901":  {Latitude: 11.2345, Longitude: 107.8901},
		"-11 -107":           {Latitude: -11, Longitude: -107},
		"":                   nil,
		"  ":                 nil,
	} {
		got, err := readPlace(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := readPlace(writePlace(got))
		require.NoError(t, err)
		require.Equal(t, want, again)
	}
	for _, text := range []string{"11", "a, b", "91, 0", "0, 181", "NaN, NaN", "Inf 0", "1 2 3", "11,2,3", ",", "11.2 N, 107.8 E"} {
		_, err := readPlace(text)
		require.ErrorIs(t, err, placeGarbled, text)
	}
}

func FuzzReadPlace(f *testing.F) {
	f.Add("11.2345, 107.8901")
	f.Add("11,2345; 107,8901")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPlace(text)
		if err == nil && p != nil && !(math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180) {
			t.Errorf("%q is %v", text, p)
		}
	})
}

// The map keeps its form: a kilometre is as long to the north as to the east.
func TestDrawMap(t *testing.T) {
	at := func(id, state string, latitude, longitude float64) inventory.Node {
		return inventory.Node{ID: id, Name: "Cụm loa " + id, Area: "a", State: state,
			Place: &store.Place{Latitude: latitude, Longitude: longitude}}
	}
	none := drawMap([]inventory.Node{{ID: "x"}}, nil)
	require.Empty(t, none.Marks)
	require.Len(t, none.Without, 1)
	one := drawMap([]inventory.Node{at("1", "good", 11.2, 107.8)}, map[string]string{"a": "Thôn 1"})
	require.Equal(t, []string{"50.00%", "50.00%"}, []string{one.Marks[0].X, one.Marks[0].Y})
	require.Equal(t, "100 m", one.Scale)
	m := drawMap([]inventory.Node{at("1", "good", 11.2, 107.8), at("2", "offline", 11.3, 107.8), at("3", "good", 11.2, 107.9), {ID: "4"}},
		map[string]string{"a": "Thôn 1"})
	require.Equal(t, "2", m.Marks[0].ID, "what is bad is named first")
	require.Equal(t, []mapCount{{"good", 2}, {"offline", 1}}, m.Legend)
	require.InDelta(t, math.Cos(11.25*math.Pi/180), m.High*mapAspect/m.Wide, 0.001)
	x, y := m.at(11.3, 107.8)
	require.True(t, x > 10 && x < 50 && y > 10 && y < 50, "%v %v", x, y)
	var all []inventory.Node
	for i := range 150 {
		all = append(all, at(fmt.Sprint(i), "good", 11.2+float64(i%12)/1000, 107.8+float64(i/12)/1000))
	}
	labelled := 0
	for _, k := range drawMap(all, nil).Marks {
		if k.Label {
			labelled++
		}
	}
	require.Less(t, labelled, 60, "names do not lie on one another")
	for _, place := range []float64{-90, 90} { // the poles, too, are drawn somehow
		require.Len(t, drawMap([]inventory.Node{at("1", "good", place, 180), at("2", "good", place, -180)}, nil).Marks, 2)
	}
}

// What a node measures is shown, and what it does not say is not made up.
func TestFactsOfANode(t *testing.T) {
	p, err := parse()
	require.NoError(t, err)
	temp, mains, signal := 41.4, false, 0
	show := func(status *wire.Status) string {
		var b strings.Builder
		n := inventory.NodeOf(store.Node{ID: "n", Name: "Chợ", Created: midnight},
			fleet.NodeState{Node: "n", State: fleet.Good, Since: midnight, Status: status})
		require.NoError(t, p.templates[i18n.VI].ExecuteTemplate(&b, "beaten", beatenNode{Node: n, Now: midnight}))
		return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(b.String(), " ")), " ")
	}
	require.Contains(t, show(&wire.Status{TempC: &temp, Mains: &mains, Modem: &wire.Modem{Signal: &signal}, Clips: 4, Held: 3,
		Version: "1.2", Clock: wire.Clock{Known: true, Bound: 3 * time.Millisecond}}),
		"Sóng 0 % Điện lưới mất điện Nhiệt độ 41 °C Sai giờ ± 3 ms Tệp đã có 3/4 Âm lượng 0 % Phiên bản 1.2")
	require.Contains(t, show(&wire.Status{Modem: &wire.Modem{}}),
		"Sóng chưa rõ Điện lưới chưa rõ Nhiệt độ chưa rõ Sai giờ chưa biết giờ Tệp đã có 0/0")
	disk, mem, wear, load, low, amp := int64(3_400_000_000), int64(120_000_000), 0, 0.0, false, true
	require.Contains(t, show(&wire.Status{DiskFree: &disk, MemFree: &mem, DiskWear: &wear, Load: &load, Undervoltage: &low, Amp: &amp,
		Modem: &wire.Modem{Operator: "Viettel", Access: "lte"},
		Clock: wire.Clock{RTT: 62 * time.Millisecond}, Sound: wire.Sound{Output: "alsa", Error: "no card"}}),
		"Nhà mạng Viettel (lte) Đi về tới máy chủ 62 ms Nguồn bo mạch đủ điện áp Bộ nhớ lưu trữ còn 3400 MB Hao mòn bộ nhớ 0 % Bộ nhớ tạm còn "+
			"120 MB Tải 0.00 Card âm thanh không mở được: no card (alsa) Âm li đang bật", "nought is a value too")
	require.Contains(t, show(&wire.Status{Sound: wire.Sound{OK: true, Output: "alsa", Mixer: "PCM 0.00 dB"}}),
		"Card âm thanh mở được (alsa), âm lượng card: PCM 0.00 dB")
	require.Contains(t, show(&wire.Status{Spoilt: 3}), "Nhật ký phát hỏng 3 lần phát, chưa rõ có kêu không")
	require.NotContains(t, show(&wire.Status{}), "Nhật ký phát hỏng")
	for _, silent := range []*wire.Status{nil, {}} {
		require.Contains(t, show(silent), "Nhà mạng chưa rõ Đi về tới máy chủ chưa rõ Nguồn bo mạch chưa rõ Bộ nhớ lưu trữ chưa rõ Hao mòn bộ "+
			"nhớ chưa rõ Bộ nhớ tạm chưa rõ Tải chưa rõ Card âm thanh chưa rõ Âm li chưa rõ")
	}
	require.Contains(t, show(nil), "Sai giờ chưa rõ Tệp đã có chưa rõ")
}

// What came of a test is the node's own word, of a time after it was told.
func TestToldOfAnOrder(t *testing.T) {
	before, after := midnight.Add(-time.Minute), midnight.Add(time.Minute)
	for _, kind := range []string{"test", "selftest"} {
		v := beatenNode{Sent: &sentOrder{kind, midnight}}
		require.False(t, v.Told(), kind)
		v.LastHeard, v.SelfTest = &before, &wire.SelfTest{At: before}
		require.False(t, v.Told(), kind)
		v.LastHeard, v.SelfTest = &after, &wire.SelfTest{At: after}
		require.True(t, v.Told(), kind)
	}
	require.False(t, beatenNode{}.Told())
}
