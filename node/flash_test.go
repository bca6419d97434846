package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/link"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// BenchmarkDayOnFlash is what a node writes to flash in a day of its normal
// life, in virtual time: two airings of half an hour, each of a new clip and
// five items, a status every few seconds, the clock, four new plans, and a call.
// It tells what the process wrote (wchar of /proc/self/io), and what the kernel
// counts as written to a disk for it (write_bytes): more, where the kernel keeps
// files in larger pieces than pages, of which the disk gets the changed pages
// only. The file system's journal, at each of some 80 commits and at times for
// 360 saves of the running ledger and 960 of the running clock, which change no
// more of its than a time (ext4 wrote 5 kB for one), and what the flash does by
// itself come on top. The aim is 20 MB.
func BenchmarkDayOnFlash(b *testing.B) {
	for b.Loop() {
		day := exec.Command(os.Args[0], "-test.run=^TestADayOnFlash$", "-test.v") // a process of its own: all that it writes counts
		day.Env = append(os.Environ(), dayOnFlash+"=1")
		out, err := day.CombinedOutput()
		require.NoError(b, err, string(out))
		found := regexp.MustCompile(`store ([\d.]+) MB, to disk ([\d.]+) MB; clips ([\d.]+) MB, to disk ([\d.]+) MB`).FindSubmatch(out)
		require.NotNil(b, found, string(out))
		for i, unit := range []string{"MB-store/day", "MB-store-to-disk/day", "MB-clips/day", "MB-clips-to-disk/day"} {
			mb, err := strconv.ParseFloat(string(found[i+1]), 64)
			require.NoError(b, err)
			b.ReportMetric(mb, unit)
		}
	}
}

const dayOnFlash = "LOA_DAY_ON_FLASH"

// TestADayOnFlash is the day that BenchmarkDayOnFlash measures.
func TestADayOnFlash(t *testing.T) {
	if os.Getenv(dayOnFlash) == "" {
		t.Skip("is run by BenchmarkDayOnFlash")
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o := nodetest.NewOffice()
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		a := newApp(t, o, dir)
		dawn := written(t)
		live(t, a, o)
		dusk := written(t)
		for range 2 {
			fetch(t, a, 30*60*4000) // 32 kbit/s
		}
		night := written(t)
		require.NoError(t, a.close())
		t.Logf("store %.2f MB, to disk %.2f MB; clips %.2f MB, to disk %.2f MB",
			dusk[0]-dawn[0], dusk[1]-dawn[1], night[0]-dusk[0], night[1]-dusk[1])
	})
}

// written is what this process has written, and what of it to disks, in MB.
func written(t *testing.T) (mb [2]float64) {
	io, err := os.ReadFile("/proc/self/io")
	require.NoError(t, err)
	for i, what := range []string{"wchar: ", "\nwrite_bytes: "} {
		_, rest, _ := strings.Cut(string(io), what)
		line, _, _ := strings.Cut(rest, "\n")
		n, err := strconv.ParseFloat(line, 64)
		require.NoError(t, err)
		mb[i] = n / 1e6
	}
	return mb
}

// clockTold is a clock as flash keeps it, right now.
func clockTold(t *testing.T, now time.Time) []byte {
	system := link.ReadSystem()
	raw, err := wire.Encode(map[string]any{"boot_id": system.BootID, "boottime": system.Boottime, "unix": now.UnixNano(), "bound": ms,
		"told": true})
	require.NoError(t, err)
	return raw
}

// live has a node live a day.
func live(t *testing.T, a *App, o *nodetest.Office) {
	dawn := time.Now().UTC()
	stop := inBackground(t, a.player.Run, a.sound, a.calls.Run, a.keepHouse)
	for at := time.Duration(0); at < 24*time.Hour; at += 5 * sec {
		if at%(6*time.Hour) == 0 {
			a.receivePlan(o.Sign(t, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: uint64(time.Now().UnixMilli())}, dayPlan(dawn)))
		}
		if at == 12*time.Hour {
			on := nodetest.VoiceCall("c1", schedule.Live, time.Now().UTC())
			a.calls.ReceiveOn(o.Command(t, wire.KindCall, time.Now().UTC(), on))
		}
		a.status.status(time.Now())
		plays, _, err := a.cache.Unsent(50)
		require.NoError(t, err)
		if len(plays) > 0 {
			ack := wire.Ack{Outbox: a.cache.Outbox()}
			for _, p := range plays {
				require.True(t, p.Outcome == wire.Heard || p.Programme == "c1", "%+v", p)
				ack.IDs = append(ack.IDs, p.ID)
			}
			a.outbox.Ack(ack)
		}
		time.Sleep(5 * sec)
	}
	stop()
}

// dayPlan is 20 kB: the two airings of the day, and what is to come.
func dayPlan(dawn time.Time) wire.Plan {
	p := wire.Plan{Node: "n1", Areas: []string{"la-da"}, Volume: 100}
	for i := range 40 {
		at := dawn.Add(time.Duration(5+i%2*12)*time.Hour + time.Duration(i/2)*24*time.Hour)
		programme := nodetest.Bulletin(fmt.Sprintf("programme-%d", i), schedule.Normal, at, 6*time.Minute)
		for range 4 {
			programme.Rundown = append(programme.Rundown, programme.Rundown[0])
		}
		p.Programmes = append(p.Programmes, programme)
	}
	return p
}

// fetch brings a new clip.
func fetch(t *testing.T, a *App, size int) {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	sum := sha256.Sum256(data)
	ref := wire.ClipRef{SHA: hex.EncodeToString(sum[:]), Bytes: int64(size)}
	chunks := make(chan int, ref.Chunks())
	f := a.cache.NewFetcher(cache.FetchOptions{Logger: slogDiscard(), Changed: func() {}, Listen: func(string, bool) error { return nil },
		Want: func(w wire.Want) error {
			for i := w.Ranges[0].First; i <= w.Ranges[0].Last; i++ {
				chunks <- i
			}
			return nil
		}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	f.SetClips([]wire.ClipRef{ref})
	for range ref.Chunks() {
		i := <-chunks
		raw, err := wire.Encode(wire.Chunk{Index: i, Data: data[i*wire.ChunkSize : min(size, (i+1)*wire.ChunkSize)]})
		require.NoError(t, err)
		f.Chunk(ref.SHA, raw)
		synctest.Wait()
	}
	require.True(t, a.cache.Held(ref.SHA))
	cancel()
	require.NoError(t, <-done)
}
