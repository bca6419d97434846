package ical

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

var morning = time.Date(2026, 12, 1, 5, 0, 0, 0, time.FixedZone("", 7*3600))

// Lines end in CR LF, none is over 75 octets, none is broken inside a character, and what
// was folded is whole again.
func FuzzWrite(f *testing.F) {
	f.Add("Bản tin sáng của xã La Dạ: phòng cháy, chữa cháy; mời bà con nghe \\ ghi nhớ\nngày mai")
	f.Add("\xff\x00\r\n;,")
	f.Fuzz(func(t *testing.T, title string) {
		body := string(Write(title, []Event{{UID: "a", Start: morning, End: morning.Add(time.Minute), Title: title, Text: title}}))
		require.True(t, utf8.ValidString(body))
		for line := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n"), "\r\n") {
			require.LessOrEqual(t, len(line), 75)
			require.True(t, utf8.ValidString(line))
			require.False(t, strings.ContainsAny(line, "\r\n\x00"))
		}
		whole := strings.ReplaceAll(body, "\r\n ", "")
		require.Contains(t, whole, "SUMMARY:"+escape(title)+"\r\n")
		require.Equal(t, 1, strings.Count(whole, "\r\nBEGIN:VEVENT\r\n"))
	})
}

func TestWrite(t *testing.T) {
	body := string(Write("Loa", []Event{{UID: "p-1@la-da.loa", Start: morning,
		End: morning.Add(10 * time.Minute), Changed: morning.Add(-time.Hour),
		Sequence: 3, Cancelled: true, Title: "Sáng; tối, \\", Places: "Thôn 1"}}))
	for _, line := range []string{"DTSTART:20261130T220000Z", "DTEND:20261130T221000Z", "SEQUENCE:3", "STATUS:CANCELLED",
		`SUMMARY:Sáng\; tối\, \\`,
		"LAST-MODIFIED:20261130T210000Z", "REFRESH-INTERVAL;VALUE=DURATION:PT15M"} {
		require.Contains(t, body, "\r\n"+line+"\r\n")
	}
	require.NotContains(t, body, "DESCRIPTION")
}
