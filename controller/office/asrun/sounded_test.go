package asrun

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

// What was that at 4:58? Items of one airing are one sound, from the first to the last; what
// was over long before, or never began, is none.
func TestJoined(t *testing.T) {
	at := time.Date(2026, 11, 30, 4, 58, 0, 0, time.UTC)
	play := func(airing string, from, to int, volume int) store.Play {
		return store.Play{Node: "n", Airing: airing, Title: "mục", Volume: volume, Began: at.Add(time.Duration(from) * time.Minute),
			Ended: at.Add(time.Duration(to) * time.Minute), Heard: time.Duration(to-from) * time.Minute, Ear: "heard"}
	}
	never := play("never", 0, 0, 50)
	never.Began = time.Time{}
	sounds := joined([]store.Play{play("late", 11, 12, 50), play("morning", 2, 6, 70), play("morning", 0, 2, 80), never,
		play("relay", -300, -9, 60), play("old", -60, -11, 60)}, "Chợ", at)
	require.Len(t, sounds, 2)
	require.Equal(t, []string{"morning", "relay"}, []string{sounds[0].airing, sounds[1].airing})
	require.Equal(t, at, sounds[0].Began)
	require.Equal(t, at.Add(6*time.Minute), sounds[0].Ended)
	require.Equal(t, 80, sounds[0].Volume, "the louder")
	require.Equal(t, "Chợ", sounds[0].Name)
	require.Empty(t, joined(nil, "Chợ", at))
}
