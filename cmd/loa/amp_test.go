package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/node"
)

// settle changes a node's settings and starts it anew.
func (v *village) settle(t testing.TB, set func(*node.Config)) {
	t.Helper()
	v.process.stop()
	path := filepath.Join(v.dir, "node.yaml")
	var config node.Config
	require.NoError(t, readYAML(path, &config))
	set(&config)
	require.NoError(t, writeYAML(path, config))
	v.start(t)
}

// relay is a command that writes down what it is told, and when.
func relay(path, word string) []string {
	return []string{"sh", "-c", fmt.Sprintf("echo %s $(date +%%s%%N) >> %s", word, path)}
}

// turn is one thing that a relay was told.
type turn struct {
	on bool
	at time.Time
}

func turns(t testing.TB, path string) (all []turn) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		var word string
		var ns int64
		_, err := fmt.Sscan(line, &word, &ns)
		require.NoError(t, err)
		all = append(all, turn{word == "on", time.Unix(0, ns)})
	}
	return all
}

// loudWhileOff counts the samples other than zero that left a horn before its amplifier was warm, or while it was off.
func loudWhileOff(h horn, turns []turn, warm time.Duration) (loud int) {
	on, k, from := false, 0, time.Time{}
	for i, v := range h.samples {
		at := h.start.Add(time.Duration(i) * time.Second / rate)
		for ; k < len(turns) && !turns[k].at.After(at); k++ {
			on = turns[k].on
			from = turns[k].at.Add(warm)
		}
		if v != 0 && (!on || at.Before(from)) {
			loud++
		}
	}
	return loud
}

// The amplifier is on before the first sample of a bulletin, off after it, on for a voice that nobody announced, and
// off when the node ends in the middle of it: told by the times of a real command against what left the horn. Beside
// it one whose switch is broken plays all the same, and says so.
func TestE2EAmplifier(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eAmplifier)
}

func e2eAmplifier(t testing.TB) {
	const warm = 700 * time.Millisecond
	o := newOffice(t)
	o.places()
	v, broken := o.node("loa-1", "wav"), o.node("loa-2", "wav")
	log := filepath.Join(v.dir, "relay")
	v.settle(t, func(c *node.Config) {
		c.AmpOn, c.AmpOff, c.AmpWarmUp, c.AmpIdle = relay(log, "on"), relay(log, "off"), warm, 2*time.Second
	})
	broken.settle(t, func(c *node.Config) {
		c.AmpOn, c.AmpOff = []string{"sh", "-c", "echo no such relay; exit 1"}, []string{"true"}
	})

	path, _ := speech(t, "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã.")
	clip := o.upload(path)
	sound := o.clip(clip.ID)
	at := soon(5 * time.Second)
	o.schedule("Tiêm chủng", at, nil, clipItems([]string{clip.ID}))
	o.hold(2, 1)
	witness.Judge(t, at.Add(-6*time.Second), at, func(t testing.TB) {
		require.True(t, time.Now().Before(at.Add(-warm-time.Second)), "delivered before it is to be switched on")
	})
	until(at.Add(time.Second))
	await(t, "the broken switch is told", 10*time.Second, func() bool {
		for _, n := range o.nodes() {
			for _, f := range n.Faults {
				if n.ID == "loa-2" && f.Code == "amplifier_switch" {
					require.Contains(t, f.VI, "Âm li không lên nguồn")
					return true
				}
			}
		}
		return false
	})
	end := at.Add(time.Duration(clip.Seconds * 1e9))
	until(end.Add(5 * time.Second))
	heardAt(t, "with an amplifier", v.horn(t), sound, at)
	heardAt(t, "with a broken switch", broken.horn(t), sound, at)
	said := turns(t, log)
	require.Len(t, said, 3, "off at the start, on, off: %v", said)
	require.False(t, said[0].on)
	require.True(t, said[1].on)
	require.False(t, said[2].on)
	first := v.horn(t).firstSound(at.Add(-3 * time.Second))
	t.Logf("on %v before the first sample, off %v after the end", first.Sub(said[1].at).Round(time.Millisecond),
		said[2].at.Sub(end).Round(time.Millisecond))
	witness.Judge(t, at.Add(-2*time.Second), at, func(t testing.TB) { require.GreaterOrEqual(t, first.Sub(said[1].at), warm) })
	require.GreaterOrEqual(t, said[2].at.Sub(end), 2*time.Second)

	// a voice, with its chime
	long, _ := speech(t, strings.Repeat("Đây là tiếng nói trực tiếp từ Ủy ban nhân dân xã. ", 4))
	spoke := time.Now()
	start(t, "call", nil, "call", "--controller", filepath.Join(o.dir, "data", "controller.json"), "--area", "la-da", "--source", long,
		"--author", "cô Hoa", "--title", "Báo mưa lớn")
	await(t, "it is switched on for the call", 10*time.Second, func() bool { return len(turns(t, log)) == 4 })
	await(t, "the voice is heard", 10*time.Second, func() bool { return !v.horn(t).firstSound(spoke).IsZero() })
	until(time.Now().Add(2 * time.Second))
	v.process.stop()
	said = turns(t, log)
	require.Len(t, said, 5)
	require.False(t, said[4].on, "off at the end")
	h := v.horn(t)
	last := 0
	for i, x := range h.samples {
		if math.Abs(float64(x)) > 0 {
			last = i
		}
	}
	ended := h.start.Add(time.Duration(last) * time.Second / rate)
	call := o.calls()[0]
	lost := h.firstSound(spoke).Sub(call.Start)
	t.Logf("call: on %v after its command's start, %v of the chime was swallowed; off %v after the last sample",
		said[3].at.Sub(call.Start).Round(time.Millisecond), lost.Round(time.Millisecond), said[4].at.Sub(ended).Round(time.Millisecond))
	witness.Judge(t, spoke, call.Start.Add(2*time.Second), func(t testing.TB) {
		require.Less(t, lost, warm+100*time.Millisecond, "no more is lost than it takes to warm up")
	})
	require.Greater(t, ended.Sub(call.Start), 1500*time.Millisecond, "it was in the middle")
	require.True(t, said[4].at.After(ended), "silence before it goes off")
	require.Zero(t, loudWhileOff(h, said, warm), "samples that are not zero without power")
}
