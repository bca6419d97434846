package ical

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one airing.
type Event struct {
	UID        string
	Start, End time.Time
	Changed    time.Time // of what it says
	Sequence   int       // higher than before after each change
	Cancelled  bool
	Title      string
	Places     string
	Class      string
	Text       string
}

// again is how often a calendar should ask.
const again = "PT15M"

const layout = "20060102T150405Z"

// Write writes a calendar of that name.
func Write(name string, events []Event) []byte {
	var w writer
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//Loa//Loa//VI")
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", "PUBLISH")
	w.line("NAME", escape(name))
	w.line("X-WR-CALNAME", escape(name))
	w.line("REFRESH-INTERVAL;VALUE=DURATION", again)
	w.line("X-PUBLISHED-TTL", again)
	for _, e := range events {
		w.line("BEGIN", "VEVENT")
		w.line("UID", escape(e.UID))
		w.line("DTSTAMP", e.Changed.UTC().Format(layout))
		w.line("LAST-MODIFIED", e.Changed.UTC().Format(layout))
		w.line("SEQUENCE", fmt.Sprint(e.Sequence))
		w.line("DTSTART", e.Start.UTC().Format(layout))
		w.line("DTEND", e.End.UTC().Format(layout))
		w.line("SUMMARY", escape(e.Title))
		w.some("LOCATION", escape(e.Places))
		w.some("CATEGORIES", escape(e.Class))
		w.some("DESCRIPTION", escape(e.Text))
		status := "CONFIRMED"
		if e.Cancelled {
			status = "CANCELLED"
		}
		w.line("STATUS", status)
		w.line("TRANSP", "TRANSPARENT")
		w.line("END", "VEVENT")
	}
	w.line("END", "VCALENDAR")
	return w.Bytes()
}

// writer writes content lines.
type writer struct{ bytes.Buffer }

func (w *writer) some(name, value string) {
	if value != "" {
		w.line(name, value)
	}
}

// line writes one, folded: no line is over 75 octets, and none is broken inside a
// character (RFC 5545, 3.1).
func (w *writer) line(name, value string) {
	rest, room := name+":"+value, 75
	for len(rest) > room {
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		w.WriteString(rest[:cut] + "\r\n ")
		rest, room = rest[cut:], 74 // the space counts
	}
	w.WriteString(rest + "\r\n")
}

var escaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "")

// escape is a text as a value (RFC 5545, 3.3.11), without what no value may hold.
func escape(s string) string {
	s = strings.ToValidUTF8(s, "�")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, escaper.Replace(s))
}
