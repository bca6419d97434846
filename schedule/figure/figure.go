// Package figure is how numbers and lengths of time stand in a sentence: 0,5 in a
// Vietnamese one and 0.5 in an English one, 1 giờ 30 phút and 1 h 30 min, never the
// words of a program (0.5, 1h30m0s). Whatever makes sentences of both languages passes
// its arguments through it, so that none is forgotten.
package figure

import (
	"fmt"
	"strings"
	"time"
)

// VI are the arguments of a Vietnamese sentence.
func VI(args []any) []any { return each(args, [3]string{"giờ", "phút", "giây"}, true) }

// EN are the arguments of an English sentence.
func EN(args []any) []any { return each(args, [3]string{"h", "min", "s"}, false) }

func each(args []any, units [3]string, commas bool) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case float64:
			out[i] = a
			if commas {
				out[i] = comma{v}
			}
		case time.Duration:
			out[i] = length(v, units)
		default:
			out[i] = a
		}
	}
	return out
}

// comma is a number that is written with a comma, in whatever way it is asked for.
type comma struct{ of float64 }

// Format writes it.
func (c comma) Format(f fmt.State, verb rune) {
	_, _ = f.Write([]byte(strings.Replace(fmt.Sprintf(fmt.FormatString(f, verb), c.of), ".", ",", 1))) // f keeps its own error
}

// length is a length of time in its units, those that are none left out.
func length(d time.Duration, units [3]string) string {
	d = d.Round(time.Second)
	var all []string
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
		if n := d / unit; n != 0 {
			all = append(all, fmt.Sprintf("%d %s", n, units[i]))
		}
		d %= unit
	}
	if all == nil {
		return "0 " + units[2]
	}
	return strings.Join(all, " ")
}
