package node

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

// loadFindings takes up what flash holds.
func (a *App) loadFindings() {
	raw, err := a.cache.Load(nameFindings)
	var kept map[string]wire.Fault
	if a.ear == nil || err != nil || raw == nil || json.Unmarshal(raw, &kept) != nil {
		return // without an ear nobody could ever close one
	}
	a.status.found = findings(kept)
	maps.Copy(a.status.since, a.status.found)
	for _, code := range heardOf {
		if _, open := a.status.found[code]; open {
			a.heard.set(code)
		}
	}
}

// keepFindings writes down what changed of them. Without the time it waits: a
// since that is not known would be no evidence.
func (r *reporter) keepFindings() {
	now := findings(r.since)
	if r.app == nil || r.app.ear == nil || maps.Equal(now, r.found) || slices.ContainsFunc(slices.Collect(maps.Values(now)), func(f wire.Fault) bool { return f.Since.IsZero() }) {
		return
	}
	raw, err := json.Marshal(now)
	if err == nil {
		err = r.app.cache.Save(nameFindings, raw)
	}
	if err != nil {
		return // the cache tells, and the next status tries again
	}
	r.found = now
}
