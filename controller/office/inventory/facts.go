package inventory

import (
	"fmt"
	"time"

	"loa/node/wire"
)

// fill takes over what a node says of itself. What it does not say stays nil:
// chưa rõ, never fine.
func (v *Node) fill(st *wire.Status) {
	v.Clips = &Clips{st.Held, st.Clips}
	v.Clock, v.Version, v.TempC, v.Mains = &st.Clock, st.Version, st.TempC, st.Mains
	v.Ear, v.SelfTest, v.Inspection, v.Spoilt = st.Ear, st.SelfTest, st.Inspection, st.Spoilt
	v.DiskFree, v.DiskWear, v.MemFree, v.Load = st.DiskFree, st.DiskWear, st.MemFree, st.Load
	v.LowVolts, v.Amp, v.Modem = st.Undervoltage, st.Amp, st.Modem
	if st.Sound.OK || st.Sound.Output != "" || st.Sound.Error != "" { // a node that says nothing of it does not say that it is broken
		v.Sound = &st.Sound
	}
	if st.Modem != nil {
		v.Signal = st.Modem.Signal
	}
}

// Temperature is that of the board as people read it; "" if it is not known.
func (v Node) Temperature() string {
	if v.TempC == nil {
		return ""
	}
	return fmt.Sprintf("%.0f °C", *v.TempC)
}

// Power is the word for whether the mains are there; "" if it is not known.
func (v Node) Power() string { return either(v.Mains, "fact_mains_on", "fact_mains_off") }

// Volts is the word for the board's supply.
func (v Node) Volts() string { return either(v.LowVolts, "fact_volts_low", "fact_volts_well") }

// Amplifier is the word for its switch.
func (v Node) Amplifier() string { return either(v.Amp, "fact_amp_on", "fact_amp_off") }

func either(known *bool, yes, no string) string {
	switch {
	case known == nil:
		return ""
	case *known:
		return yes
	}
	return no
}

// Disk and Memory are what is free of them, as people read it.
func (v Node) Disk() string { return size(v.DiskFree) }

// Memory is what is free of it.
func (v Node) Memory() string { return size(v.MemFree) }

func size(bytes *int64) string {
	switch {
	case bytes == nil:
		return ""
	case *bytes >= 10e9:
		return fmt.Sprintf("%d GB", *bytes/1e9)
	}
	return fmt.Sprintf("%d MB", *bytes/1e6)
}

// Busy is the board's load; a percentage would need its number of cores.
func (v Node) Busy() string {
	if v.Load == nil {
		return ""
	}
	return fmt.Sprintf("%.2f", *v.Load)
}

// Operator is the network that the modem is in, and how.
func (v Node) Operator() string {
	switch {
	case v.Modem == nil || v.Modem.Operator == "":
		return ""
	case v.Modem.Access == "":
		return v.Modem.Operator
	}
	return v.Modem.Operator + " (" + v.Modem.Access + ")"
}

// RoundTrip is how long the last question to this machine and its answer took.
func (v Node) RoundTrip() string {
	if v.Clock == nil || v.Clock.RTT <= 0 {
		return ""
	}
	return fmt.Sprint(max(v.Clock.RTT.Round(time.Millisecond).Milliseconds(), 1), " ms")
}
