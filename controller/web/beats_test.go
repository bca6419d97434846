package web

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
	"loa/controller/store"
	"loa/node/wire"
)

var day0 = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // midnight in the commune

func hourOf(h float64) time.Time { return day0.Add(time.Duration(h * float64(time.Hour))) }

func went(h float64, state string) store.StateChange {
	return store.StateChange{Node: "n", Since: hourOf(h), State: state}
}

// watched makes watches of hours from, to, from, to, …
func watched(h ...float64) (all []store.Watch) {
	for i := 0; i < len(h); i += 2 {
		all = append(all, store.Watch{Began: hourOf(h[i]), Until: hourOf(h[i+1])})
	}
	return all
}

// barOf writes a day as it is drawn: g, F, O and – an hour long.
func barOf(b beats) string {
	var s []byte
	for _, x := range b.Beats {
		for i := range x.Width {
			if (x.X+i)%12 == 0 {
				s = append(s, map[string]byte{"good": 'g', "fault": 'F', "offline": 'O', "unknown": '-'}[x.State])
			}
		}
	}
	return string(s)
}

// A bar is green only where the node said so and somebody heard it.
func TestBeats(t *testing.T) {
	always := watched(-100, 24)
	for name, c := range map[string]struct {
		changes []store.StateChange
		watches []store.Watch
		bar     string
	}{
		"nothing was ever heard":       {nil, always, "------------------------"},
		"good since before":            {[]store.StateChange{went(-50, "good")}, always, "gggggggggggggggggggggggg"},
		"one that plays is good":       {[]store.StateChange{went(-5, "good"), went(3, "on_air"), went(4, "good")}, always, "gggggggggggggggggggggggg"},
		"gone, then a fault":           {[]store.StateChange{went(-5, "good"), went(2, "offline"), went(5, "fault"), went(8, "good")}, always, "ggOOOFFFgggggggggggggggg"},
		"nobody was there":             {[]store.StateChange{went(-5, "good")}, nil, "------------------------"},
		"the controller was off":       {[]store.StateChange{went(-5, "good"), went(9, "good")}, watched(-5, 6, 8, 24), "gggggg---ggggggggggggggg"},
		"good before a start is past":  {[]store.StateChange{went(-5, "good")}, watched(-5, 6, 8, 24), "gggggg------------------"},
		"off, and the node went":       {[]store.StateChange{went(-5, "good"), went(5, "offline")}, watched(-6, 6, 8, 24), "gggggO--OOOOOOOOOOOOOOOO"},
		"said good while it was off":   {[]store.StateChange{went(7, "good")}, watched(-6, 6, 8, 24), "------------------------"},
		"a state that nobody knows":    {[]store.StateChange{went(0, "haunted")}, always, "------------------------"},
		"what comes after is not here": {[]store.StateChange{went(-5, "good"), went(30, "offline")}, always, "gggggggggggggggggggggggg"},
	} {
		t.Run(name, func(t *testing.T) {
			spans := spansOf(c.changes, c.watches, day0, day0, hourOf(24))
			b := rollUp(spans, day0, hourOf(24))
			require.Equal(t, c.bar, barOf(b))
			require.InDelta(t, 86400, b.Good+b.Fault+b.Offline+b.Unknown, 0.01, "no time is left out")
			at := 0
			for _, x := range b.Beats {
				require.Equal(t, at, x.X, "no gap")
				require.Positive(t, x.Width)
				require.True(t, x.From.Before(x.To))
				at += x.Width
			}
			require.Equal(t, beatCells, at)
		})
	}
	p, err := parsePages()
	require.NoError(t, err)
	b := rollUp(spansOf([]store.StateChange{went(-5, "good"), went(2, "offline"), went(2.01, "good"), went(10, "offline"), went(10+50.0/60, "good")}, always, day0, day0, hourOf(24)), day0, hourOf(24))
	require.Equal(t, "24 giờ qua: tốt 23 giờ 9 phút, mất kết nối 51 phút", beatSum(i18n.VI, b))
	require.Equal(t, "The last 24 hours: good 23 h 9 min, offline 51 min", beatSum(i18n.EN, b))
	require.Len(t, b.Beats, 5, "36 seconds are seen too")
	require.Equal(t, "02:00 – 02:00: mất kết nối (36 giây)", p.beatTitle(i18n.VI, b.Beats[1], hourOf(23)))
	require.Equal(t, "10:00 – 10:50: offline (50 min)", p.beatTitle(i18n.EN, b.Beats[3], hourOf(23)))
	flaps := []store.StateChange{went(-1, "good")}
	for m := range 60 {
		flaps = append(flaps, went(12+float64(m)/60, []string{"offline", "good"}[m%2]))
	}
	b = rollUp(spansOf(flaps, always, day0, day0, hourOf(24)), day0, hourOf(24))
	require.Len(t, b.Beats, 3)
	require.Equal(t, "12:00 – 12:59: có lúc mất kết nối, tổng cộng 30 phút", p.beatTitle(i18n.VI, b.Beats[1], hourOf(23)))
	whole := spansOf([]store.StateChange{went(6, "good")}, always, hourOf(6), day0, hourOf(24))
	require.Equal(t, "------gggggggggggggggggg", barOf(rollUp(whole, day0, hourOf(24))), "before what could be read nothing is known")
}

// Positions as people write them.
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
	at := func(id, state string, latitude, longitude float64) nodeView {
		return nodeView{ID: id, Name: "Cụm loa " + id, Area: "a", State: state, Place: &store.Place{Latitude: latitude, Longitude: longitude}}
	}
	none := drawMap([]nodeView{{ID: "x"}}, nil)
	require.Empty(t, none.Marks)
	require.Len(t, none.Without, 1)
	one := drawMap([]nodeView{at("1", "good", 11.2, 107.8)}, map[string]string{"a": "Thôn 1"})
	require.Equal(t, []string{"50.00%", "50.00%"}, []string{one.Marks[0].X, one.Marks[0].Y})
	require.Equal(t, "100 m", one.Scale)
	m := drawMap([]nodeView{at("1", "good", 11.2, 107.8), at("2", "offline", 11.3, 107.8), at("3", "good", 11.2, 107.9), {ID: "4"}}, map[string]string{"a": "Thôn 1"})
	require.Equal(t, "2", m.Marks[0].ID, "what is bad is named first")
	require.Equal(t, []mapCount{{"good", 2}, {"offline", 1}}, m.Legend)
	require.InDelta(t, math.Cos(11.25*math.Pi/180), m.High*mapAspect/m.Wide, 0.001)
	x, y := m.at(11.3, 107.8)
	require.True(t, x > 10 && x < 50 && y > 10 && y < 50, "%v %v", x, y)
	var all []nodeView
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
		require.Len(t, drawMap([]nodeView{at("1", "good", place, 180), at("2", "good", place, -180)}, nil).Marks, 2)
	}
}

// What a node measures is shown, and what it does not say is not made up.
func TestFactsOfANode(t *testing.T) {
	p, err := parsePages()
	require.NoError(t, err)
	temp, mains, signal := 41.4, false, 0
	show := func(status *wire.Status) string {
		var b strings.Builder
		n := viewNode(store.Node{ID: "n", Name: "Chợ", Created: day0}, fleet.NodeState{Node: "n", State: fleet.Good, Since: day0, Status: status})
		require.NoError(t, p.templates[i18n.VI].ExecuteTemplate(&b, "beaten", beatenNode{nodeView: n, Now: day0}))
		return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(b.String(), " ")), " ")
	}
	require.Contains(t, show(&wire.Status{TempC: &temp, Mains: &mains, Modem: &wire.Modem{Signal: &signal}, Clips: 4, Held: 3, Version: "1.2", Clock: wire.Clock{Known: true, Bound: 3 * time.Millisecond}}),
		"Sóng 0 % Điện lưới mất điện Nhiệt độ 41 °C Sai giờ ± 3 ms Tệp đã có 3/4 Âm lượng 0 % Phiên bản 1.2")
	require.Contains(t, show(&wire.Status{Modem: &wire.Modem{}}), "Sóng chưa rõ Điện lưới chưa rõ Nhiệt độ chưa rõ Sai giờ chưa biết giờ Tệp đã có 0/0")
	disk, mem, wear, load, low, amp := int64(3_400_000_000), int64(120_000_000), 0, 0.0, false, true
	require.Contains(t, show(&wire.Status{DiskFree: &disk, MemFree: &mem, DiskWear: &wear, Load: &load, Undervoltage: &low, Amp: &amp, Modem: &wire.Modem{Operator: "Viettel", Access: "lte"},
		Clock: wire.Clock{RTT: 62 * time.Millisecond}, Sound: wire.Sound{Output: "alsa", Error: "no card"}}),
		"Nhà mạng Viettel (lte) Đi về tới máy chủ 62 ms Nguồn bo mạch đủ điện áp Bộ nhớ lưu trữ còn 3400 MB Hao mòn bộ nhớ 0 % Bộ nhớ tạm còn 120 MB Tải 0.00 Card âm thanh không mở được: no card (alsa) Âm li đang bật", "nought is a value too")
	require.Contains(t, show(&wire.Status{Sound: wire.Sound{OK: true, Output: "alsa", Mixer: "PCM 0.00 dB"}}), "Card âm thanh mở được (alsa), âm lượng card: PCM 0.00 dB")
	require.Contains(t, show(&wire.Status{Spoilt: 3}), "Nhật ký phát hỏng 3 lần phát, chưa rõ có kêu không")
	require.NotContains(t, show(&wire.Status{}), "Nhật ký phát hỏng")
	for _, silent := range []*wire.Status{nil, {}} {
		require.Contains(t, show(silent), "Nhà mạng chưa rõ Đi về tới máy chủ chưa rõ Nguồn bo mạch chưa rõ Bộ nhớ lưu trữ chưa rõ Hao mòn bộ nhớ chưa rõ Bộ nhớ tạm chưa rõ Tải chưa rõ Card âm thanh chưa rõ Âm li chưa rõ")
	}
	require.Contains(t, show(nil), "Sai giờ chưa rõ Tệp đã có chưa rõ")
}

// What came of a test is the node's own word, of a time after it was told.
func TestToldOfAnOrder(t *testing.T) {
	before, after := day0.Add(-time.Minute), day0.Add(time.Minute)
	for _, kind := range []string{"test", "selftest"} {
		v := beatenNode{Sent: &sentOrder{kind, day0}}
		require.False(t, v.Told(), kind)
		v.LastHeard, v.SelfTest = &before, &wire.SelfTest{At: before}
		require.False(t, v.Told(), kind)
		v.LastHeard, v.SelfTest = &after, &wire.SelfTest{At: after}
		require.True(t, v.Told(), kind)
	}
	require.False(t, beatenNode{}.Told())
}
