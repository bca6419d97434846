package hearing

import (
	"encoding/json"
	"maps"
	"slices"

	"loa/node/wire"
)

// nameFindings are the faults that the ears found and that are open, on flash: a
// horn that was silent before a restart is silent after it, and since when is
// what a person asks first. Only evidence closes one.
const nameFindings = "findings"

// heardOf are the faults that tell where the sound ends; of these one at a time is open.
var heardOf = []string{wire.FaultMuteHorn, wire.FaultHorn, wire.FaultLine}

// findings are what is kept of the faults that are open.
func findings(open map[string]wire.Fault) map[string]wire.Fault {
	kept := map[string]wire.Fault{}
	for _, code := range append(slices.Clone(heardOf), wire.FaultWeakHorn, wire.FaultStuckAmp) {
		if f, is := open[code]; is {
			kept[code] = f
		}
	}
	return kept
}

// LoadFindings takes up the faults that flash holds; nil without an ear: nobody could
// ever close one.
func (h *Horn) LoadFindings() map[string]wire.Fault {
	if h == nil {
		return nil
	}
	raw, err := h.opt.Load(nameFindings)
	var kept map[string]wire.Fault
	if err != nil || raw == nil || json.Unmarshal(raw, &kept) != nil {
		return nil
	}
	h.kept = findings(kept)
	for _, code := range heardOf {
		if _, open := h.kept[code]; open {
			h.heard.set(code)
		}
	}
	return h.kept
}

// KeepFindings writes down what changed of them among the faults that are open.
// Without the time it waits: a since that is not known would be no evidence. What
// cannot be written the cache tells of, and the next status tries again.
func (h *Horn) KeepFindings(open map[string]wire.Fault) {
	if h == nil {
		return
	}
	now := findings(open)
	unknown := func(f wire.Fault) bool { return f.Since.IsZero() }
	if maps.Equal(now, h.kept) || slices.ContainsFunc(slices.Collect(maps.Values(now)), unknown) {
		return
	}
	raw, err := json.Marshal(now)
	if err == nil {
		err = h.opt.Save(nameFindings, raw)
	}
	if err == nil {
		h.kept = now
	}
}
