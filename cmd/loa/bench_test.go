package main

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/speaker/tapcard"
	"loa/node/wire"
)

// BenchmarkReport measures the real thing, in real processes over the real
// wire, and prints each figure beside its aim. It takes some minutes on two
// quiet cores; a single part runs by its name, as -bench Report/Starts.
//
// The nodes of a part share this machine with their controller: what takes
// 150 boards a moment each, takes this machine 150 moments.
func BenchmarkReport(b *testing.B) {
	r := &report{}
	for _, part := range []struct {
		name string
		run  func(*testing.B, *report)
	}{
		{"Roles", benchRoles}, {"Clip", benchClip}, {"Hundred", benchHundred}, {"Calendar", benchCalendar},
		{"Starts", benchStarts}, {"Board", benchBoard},
	} {
		b.Run(part.name, func(b *testing.B) { part.run(b, r) })
	}
	r.print(os.Stdout)
}

// report is the table that is printed.
type report struct{ rows [][4]string }

// add notes what was measured, and whether that is what we aim at.
func (r *report) add(what string, met bool, aim, format string, args ...any) {
	verdict := ""
	switch {
	case aim == "":
	case met:
		verdict = "ok"
	default:
		verdict = "MISSED"
	}
	r.rows = append(r.rows, [4]string{what, fmt.Sprintf(format, args...), aim, verdict})
}

func (r *report) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nwhat\tmeasured\taim\t")
	for _, row := range r.rows {
		fmt.Fprintln(t, strings.Join(row[:], "\t"))
	}
	_ = t.Flush() // to the test's own output
}

// spread is the middle, the worst but one in a hundred, and the worst.
type spread struct{ p50, p99, max time.Duration }

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[int(math.Ceil(q*float64(len(all))))-1] }
	return spread{at(0.50), at(0.99), at(1)}
}

func (s spread) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("p50 %.2f ms, p99 %.2f ms, max %.2f ms", ms(s.p50), ms(s.p99), ms(s.max))
}

// Binary size, and start to ready of each role.
func benchRoles(b *testing.B, r *report) {
	bin, err := loaBinary()
	require.NoError(b, err)
	info, err := os.Stat(bin)
	require.NoError(b, err)
	size := float64(info.Size()) / 1e6
	r.add("binary, stripped", size <= 40, "≤ 40 MB", "%.1f MB", size)

	began := time.Now()
	s := newStation(b)
	s.awaitReady()
	fresh := time.Since(began)
	var again []time.Duration
	for range 5 {
		s.process.kill()
		began = time.Now()
		s.start()
		s.awaitReady()
		again = append(again, time.Since(began))
	}
	r.add("controller, start → /readyz, new data", fresh <= time.Second, "≤ 1 s", "%.2f s", fresh.Seconds())
	worst := spreadOf(again).max
	r.add("controller, start → /readyz, again", worst <= time.Second, "≤ 1 s", "%.2f s, worst of 5", worst.Seconds())

	dir := s.provision("wav", 1)[0]
	var status, sample []time.Duration
	for range 5 {
		began = time.Now()
		p := start(b, "node", nil, "node", "--config", filepath.Join(dir, "node.yaml"))
		awaitFast(b, "the node's first word", 20*time.Second, func() bool { return s.count("good") == 1 })
		status = append(status, time.Since(began))
		sample = append(sample, readHorn(b, filepath.Join(dir, "horn.wav")).start.Sub(began))
		p.kill()
		await(b, "the node is missed", 20*time.Second, func() bool { return s.count("good") == 0 })
	}
	worst = spreadOf(status).max
	r.add("node, start → its status at the office", worst <= time.Second, "≤ 1 s", "%.2f s, worst of 5", worst.Seconds())
	worst = spreadOf(sample).max
	r.add("node, start → first sample asked", worst <= time.Second, "≤ 1 s", "%.2f s, worst of 5", worst.Seconds())
}

// A clip to one node.
func benchClip(b *testing.B, r *report) {
	s := newStation(b)
	s.awaitReady()
	s.village("null", 1)
	d := s.deliver(1)
	r.add(fmt.Sprintf("clip of %.0f s, %.0f kB, to one node", d.clip.Seconds, d.size/1e3), d.ratio() <= 1.05, "≤ 1.05",
		"%.2f s, broker sent %.4f of the clip", d.took.Seconds(), d.ratio())
}

// Clips and changes of the calendar, to a hundred nodes.
func benchHundred(b *testing.B, r *report) {
	const n = 100
	s := newStation(b)
	s.awaitReady()
	village := s.village("null", n)
	d := s.deliver(n)
	what := fmt.Sprintf("clip of %.0f s, %.0f kB, to %d nodes", d.clip.Seconds, d.size/1e3, n)
	r.add(what, true, "", "%.2f s until all hold it", d.took.Seconds())
	r.add(what+": bytes", d.ratio() <= 1.05, "≤ 1.05", "broker sent %.4f of %d × the clip", d.ratio(), n)
	r.add(what+": chunks", d.chunks <= 1.1*d.of, "about once", "%.0f published of %.0f", d.chunks, d.of)

	var all []time.Duration
	for range 20 {
		seen := len(village.plansAccepted())
		began := time.Now()
		s.send(http.MethodPost, "/api/v1/programmes", s.yearly("Thay đổi"), nil)
		await(b, "all nodes have the new plan", 20*time.Second, func() bool { return len(village.plansAccepted()) >= seen+n })
		for _, at := range village.plansAccepted()[seen:] {
			all = append(all, at.Sub(began))
		}
	}
	reach := spreadOf(all)
	r.add(fmt.Sprintf("calendar change → plan accepted, %d nodes, 20 changes", n), reach.max <= 2*time.Second, "≤ 2 s", "%v", reach)
}

// A large commune: 200 programmes for 150 nodes, and what the office needs
// for that.
func benchCalendar(b *testing.B, r *report) {
	const nodes, programmes, changes = 150, 200, 5
	s := newStation(b)
	s.awaitReady()
	village := s.village("null", nodes)
	connected := memoryOf(b, s.process)
	r.add(fmt.Sprintf("controller RSS, %d nodes connected", nodes), connected.rss <= 150, "≤ 150 MB", "%v", connected)

	began := time.Now()
	for i := range programmes {
		s.send(http.MethodPost, "/api/v1/programmes", s.daily(i), nil)
	}
	posted := time.Since(began)
	s.settle(village)
	var published, accepted []time.Duration
	for i := range changes {
		seen, sent := len(village.plansAccepted()), s.metric(`loa_dispatch_total{what="plans"}`)
		began = time.Now()
		s.send(http.MethodPost, "/api/v1/programmes", s.daily(i), nil)
		awaitFast(b, "all plans are published", 30*time.Second, func() bool { return s.metric(`loa_dispatch_total{what="plans"}`) >= sent+nodes })
		published = append(published, time.Since(began))
		await(b, "all nodes have the new plan", 30*time.Second, func() bool { return len(village.plansAccepted()) >= seen+nodes })
		for _, at := range village.plansAccepted()[seen:] {
			accepted = append(accepted, at.Sub(began))
		}
		s.settle(village)
	}
	what := fmt.Sprintf("%d programmes × %d nodes", programmes, nodes)
	r.add(what+": entered one by one", true, "", "%.2f s", posted.Seconds())
	r.add(what+": POST → all plans published", spreadOf(published).max <= 2*time.Second, "≤ 2 s", "%v", spreadOf(published))
	r.add(what+": POST → plan accepted", spreadOf(accepted).max <= 2*time.Second, "≤ 2 s", "%v", spreadOf(accepted))
	full := memoryOf(b, s.process)
	r.add(what+": controller RSS", full.rss <= 150, "≤ 150 MB", "%v", full)
}

// Start accuracy, in the samples that leave the horns.
func benchStarts(b *testing.B, r *report) {
	const nodes, starts = 8, 20
	s := newStation(b)
	s.awaitReady()
	dirs := s.provision("wav", nodes)
	s.run(dirs)
	card, heard := playInto(b)
	onCard := s.provision("alsa", 1)
	start(b, "node", card.Env(), "node", "--config", filepath.Join(onCard[0], "node.yaml"))
	s.awaitGood(nodes + 1)

	var clip clipAnswer
	s.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Xin chào bà con."}, &clip)
	want := decoded(b, s.raw(http.MethodGet, "/api/v1/clips/"+clip.ID+"/audio", "", nil).body)
	at := soon(4 * time.Second)
	var times []time.Time
	for i := range starts {
		times = append(times, at.Add(time.Duration(i)*2*time.Second))
	}
	p := s.yearly("Đúng giờ")
	p["at"], p["extra"], p["rundown"] = times[0], times[1:], []any{map[string]any{"clip": clip.ID}}
	s.send(http.MethodPost, "/api/v1/programmes", p, nil)
	until(times[starts-1].Add(2500 * time.Millisecond))

	var off []time.Duration
	for _, dir := range dirs {
		h := readHorn(b, filepath.Join(dir, "horn.wav"))
		off = append(off, startsOf(h.samples, func(i int) time.Time { return h.start.Add(audio.Length(int64(i))) }, want, times)...)
	}
	r.starts(fmt.Sprintf("start accuracy, WAV, %d starts × %d nodes", starts, nodes), off, starts*nodes, "")
	off = startsOf(heard.Samples(), heard.At, want, times)
	r.starts(fmt.Sprintf("start accuracy, ALSA, %d starts", starts), off, starts, fmt.Sprintf("; the card ran dry %d times", card.Dry()))
}

func (r *report) starts(what string, off []time.Duration, of int, more string) {
	s := spreadOf(off)
	r.add(what, s.max <= 20*time.Millisecond && len(off) == of, "≤ 20 ms", "%v; %d of %d found%s", s, len(off), of, more)
}

// startsOf is how far from its instant each start was, earlier or later, of
// those that are found whole. left tells when a sample left the horn.
func startsOf(samples []float32, left func(int) time.Time, clip []float32, times []time.Time) (off []time.Duration) {
	const margin = 100 * time.Millisecond
	for _, at := range times {
		from := at.Add(-margin)
		i := sort.Search(len(samples), func(i int) bool { return !left(i).Before(from) })
		got := samples[i:min(len(samples), i+len(clip)+2*int(audio.Samples(margin)))]
		if corr, lag := match(clip, got, margin); corr > 0.9 {
			off = append(off, left(i+int(audio.Samples(margin+lag))).Sub(at).Abs())
		}
	}
	return off
}

// One node's process, as on a board: a card to play on, and nothing else.
func benchBoard(b *testing.B, r *report) {
	s := newStation(b)
	s.awaitReady()
	card, _ := playInto(b)
	boards := map[string]*process{}
	for _, sound := range []string{"alsa", "null"} {
		dir := s.provision(sound, 1)[0]
		boards[sound] = start(b, sound, card.Env(), "node", "--config", filepath.Join(dir, "node.yaml"))
	}
	s.awaitGood(2)
	const window = 15 * time.Second
	clip := s.upload(recording(b, strings.Repeat(sentence, 8)))
	at := soon(8*time.Second + window)
	p := s.yearly("Dài")
	p["at"], p["rundown"] = at, []any{map[string]any{"clip": clip.ID}}
	s.send(http.MethodPost, "/api/v1/programmes", p, nil)
	require.Greater(b, clip.Seconds, (window + 4*time.Second).Seconds())

	measure := func(state string, rss, cpu float64) {
		used := map[string]time.Duration{}
		began := time.Now()
		for sound, p := range boards {
			used[sound] = cpuOf(b, p)
		}
		until(began.Add(window))
		for _, sound := range []string{"alsa", "null"} {
			took := time.Since(began)
			share := 100 * (cpuOf(b, boards[sound]) - used[sound]).Seconds() / took.Seconds()
			mem := memoryOf(b, boards[sound])
			r.add("node RSS "+state+", "+sound, mem.rss <= rss, fmt.Sprintf("≤ %.0f MB", rss), "%v", mem)
			aim := ""
			if cpu > 0 {
				aim = fmt.Sprintf("≤ %.0f %% of a core", cpu)
			}
			r.add("node CPU "+state+", "+sound, share <= cpu, aim, "%.2f %% over %.0f s", share, took.Seconds())
		}
	}
	until(at.Add(-window - 3*time.Second))
	measure("idle", 30, 0)
	until(at.Add(2 * time.Second))
	measure("playing", 40, 2)
}

const sentence = "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy tuần này. "

// delivery is what a clip's way to nodes took.
type delivery struct {
	clip       clipAnswer
	took       time.Duration
	nodes      int
	size       float64 // of the clip, bytes
	bytes      float64 // that the broker sent, to everyone, for anything
	chunks, of float64 // published, of the clip
}

func (d delivery) ratio() float64 { return d.bytes / d.size / float64(d.nodes) }

// deliver puts a clip of three minutes into the calendar and waits until the
// nodes hold it.
func (s *station) deliver(nodes int) delivery {
	d := delivery{nodes: nodes, clip: s.upload(recording(s.t, strings.Repeat(sentence, 42)))}
	d.size = float64(len(s.raw(http.MethodGet, "/api/v1/clips/"+d.clip.ID+"/audio", "", nil).body))
	d.of = math.Ceil(d.size / wire.ChunkSize)
	const bytes, chunks = `loa_mqtt_total{what="bytes_sent"}`, `loa_dispatch_total{what="chunks"}`
	sent, published := s.metric(bytes), s.metric(chunks)
	p := s.yearly("Ba phút")
	p["rundown"] = []any{map[string]any{"clip": d.clip.ID}}
	began := time.Now()
	s.send(http.MethodPost, "/api/v1/programmes", p, nil)
	awaitFast(s.t, "every node holds the clip", time.Minute, func() bool {
		held, err := filepath.Glob(filepath.Join(s.dir, "nodes", "*", "data", "clips", d.clip.SHA256))
		return err == nil && len(held) == nodes
	})
	d.took = time.Since(began)
	until(time.Now().Add(time.Second)) // what the nodes say of it is part of the price
	d.bytes, d.chunks = s.metric(bytes)-sent, s.metric(chunks)-published
	return d
}

// playInto is a sound card that runs for as long as the benchmark.
func playInto(b *testing.B) (*tapcard.Card, *tapcard.Recorder) {
	b.Helper()
	card, err := tapcard.New(b.TempDir())
	require.NoError(b, err)
	heard := &tapcard.Recorder{}
	go func() { _ = card.Run(b.Context(), heard.Add) }() // ends with the benchmark; startsOf finds what is wrong
	return card, heard
}
