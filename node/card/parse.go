package card

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Element is one of a mixer's, as far as it concerns what is played.
type Element struct {
	Name    string
	Index   int
	Volume  bool // it has one for playback
	Switch  bool // likewise, that mutes
	Muted   bool // one of its channels is
	Percent int  // of its range, the least of its channels
	DB      *float64
}

func (e Element) String() string { return strings.TrimSpace(e.Name + " " + e.level()) }

func (e Element) level() string {
	switch {
	case e.DB != nil:
		return fmt.Sprintf("%.2f dB", *e.DB)
	case e.Volume:
		return fmt.Sprintf("%d %%", e.Percent)
	}
	return ""
}

// parse reads what amixer prints of its simple elements, such as
//
//	Simple mixer control 'Speaker',0
//	  Capabilities: pvolume pswitch
//	  Limits: Playback 0 - 37
//	  Front Left: Playback 30 [81%] [-5.25dB] [on]
//
// What it does not know it passes over: an element that is half understood has
// no capability, and is left alone.
func parse(out string) (all []Element) {
	var e *Element
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "Simple mixer control '"); ok {
			all = append(all, Element{Percent: 100})
			e = &all[len(all)-1]
			e.Name, e.Index = named(name)
			continue
		}
		if e == nil {
			continue
		}
		what, rest, _ := strings.Cut(line, ":")
		if what == "Capabilities" {
			can := strings.Fields(rest)
			e.Volume = slices.Contains(can, "pvolume") || slices.Contains(can, "volume")
			e.Switch = slices.Contains(can, "pswitch") || slices.Contains(can, "switch")
		} else if channel, ok := playback(rest); ok && what != "Limits" {
			e.channel(channel)
		}
	}
	return all
}

// named splits Master',0 : a name may have a quote in it.
func named(s string) (name string, index int) {
	at := strings.LastIndex(s, "',")
	if at < 0 {
		return strings.TrimSuffix(s, "'"), 0
	}
	index, _ = strconv.Atoi(s[at+2:]) // 0 is the usual one
	return s[:at], index
}

// playback is what a channel's line says of what is played; what it captures
// stands behind.
func playback(rest string) (string, bool) {
	rest, _, _ = strings.Cut(rest, "Capture")
	return rest, strings.Contains(rest, "[")
}

// channel takes [81%] [-5.25dB] [on].
func (e *Element) channel(s string) {
	for _, f := range strings.Fields(s) {
		f = strings.Trim(f, "[]")
		if p, ok := strings.CutSuffix(f, "%"); ok {
			if n, err := strconv.Atoi(p); err == nil {
				e.Percent = min(e.Percent, n)
			}
		} else if d, ok := strings.CutSuffix(f, "dB"); ok {
			if v, err := strconv.ParseFloat(d, 64); err == nil && (e.DB == nil || v < *e.DB) {
				e.DB = &v
			}
		} else if f == "off" {
			e.Muted = true
		}
	}
}
