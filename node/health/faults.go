package health

import (
	"fmt"
	"strings"
	"time"

	"loa/node/wire"
)

// Bounds of what is a fault. Where it began is not where it ends, so that it does not come and go.
const (
	hot, cooled       = 85.0, 78.0 // °C: where a Raspberry Pi throttles hard, and where it no longer does
	worn              = 90         // % of an eMMC's life
	littleMem, enough = 24 << 20, 40 << 20
	busy, calm        = 16.0, 8.0   // load for each core: far beyond what a busy board has, where sound still has its turn
	weak              = 8           // % of signal: about −108 dBm, where LTE drops out
	farClock          = time.Second // of bound: neighbours are heard apart from 50 ms on; beyond this as an echo of a word
	slowAnswer        = 5 * time.Second
)

// Finding is one fault looked for: there, not there, or, nil, not to be known now. What is not known is left as it was:
// a sensor that is gone is no evidence that all is well.
type Finding struct {
	Code   string
	Wrong  *bool
	Detail string
}

// Judge looks for faults in what a board said. open tells which are open now.
func Judge(s *wire.Status, cores int, open func(code string) bool) []Finding {
	found := []Finding{
		{Code: wire.FaultMains, Wrong: not(s.Mains)},
		{Code: wire.FaultVoltage, Wrong: s.Undervoltage},
		over(wire.FaultHot, s.TempC, hot, cooled, "%.0f °C", open),
		{Code: wire.FaultNoModem, Wrong: gone(s.Modem)},
		{Code: wire.FaultModem, Wrong: cutOff(s.Modem), Detail: modemDetail(s.Modem)},
	}
	bound := int64(littleMem)
	if open(wire.FaultMemory) {
		bound = enough
	}
	var each *float64
	if s.Load != nil {
		each = ptr(*s.Load / float64(max(1, cores)))
	}
	return append(found,
		when(wire.FaultWear, s.DiskWear, func(used int) (bool, string) { return used >= worn, fmt.Sprintf("%d %%", used) }),
		when(wire.FaultMemory, s.MemFree, func(free int64) (bool, string) { return free < bound, fmt.Sprintf("%d MiB", free>>20) }),
		over(wire.FaultLoad, each, busy, calm, "%.1f / core", open),
		when(wire.FaultClockError, known(s.Clock.Known, s.Clock.Bound), func(b time.Duration) (bool, string) {
			return b > farClock, "± " + b.Round(10*time.Millisecond).String()
		}),
		when(wire.FaultSlow, known(s.Clock.RTT > 0, s.Clock.RTT), func(rtt time.Duration) (bool, string) {
			return rtt > slowAnswer, rtt.Round(100 * time.Millisecond).String()
		}))
}

// when judges a value that may not be known.
func when[T any](code string, v *T, judge func(T) (wrong bool, detail string)) Finding {
	if v == nil {
		return Finding{Code: code}
	}
	wrong, detail := judge(*v)
	return Finding{code, &wrong, detail}
}

func known[T any](is bool, v T) *T {
	if !is {
		return nil
	}
	return &v
}

// over judges by two bounds: a fault that is open ends below the lower one.
func over(code string, v *float64, from, to float64, format string, open func(string) bool) Finding {
	if open(code) {
		from = to
	}
	return when(code, v, func(v float64) (bool, string) { return v > from, fmt.Sprintf(format, v) })
}

func not(v *bool) *bool {
	if v == nil {
		return nil
	}
	return ptr(!*v)
}

func modemDetail(m *wire.Modem) string {
	if m == nil {
		return ""
	}
	parts := []string{m.State}
	for _, p := range []string{m.Failed, m.Registration, m.Operator, m.Access} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if m.Signal != nil {
		parts = append(parts, fmt.Sprintf("%d %%", *m.Signal))
	}
	return strings.Join(parts, ", ")
}
