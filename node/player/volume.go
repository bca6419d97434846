package player

import (
	"loa/node/wire"
	"loa/schedule"
)

// volumeOf is the volume, in percent, at which an airing is played: from its begin to its end the same.
func volumeOf(plan *wire.Plan, s *schedule.Slot) int {
	if s.Programme.Class == schedule.Emergency {
		return 100
	}
	return schedule.Soften(plan.Soft, plan.Volume, s.Start)
}

// gains are the factors of all airings of a timeline, for the audio path.
func gains(plan *wire.Plan, tl *schedule.Timeline) map[string]float32 {
	all := make(map[string]float32, len(tl.Slots))
	for _, s := range tl.Slots {
		all[s.ID] = volumeGain(volumeOf(plan, s))
	}
	return all
}

func volumeGain(percent int) float32 {
	v := float32(max(0, min(100, percent))) / 100
	return v * v
}
