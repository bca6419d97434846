package audio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/audiotest"
)

var voiceStart = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// voicePackets encodes frames of a murmuring voice.
func voicePackets(t testing.TB, frames int) [][]byte {
	t.Helper()
	enc, err := NewEncoder(32000)
	require.NoError(t, err)
	pcm := vowels(frames * FrameSamples)
	packets := make([][]byte, 0, frames)
	buf := make([]byte, MaxPacket)
	for i := range frames {
		n, err := enc.Encode(pcm[i*FrameSamples:][:FrameSamples], buf)
		require.NoError(t, err)
		packets = append(packets, append([]byte(nil), buf[:n]...))
	}
	return packets
}

// vowels is like a voice: the harmonics of a pitch that wanders, in syllables.
func vowels(n int) []float32 {
	pcm := make([]float32, n)
	phase := 0.0
	for i := range pcm {
		t := float64(i) / Rate
		phase += 2 * math.Pi * (140 + 40*math.Sin(2.1*t) + 15*math.Sin(13*t+math.Sin(5*t))) / Rate
		for k := 1.0; k < 12; k++ {
			pcm[i] += float32(0.2 / k * math.Sin(k*phase) * (0.6 + 0.4*math.Sin(9*t+k*t)))
		}
	}
	return pcm
}

func newJitter(t testing.TB) *Jitter {
	t.Helper()
	j, err := NewJitter(voiceStart)
	require.NoError(t, err)
	return j
}

// at is the instant at which a frame sounds.
func at(frame float64) time.Time {
	return voiceStart.Add(time.Duration(frame * float64(FrameLength)))
}

// arrival is a bundle on its way.
type arrival struct {
	frame float64 // it comes when this frame sounds
	first int
	count int
}

// inTime sends bundles of one frame, each so many frames before its time.
func inTime(frames int, early float64) (all []arrival) {
	for i := range frames {
		all = append(all, arrival{float64(i) - early, i, 1})
	}
	return all
}

// playOut plays frames against arrivals and writes down the state of each.
func playOut(j *Jitter, packets [][]byte, arrivals []arrival, frames int) (states string, pcm []float32) {
	var b strings.Builder
	for n := range frames {
		for _, a := range arrivals {
			if a.frame > float64(n-1) && a.frame <= float64(n) || n == 0 && a.frame <= 0 {
				j.Push(uint64(a.first), packets[a.first:a.first+a.count], at(a.frame))
			}
		}
		dst := make([]float32, FrameSamples)
		_, sound := j.Next(dst, true)
		pcm = append(pcm, dst...)
		letter := j.State().String()[:1]
		if !sound && j.State() != JitterWaiting {
			letter = "s"
		}
		b.WriteString(letter)
	}
	return b.String(), pcm
}

func TestJitter(t *testing.T) {
	const frames = 40
	packets := voicePackets(t, 500)
	without := func(all []arrival, lost ...int) []arrival {
		var kept []arrival
		for _, a := range all {
			if !slices.Contains(lost, a.first) {
				kept = append(kept, a)
			}
		}
		return kept
	}
	delayed := func(all []arrival, first int, by float64) []arrival {
		for i := range all {
			if all[i].first == first {
				all[i].frame += by
			}
		}
		return all
	}
	p := func(n int) string { return strings.Repeat("p", n) }
	cases := []struct {
		name     string
		arrivals []arrival
		want     string
		counters JitterCounters
	}{
		{"all in time", inTime(frames, 3), p(40), JitterCounters{Received: 40}},
		{"exactly in time", inTime(frames, 0), p(40), JitterCounters{Received: 40}},
		{"in bundles, one of them twice", []arrival{{-5, 0, 20}, {14, 20, 20}, {15, 20, 20}}, p(40), JitterCounters{Received: 40, Duplicate: 20}},
		{"one lost, and heard from the next", without(inTime(frames, 3), 10), p(40), JitterCounters{Received: 39, Lost: 1, Recovered: 1}},
		{"one lost, the next not there yet", without(inTime(frames, 0), 10), p(10) + "c" + p(29),
			JitterCounters{Received: 39, Lost: 1, Concealed: 1}},
		{"two lost: the second from the next", without(inTime(frames, 3), 10, 11), p(10) + "c" + p(29),
			JitterCounters{Received: 38, Lost: 2, Recovered: 1, Concealed: 1}},
		{"out of order, in time", delayed(inTime(frames, 3), 10, 2.5), p(40), JitterCounters{Received: 40}},
		{"late", delayed(inTime(frames, 0), 10, 5), p(10) + "c" + p(29), JitterCounters{Received: 40, Late: 1, Lost: 1, Concealed: 1}},
		{"a burst is lost: concealed, faded, silent", without(inTime(frames, 0), 10, 11, 12, 13, 14, 15, 16, 17), p(10) + "cccccsss" + p(22),
			JitterCounters{Received: 32, Lost: 8, Concealed: 5}},
		{"one that comes late to the call", inTime(frames, 3)[20:], strings.Repeat("w", 19) + p(21), JitterCounters{Received: 20, Recovered: 1}},
		{"nothing comes", nil, strings.Repeat("w", 40), JitterCounters{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			j := newJitter(t)
			states, pcm := playOut(j, packets, c.arrivals, frames)
			require.Equal(t, c.want, states)
			require.Equal(t, c.counters, j.Counters())
			for i, s := range states {
				if s == 's' || s == 'w' {
					require.Zero(t, loudest(pcm[i*FrameSamples:][:FrameSamples]), "frame %d", i)
				}
			}
		})
	}
}

func loudest(pcm []float32) (most float32) {
	for _, x := range pcm {
		most = max(most, x, -x)
	}
	return most
}

// What is heard is what the encoder sent, to the sample; with losses it stays
// in its place.
func TestJitterKeepsItsPlace(t *testing.T) {
	packets := voicePackets(t, 250)
	dec, err := newVoiceDecoder()
	require.NoError(t, err)
	sent := make([]float32, 250*FrameSamples)
	for i, p := range packets {
		_, err := dec.Decode(p, sent[i*FrameSamples:][:FrameSamples])
		require.NoError(t, err)
	}
	whole, lossy := inTime(250, 3), []arrival{}
	rnd := rand.New(rand.NewPCG(7, 7))
	for _, a := range whole {
		if rnd.Float64() > 0.05 {
			a.frame += rnd.Float64() * 2.9
			lossy = append(lossy, a)
		}
	}
	j := newJitter(t)
	_, heard := playOut(j, packets, whole, 250)
	require.Equal(t, sent, heard)
	j = newJitter(t)
	_, heard = playOut(j, packets, lossy, 250)
	like, lag := audiotest.Likeness(sent, heard, 2000)
	t.Logf("5 %% lost, up to 58 ms of jitter: likeness %.3f, %+v", like, j.Counters())
	require.Greater(t, like, 0.95)
	require.Zero(t, lag)
}

// After eight seconds without frames the voice is in its place again, faded in.
func TestJitterGapOfEightSeconds(t *testing.T) {
	packets := voicePackets(t, 450)
	arrivals := append(inTime(20, 3), inTime(450, 3)[420:]...)
	j := newJitter(t)
	states, pcm := playOut(j, packets, arrivals, 450)
	require.Equal(t, strings.Repeat("p", 20)+"ccccc"+strings.Repeat("s", 394)+strings.Repeat("p", 31), states)
	require.EqualValues(t, 400, j.Counters().Lost)
	require.Less(t, loudest(pcm[419*FrameSamples:][:48]), float32(0.05), "fades in")
	whole, sound := playOut(newJitter(t), packets, inTime(450, 3), 450)
	require.Equal(t, strings.Repeat("p", 450), whole)
	require.Greater(t, audiotest.Correlation(sound[430*FrameSamples:], pcm[430*FrameSamples:], 0, 1), 0.98)
}

// A frame that is not needed yet is waited for; one that was waited for and
// came is heard.
func TestJitterWaitsWhileItCan(t *testing.T) {
	packets := voicePackets(t, 3)
	j := newJitter(t)
	dst := make([]float32, FrameSamples)
	j.Push(0, packets[:1], at(-3))
	ok, _ := j.Next(dst, false)
	require.True(t, ok)
	j.Push(2, packets[2:], at(-1))
	ok, _ = j.Next(dst, false)
	require.False(t, ok)
	require.EqualValues(t, 1, j.Position())
	j.Push(1, packets[1:2], at(0.5))
	for range 2 {
		ok, sound := j.Next(dst, false)
		require.True(t, ok && sound)
	}
	require.Equal(t, JitterCounters{Received: 3}, j.Counters())
}

// What lies before the first frame that came is not waited for; what is missing
// after it is.
func TestJitterBeginsWithItsFirstFrame(t *testing.T) {
	packets := voicePackets(t, 9)
	j := newJitter(t)
	dst := make([]float32, FrameSamples)
	ok, _ := j.Next(dst, false)
	require.False(t, ok, "nothing came yet")
	j.Push(6, packets[6:7], at(-30))
	for n := range 7 {
		ok, sound := j.Next(dst, false)
		require.True(t, ok)
		require.Equal(t, n >= 5, sound, "5 is heard from the copy in 6")
	}
	j.Push(8, packets[8:], at(-30))
	ok, _ = j.Next(dst, false)
	require.False(t, ok, "it may come yet")
	require.Equal(t, JitterCounters{Received: 2, Recovered: 1}, j.Counters())
}

func TestJitterRefusesWhatIsNoFrameOfNow(t *testing.T) {
	packets := voicePackets(t, 2)
	j := newJitter(t)
	long := append([]byte{packets[0][0]}, make([]byte, MaxPacket)...)
	for _, b := range [][]byte{{3}, {0x80, 1}, {0x0b, 0x82, 1}, long} { // no packet, 2.5 ms, two frames, too long
		require.Zero(t, j.Push(0, [][]byte{b}, at(0)))
	}
	for _, first := range []uint64{200, 1 << 39, 1 << 62, 1<<64 - 1} {
		require.Zero(t, j.Push(first, packets, at(0)))
	}
	require.Zero(t, j.Push(0, packets, at(200)), "long over")
	require.Zero(t, j.Push(0, packets, at(-1e9)), "long before")
	require.EqualValues(t, 4+8+4, j.Counters().Wrong)
	require.Zero(t, j.Push(0, [][]byte{nil, {}}, at(0)))
	require.Equal(t, 2, j.Push(199, packets, at(1)))
	_, _, ok := j.Margins(at(1000))
	require.False(t, ok, "of long ago")
}

func TestJitterMargins(t *testing.T) {
	packets := voicePackets(t, 100)
	j := newJitter(t)
	for i := range 100 {
		early := 5.0
		if i == 50 {
			early = -1
		}
		j.Push(uint64(i), packets[i:i+1], at(float64(i)-early))
	}
	least, most95, ok := j.Margins(at(100))
	require.True(t, ok)
	require.Equal(t, -20*time.Millisecond, least)
	require.Equal(t, 100*time.Millisecond, most95)
}

// A jump, forward or back within what is kept, goes on with the frame asked for.
func TestJitterJump(t *testing.T) {
	packets := voicePackets(t, 120)
	j := newJitter(t)
	j.Push(0, packets[:100], at(0))
	dst := make([]float32, FrameSamples)
	for _, to := range []int64{50, 20, 20, 90} {
		j.Jump(to)
		for i := range int64(5) {
			require.Equal(t, to+i, j.Position())
			ok, sound := j.Next(dst, false)
			require.True(t, ok && sound)
		}
		j.Jump(to)
	}
	j.Jump(110)
	ok, sound := j.Next(dst, true)
	require.True(t, ok)
	require.False(t, sound, "nothing is made up from another place")
	require.Zero(t, j.Counters().Lost)
	j.Jump(-5)
	require.Zero(t, j.Position())
	j.SetStart(at(-300))
	require.Zero(t, j.Push(119, packets[119:], at(0)), "long over, by the new start")
}

// The clock by which frames come is set by an hour: until the start goes with it they are of another time; then they go
// on where they were, and nothing of before is heard again.
func TestJitterAfterAnHourJump(t *testing.T) {
	packets := voicePackets(t, 60)
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		j := newJitter(t)
		dst := make([]float32, FrameSamples)
		j.Push(0, packets[:20], at(-3))
		for range 10 {
			ok, sound := j.Next(dst, true)
			require.True(t, ok && sound)
		}
		require.Zero(t, j.Push(20, packets[20:22], at(10).Add(step)), "an hour off")
		require.EqualValues(t, 2, j.Counters().Wrong)
		j.SetStart(voiceStart.Add(step))
		require.Equal(t, 40, j.Push(20, packets[20:], at(10).Add(step)))
		for n := range int64(50) {
			require.Equal(t, 10+n, j.Position())
			ok, sound := j.Next(dst, true)
			require.True(t, ok && sound, "frame %d", 10+n)
		}
		require.Zero(t, j.Counters().Lost)
		require.Zero(t, j.Push(5, packets[5:6], at(60).Add(step)), "long played")
	}
}

// After the end of what was sent there is silence, and what is sent twice or late stays unheard.
func TestJitterAfterTheEnd(t *testing.T) {
	packets := voicePackets(t, 10)
	arrivals := append(inTime(10, 3), arrival{12, 2, 3}, arrival{20, 9, 1})
	j := newJitter(t)
	states, pcm := playOut(j, packets, arrivals, 40)
	require.Equal(t, strings.Repeat("p", 10)+"ccccc"+strings.Repeat("s", 25), states)
	require.Zero(t, loudest(pcm[15*FrameSamples:]))
	require.Equal(t, JitterCounters{Received: 10, Duplicate: 4, Concealed: 5}, j.Counters())
}

func TestJitterStates(t *testing.T) {
	var all []string
	for s := JitterWaiting; s <= JitterSilent+1; s++ {
		all = append(all, s.String())
	}
	require.Equal(t, "[waiting playing concealing silent unknown]", fmt.Sprint(all))
}

// FuzzJitter pushes any bytes at any time and goes on yielding.
func FuzzJitter(f *testing.F) {
	packets := voicePackets(f, 4)
	f.Add(uint64(0), packets[0], packets[1], int64(0), int64(0))
	f.Add(uint64(1<<63), []byte{3}, []byte{}, int64(-1<<62), int64(1<<40))
	f.Add(uint64(7), []byte{0x08, 0xff, 1}, packets[2], int64(7*FrameLength), int64(7))
	f.Fuzz(func(t *testing.T, first uint64, a, b []byte, now, seek int64) {
		j := newJitter(t)
		dst := make([]float32, FrameSamples)
		j.Push(first, [][]byte{a, b, a}, voiceStart.Add(time.Duration(now)))
		j.Push(0, packets, voiceStart)
		j.Push(1, [][]byte{b, a}, voiceStart)
		for _, to := range []int64{seek, int64(first), 0} {
			if to >= 0 && to < 1<<62 {
				j.Jump(to)
			}
			for i := range 8 {
				ok, _ := j.Next(dst, i%2 == 0)
				require.True(t, ok || i%2 == 1)
			}
		}
		c := j.Counters()
		require.LessOrEqual(t, c.Received+c.Duplicate+c.Wrong, int64(9+24))
	})
}

// BenchmarkJitter is one frame in and out; it does not allocate.
func BenchmarkJitter(b *testing.B) {
	packets := voicePackets(b, 500)
	j := newJitter(b)
	dst := make([]float32, FrameSamples)
	n := 0
	one := func() {
		if n%20 != 7 {
			j.Push(uint64(n), packets[n%500:][:1], at(float64(n)))
		}
		j.Next(dst, true)
		n++
	}
	for range 2 * jitterRing { // until the slots are as large as they get
		one()
	}
	b.ReportAllocs()
	for b.Loop() {
		one()
	}
}

func TestJitterDoesNotAllocate(t *testing.T) {
	packets := voicePackets(t, 500)
	j := newJitter(t)
	dst := make([]float32, FrameSamples)
	n := 0
	one := func() {
		if n%20 != 7 {
			j.Push(uint64(n), packets[n%500:][:1], at(float64(n)))
		}
		j.Next(dst, true)
		n++
	}
	for range 2 * jitterRing * 5 {
		one()
	}
	require.Zero(t, testing.AllocsPerRun(500, one))
}
