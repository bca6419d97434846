package wire_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

func pointer[T any](v T) *T { return &v }

// What one broken board says hides neither the rest of it nor the others.
func TestTakeBelievesWhatCanBe(t *testing.T) {
	far := time.Date(9998, 1, 1, 0, 0, 0, 0, time.UTC)
	raw, err := wire.Encode(wire.Status{Boot: "b\x00oot", Sent: far, Volume: 400, TempC: pointer(math.NaN()), Load: pointer(math.Inf(1)),
		DiskWear: pointer(-3),
		Held:     -1, Uptime: math.MinInt64, Clock: wire.Clock{RatePPM: math.NaN(), Way: math.MaxInt64, Offset: math.MinInt64}, Rate: -1,
		OnAir: &wire.OnAir{Title: strings.Repeat("ồ", 60_000), Since: far}, LastHeard: time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC),
		Faults: append(make([]wire.Fault, 40), wire.Fault{Code: wire.FaultHot}), Live: &wire.Live{Lost: -5, Margin5: math.MinInt64},
		EarSite: &wire.Calibration{Level: math.Inf(-1)}})
	require.NoError(t, err)
	var s wire.Status
	require.NoError(t, wire.Take(raw, &s))
	require.Equal(t, "b oot", s.Boot)
	require.True(t, s.Sent.IsZero() && s.LastHeard.IsZero() && s.OnAir.Since.IsZero())
	require.Equal(t, []any{100, 0, int64(0), int64(0)}, []any{s.Volume, s.Held, s.Uptime, s.Rate})
	require.True(t, s.TempC == nil && s.Load == nil && s.DiskWear == nil)
	require.Equal(t, wire.Clock{Way: time.Hour, Offset: -200 * 400 * 24 * time.Hour}, s.Clock)
	require.Equal(t, 400, utf8.RuneCountInString(s.OnAir.Title))
	require.Equal(t, wire.Live{Margin5: -time.Hour}, *s.Live)
	require.Empty(t, s.Faults, "what has no code is none, and there are not forty")
	_, err = json.Marshal(s)
	require.NoError(t, err)

	raw, err = wire.Encode(wire.Report{Plays: append(make([]wire.Play, wire.MaxPlays), wire.Play{})})
	require.NoError(t, err)
	var r wire.Report
	require.NoError(t, wire.Take(raw, &r))
	require.Len(t, r.Plays, wire.MaxPlays)
}

func TestWhatIsPossible(t *testing.T) {
	require.Equal(t, wire.Since, wire.Possible(wire.Since))
	require.True(t, wire.Possible(wire.Since.Add(-1)).IsZero())
	require.True(t, wire.Possible(wire.Until).IsZero())
	require.Equal(t, wire.Until.Add(-1), wire.Possible(wire.Until.Add(-1)))
}

// FuzzTake: whatever a board says, what is made of it can be kept and told on.
func FuzzTake(f *testing.F) {
	for _, v := range []any{wire.Status{Boot: "b", TempC: pointer(math.Inf(1)), Sent: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
		Live: &wire.Live{Call: "c"}, Modem: &wire.Modem{Signal: pointer(900)}},
		wire.Report{Plays: []wire.Play{{ID: 1, Outcome: wire.Heard, EarDB: pointer(math.NaN()), Began: time.Unix(1, 0)}}},
		wire.Want{Clip: "ab", Ranges: []wire.Range{{First: 1}}}, wire.Gone{Boot: "\xff"}, wire.Ping{T1: 1}, wire.Renew{Cert: []byte{1}}} {
		raw, _ := wire.Encode(v)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, v := range []any{&wire.Status{}, &wire.Report{}, &wire.Want{}, &wire.Gone{}, &wire.Ping{}, &wire.Renew{}} {
			if wire.Take(raw, v) != nil {
				continue
			}
			sound(t, reflect.ValueOf(v).Elem())
			_, err := json.Marshal(v)
			require.NoError(t, err)
		}
	})
}

// sound checks that all of a message is within what is promised of any.
func sound(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			require.True(t, at.IsZero() || !at.Before(wire.Since) && at.Before(wire.Until), "%v", at)
			return
		}
		for i := range v.NumField() {
			sound(t, v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			sound(t, v.Elem())
		}
	case reflect.Slice:
		require.True(t, v.Len() <= 1<<12 || v.Type().Elem().Kind() == reflect.Uint8)
		for i := range v.Len() {
			sound(t, v.Index(i))
		}
	case reflect.String:
		require.True(t, utf8.ValidString(v.String()))
		require.LessOrEqual(t, utf8.RuneCountInString(v.String()), 400)
		require.Equal(t, -1, strings.IndexFunc(v.String(), unicode.IsControl))
	case reflect.Float64:
		require.False(t, math.IsNaN(v.Float()) || math.Abs(v.Float()) > 1e9)
	}
}
