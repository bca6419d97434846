package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is a line of the table. A figure that was not measured is NaN.
type row struct {
	What      string
	Unit      string
	Loa, Peer float64
	PeerName  string
	MaxLoa    float64 // what Loa's figure must not exceed; 0: any
	MaxRatio  float64 // likewise of Loa's figure to the peer's
	None      bool    // Loa's figure must be 0
	Note      string
}

// table is what a run prints.
type table struct {
	head []string
	Rows []row
}

func (t *table) add(rows ...row) { t.Rows = append(t.Rows, rows...) }

var columns = []string{"what", "Loa", "peer", "ratio", "aim", "", "note"}

// cells is a row as text.
func (r row) cells() []string {
	if r.Loa == 0 && r.Peer == 0 && r.Unit == "" {
		return []string{r.What, "", "", "", "", "", r.Note}
	}
	c := []string{r.What, number(r.Loa) + " " + r.Unit, "", "", r.aim(), r.verdict(), r.Note}
	if r.PeerName != "" {
		c[2] = fmt.Sprintf("%s %s (%s)", number(r.Peer), r.Unit, r.PeerName)
		c[3] = number(r.Loa / r.Peer)
	}
	return c
}

func (r row) aim() string {
	var parts []string
	if r.None {
		parts = append(parts, "none")
	}
	if r.MaxLoa > 0 {
		parts = append(parts, fmt.Sprintf("≤ %s %s", number(r.MaxLoa), r.Unit))
	}
	if r.MaxRatio > 0 {
		parts = append(parts, fmt.Sprintf("≤ %s × peer", number(r.MaxRatio)))
	}
	return strings.Join(parts, ", ")
}

// verdict is met or missed; nothing where there is no aim. What is not a
// number never meets one.
func (r row) verdict() string {
	if r.MaxLoa == 0 && r.MaxRatio == 0 && !r.None {
		return ""
	}
	met := (!r.None || r.Loa == 0) && (r.MaxLoa == 0 || r.Loa <= r.MaxLoa) && (r.MaxRatio == 0 || r.Loa <= r.MaxRatio*r.Peer)
	if met {
		return "met"
	}
	return "MISSED"
}

// number has three significant digits, and no exponent.
func number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "?"
	case math.Abs(v) >= 100:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	case math.Abs(v) >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", v), "0"), ".")
}

func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, strings.Join(t.head, " · "))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(columns, "\t"))
	for _, r := range t.Rows {
		fmt.Fprintln(tw, strings.Join(r.cells(), "\t"))
	}
	_ = tw.Flush() // to a terminal
}

func (t *table) tsv() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, strings.Join(columns, "\t"))
	for _, r := range t.Rows {
		fmt.Fprintln(&b, strings.Join(r.cells(), "\t"))
	}
	return b.Bytes()
}

// quantile is the q-th of the values, the largest for 1; NaN of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func mean(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
