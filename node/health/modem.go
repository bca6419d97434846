package health

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"loa/node/wire"
)

const (
	modemFor  = 5 * time.Second // for ModemManager to answer
	modemMost = 64 << 10        // bytes of its answer
)

// AskModem asks ModemManager for the board's modem; nil if there is none, or nobody who knows. One that is there and
// does not answer in five seconds is nil too.
func AskModem(ctx context.Context) *wire.Modem {
	path, err := exec.LookPath("mmcli")
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, modemFor)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "-m", "any", "-J")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return ParseModem(out)
}

// ParseModem reads what "mmcli -m any -J" prints; "--" there means that it is not known. It returns nil if there is
// nothing to be learnt.
func ParseModem(out []byte) *wire.Modem {
	if len(out) > modemMost {
		return nil
	}
	var answer struct {
		Modem *struct {
			GPP struct {
				Operator     string `json:"operator-name"`
				Registration string `json:"registration-state"`
			} `json:"3gpp"`
			Generic struct {
				State   string   `json:"state"`
				Failed  string   `json:"state-failed-reason"`
				Access  []string `json:"access-technologies"`
				Quality struct {
					Value  string `json:"value"`
					Recent string `json:"recent"`
				} `json:"signal-quality"`
			} `json:"generic"`
		} `json:"modem"`
	}
	if json.NewDecoder(bytes.NewReader(out)).Decode(&answer) != nil || answer.Modem == nil {
		return nil
	}
	g := answer.Modem.Generic
	m := wire.Modem{State: word(g.State), Failed: word(g.Failed), Operator: word(answer.Modem.GPP.Operator),
		Registration: word(answer.Modem.GPP.Registration)}
	if m.State == "" {
		return nil
	}
	if len(g.Access) > 0 {
		m.Access = word(g.Access[0])
	}
	if v, err := strconv.Atoi(g.Quality.Value); err == nil && v >= 0 && v <= 100 && g.Quality.Recent != "no" {
		m.Signal = &v
	}
	return &m
}

// gone reports whether a modem that was there is found no more, nil if there never was one.
func gone(m *wire.Modem) *bool {
	if m == nil {
		return nil
	}
	return ptr(m.State == wire.ModemGone)
}

// word is a value as a person may see it, "" if it is unknown.
func word(s string) string {
	if s == "--" || s == "unknown" || len(s) > 64 {
		return ""
	}
	return s
}

// cutOff reports whether a modem carries nothing now, nil if that is not known: it may be coming up.
func cutOff(m *wire.Modem) *bool {
	switch {
	case m == nil:
		return nil
	case m.State == wire.ModemGone:
		return ptr(false) // that is another fault
	case m.State == "connected":
		return ptr(m.Signal != nil && *m.Signal < weak)
	case slices.Contains([]string{"failed", "locked", "disabled", "searching", "registered"}, m.State):
		return ptr(true) // registered: on the network, with no data
	}
	return nil // initializing, enabling, enabled, connecting, ...
}
