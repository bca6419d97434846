package card

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What amixer prints of the mixers that boards have: a Raspberry Pi's own card,
// a USB stick's with a microphone, a codec's with many elements.
const (
	pi = `Simple mixer control 'PCM',0
  Capabilities: pvolume pvolume-joined pswitch pswitch-joined
  Playback channels: Mono
  Limits: Playback -10239 - 400
  Mono: Playback -2000 [77%] [-20.00dB] [on]
`
	usb = `Simple mixer control 'Speaker',0
  Capabilities: pvolume pswitch pswitch-joined
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 37
  Mono:
  Front Left: Playback 30 [81%] [-5.25dB] [on]
  Front Right: Playback 12 [32%] [-20.25dB] [off]
Simple mixer control 'Mic',0
  Capabilities: pvolume pvolume-joined cvolume cvolume-joined pswitch pswitch-joined cswitch cswitch-joined
  Playback channels: Mono
  Capture channels: Mono
  Limits: Playback 0 - 31 Capture 0 - 35
  Mono: Playback 0 [0%] [-23.00dB] [off] Capture 20 [57%] [8.00dB] [on]
Simple mixer control 'Auto Gain Control',0
  Capabilities: pswitch pswitch-joined
  Playback channels: Mono
  Mono: Playback [on]
`
	codec = `Simple mixer control 'Headphone',0
  Capabilities: pvolume pvolume-joined pswitch
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 63
  Mono: Playback 0 [0%] [-63.00dB]
  Front Left: Playback 0 [0%] [-63.00dB] [off]
  Front Right: Playback 0 [0%] [-63.00dB] [off]
Simple mixer control 'DAC',0
  Capabilities: pvolume
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 192
  Front Left: Playback 160 [83%]
  Front Right: Playback 158 [82%]
Simple mixer control 'Line',0
  Capabilities: volume volume-joined pswitch
  Playback channels: Front Left - Front Right
  Front Left: 3 [43%] [0.00dB] Playback [off]
Simple mixer control 'Playback Path',1
  Capabilities: enum
  Items: 'OFF' 'SPK' 'HP'
  Item0: 'SPK'
Simple mixer control 'Master Mono',0
  Capabilities: cvolume
  Capture channels: Mono
  Mono: Capture 3 [43%]
`
)

func TestParse(t *testing.T) {
	db := func(v float64) *float64 { return &v }
	require.Equal(t, []Element{{"PCM", 0, true, true, false, 77, db(-20)}}, parse(pi))
	all := parse(usb)
	require.Equal(t, Element{"Speaker", 0, true, true, true, 32, db(-20.25)}, all[0], "the worse of two channels")
	require.Equal(t, Element{"Mic", 0, true, true, true, 0, db(-23)}, all[1], "what it captures is another matter")
	require.Equal(t, Element{"Auto Gain Control", 0, false, true, false, 100, nil}, all[2])
	all = parse(codec)
	require.Equal(t, Element{"DAC", 0, true, false, false, 82, nil}, all[1])
	require.Equal(t, Element{"Line", 0, true, true, true, 43, db(0)}, all[2])
	require.Equal(t, Element{"Playback Path", 1, false, false, false, 100, nil}, all[3])
	require.False(t, all[4].Volume)
	require.Empty(t, parse(""))
	require.Empty(t, parse("  Front Left: Playback 30 [81%]\namixer: Mixer attach hw:0 error"))
	require.Equal(t, "Bob's, 1", parse("Simple mixer control 'Bob's, 1',2")[0].Name)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{pi, usb, codec} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, e := range choose(parse(s), "") {
			require.Contains(t, order, e.Name)
		}
	})
}

// What is set is what a horn hangs behind, in order, and never what lets a
// microphone through.
func TestChoose(t *testing.T) {
	chosen := func(out, only string) (names []string) {
		for _, e := range choose(parse(out), only) {
			names = append(names, e.Name)
		}
		return names
	}
	require.Equal(t, []string{"PCM"}, chosen(pi, ""))
	require.Equal(t, []string{"Speaker"}, chosen(usb, ""))
	require.Equal(t, []string{"DAC", "Headphone"}, chosen(codec, ""))
	require.Equal(t, []string{"Line"}, chosen(codec, "Line"))
	require.Empty(t, chosen(codec, "Playback Path"))
	require.Empty(t, chosen(usb, "PCM"))
}

// fakeAmixer puts a program of that name first, which prints a mixer, and after
// each setting what is in files of the element's name, one after another.
func fakeAmixer(t *testing.T, contents string, after map[string][]string) (dir string, calls func() []string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "contents"), []byte(contents), 0o600))
	for name, states := range after {
		for i, s := range states {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+strings.Repeat("+", i+1)), []byte(s), 0o600))
		}
	}
	script := `#!/bin/sh
cd ` + dir + `
echo "$LC_ALL $*" >> calls
case "$3" in
scontents) cat contents ;;
sset)
	name=${4#\'}; name=${name%%\'*}
	n="$name+"; [ -f "$n.done" ] && n="$n+"
	[ -f "$n" ] || { echo "amixer: Unable to find simple control $4" >&2; exit 1; }
	touch "$n.done"; cat "$n" ;;
esac
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "amixer"), []byte(script), 0o700))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir, func() []string {
		said, err := os.ReadFile(filepath.Join(dir, "calls"))
		require.NoError(t, err)
		return strings.Split(strings.TrimSpace(string(said)), "\n")
	}
}

// one is what amixer prints of one element that is set.
func one(name, state string) string {
	return "Simple mixer control '" + name + "',0\n  Capabilities: pvolume pswitch\n  Mono: Playback " + state + "\n"
}

func TestSet(t *testing.T) {
	_, calls := fakeAmixer(t, pi, map[string][]string{"PCM": {one("PCM", "400 [100%] [4.00dB] [on]"), one("PCM", "0 [96%] [0.00dB] [on]")}})
	told, err := Set(t.Context(), "hw:1", "")
	require.NoError(t, err)
	require.Equal(t, "PCM 0.00 dB", told, "louder distorts")
	require.Equal(t, []string{"C -D hw:1 scontents", "C -D hw:1 sset 'PCM',0 playback 100% unmute",
		"C -D hw:1 sset 'PCM',0 playback 0dB unmute"}, calls())
}

func TestSetWhatCanBe(t *testing.T) {
	_, calls := fakeAmixer(t, codec, map[string][]string{"Headphone": {one("Headphone", "63 [100%] [0.00dB] [on]")}})
	told, err := Set(t.Context(), "hw:0", "")
	require.ErrorContains(t, err, "set DAC: amixer: exit status 1: amixer: Unable to find simple control 'DAC',0")
	require.Equal(t, "Headphone 0.00 dB", told, "though another failed")
	require.Contains(t, calls(), "C -D hw:0 sset 'DAC',0 playback 100%", "it has no switch")
	for state, want := range map[string]string{"63 [100%] [0.00dB] [off]": "stays muted", "10 [15%] [-50.00dB] [on]": "stays at -50.00 dB",
		"10 [15%] [on]": "stays at 15 %"} {
		fakeAmixer(t, codec, map[string][]string{"Headphone": {one("Headphone", state)}})
		_, err = Set(t.Context(), "hw:0", "Headphone")
		require.ErrorContains(t, err, want)
	}
}

// A card without a mixer that is known, or a board without amixer, is no fault
// of theirs; an element that the settings name must be there.
func TestNothingToSet(t *testing.T) {
	fakeAmixer(t, "", nil)
	_, err := Set(t.Context(), "hw:0", "")
	require.ErrorIs(t, err, ErrNoElement)
	_, err = Set(t.Context(), "hw:0", "PCM")
	require.ErrorContains(t, err, `no element "PCM"`)
	require.NotErrorIs(t, err, ErrNoElement)
	told, err := Look(t.Context(), "hw:0", "")
	require.ErrorIs(t, err, ErrNoElement)
	require.Empty(t, told)
	t.Setenv("PATH", t.TempDir())
	_, err = Set(t.Context(), "hw:0", "")
	require.ErrorIs(t, err, ErrNoTool)
}
