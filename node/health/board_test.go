package health

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// tree is a board's /proc and /sys.
type tree struct {
	t    testing.TB
	root string
}

func (b tree) put(path, text string) {
	b.t.Helper()
	require.NoError(b.t, os.MkdirAll(filepath.Join(b.root, filepath.Dir(path)), 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(b.root, path), []byte(text), 0o644))
}

func (b tree) read() (s wire.Status) {
	Reader{Root: b.root, Disk: filepath.Join(b.root, "gone")}.Fill(&s)
	return s
}

const (
	battery   = "sys/class/power_supply/battery/"
	adapter   = "sys/class/power_supply/ac/"
	throttled = "sys/devices/platform/soc/soc:firmware/get_throttled"
	alarm     = "sys/class/hwmon/hwmon2/in0_lcrit_alarm"
	life      = "sys/block/mmcblk0/device/life_time"
)

func TestMains(t *testing.T) {
	b := tree{t, t.TempDir()}
	b.put(battery+"type", "Battery\n")
	b.put(battery+"online", "1\n")
	require.Nil(t, b.read().Mains, "a battery says nothing of the mains")
	b.put(adapter+"type", "Mains\n")
	require.Nil(t, b.read().Mains, "an adapter that does not tell")
	for text, want := range map[string]*bool{"1\n": ptr(true), "0\n": ptr(false), "2": ptr(true), "": nil, "yes": nil} {
		b.put(adapter+"online", text)
		require.Equal(t, want, b.read().Mains, "%q", text)
	}
	b.put(adapter+"online", "0\n")
	b.put("sys/class/power_supply/ac2/type", "Mains\n")
	b.put("sys/class/power_supply/ac2/online", "1\n")
	require.Equal(t, ptr(true), b.read().Mains, "one of two is enough")
}

func TestUndervoltage(t *testing.T) {
	b := tree{t, t.TempDir()}
	require.Nil(t, b.read().Undervoltage)
	b.put("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
	b.put("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n")
	require.Nil(t, b.read().Undervoltage, "some other sensor's alarm")
	b.put("sys/class/hwmon/hwmon2/name", "rpi_volt\n")
	for text, want := range map[string]*bool{"0\n": ptr(false), "1\n": ptr(true), "": nil, "7": nil} {
		b.put(alarm, text)
		require.Equal(t, want, b.read().Undervoltage, "%q", text)
	}
	for text, want := range map[string]*bool{"0\n": ptr(false), "50005\n": ptr(true), "50000\n": ptr(false), "0x1": ptr(true)} {
		b.put(throttled, text)
		require.Equal(t, want, b.read().Undervoltage, "%q: bit 0 is now, bit 16 is since the start", text)
	}
}

func TestWear(t *testing.T) {
	b := tree{t, t.TempDir()}
	for text, want := range map[string]*int{"0x01 0x02\n": ptr(20), "0x00 0x0a\n": ptr(100), "0x0b 0x01": ptr(100), "0x00 0x00\n": nil,
		"": nil, "0xff 0xff": nil, "-1": nil} {
		b.put(life, text)
		require.Equal(t, want, b.read().DiskWear, "%q", text)
	}
}

func TestModem(t *testing.T) {
	for name, want := range map[string]struct {
		modem wire.Modem
		cut   *bool
	}{
		"connected": {wire.Modem{State: "connected", Registration: "home", Operator: "Viettel", Access: "lte", Signal: ptr(67)}, ptr(false)},
		"no-data":   {wire.Modem{State: "registered", Registration: "home", Operator: "Viettel", Access: "lte", Signal: ptr(54)}, ptr(true)},
		"no-sim":    {wire.Modem{State: "failed", Failed: "sim-missing"}, ptr(true)},
	} {
		out, err := os.ReadFile(filepath.Join("testdata", "modem-"+name+".json"))
		require.NoError(t, err)
		got := ParseModem(out)
		require.Equal(t, &want.modem, got, name)
		require.Equal(t, want.cut, cutOff(got), name)
	}
	for _, nothing := range []string{"", "{}", "null", `{"modem":null}`, `{"modem":[]}`, `{"modem":{"generic":{"state":"--"}}}`,
		"error: couldn't find modem"} {
		require.Nil(t, ParseModem([]byte(nothing)), nothing)
	}
	require.Nil(t, cutOff(nil))
	require.Nil(t, cutOff(&wire.Modem{State: "connecting"}), "coming up is neither good nor bad")
	require.Equal(t, ptr(true), cutOff(&wire.Modem{State: "connected", Signal: ptr(3)}))
}

// A modem that fell off the bus is found missing after five minutes, which ends
// the fault it had; a board that never had one knows nothing.
func TestModemThatIsGone(t *testing.T) {
	for _, had := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var back atomic.Bool
			w := Watch{Reader: Reader{Root: t.TempDir()}, Modem: func(context.Context) *wire.Modem {
				if had && time.Since(start) < time.Minute || back.Load() {
					return &wire.Modem{State: "searching"}
				}
				return nil
			}}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- w.Run(ctx) }()
			says := func(after time.Duration) (cut, missing *bool) {
				<-time.After(after)
				synctest.Wait()
				var s wire.Status
				w.Fill(&s, time.Now())
				return cutOff(s.Modem), gone(s.Modem)
			}
			cut, _ := says(time.Second)
			cut2, missing2 := says(4 * time.Minute)
			cut7, missing7 := says(3 * time.Minute)
			back.Store(had)
			cut8, missing8 := says(time.Minute)
			if had {
				require.Equal(t, ptr(true), cut)
				require.Equal(t, []*bool{nil, nil}, []*bool{cut2, missing2}, "it may be starting anew")
				require.Equal(t, []*bool{ptr(false), ptr(true)}, []*bool{cut7, missing7})
				require.Equal(t, []*bool{ptr(true), ptr(false)}, []*bool{cut8, missing8})
			} else {
				require.Equal(t, make([]*bool, 7), []*bool{cut, cut2, missing2, cut7, missing7, cut8, missing8})
			}
			cancel()
			require.NoError(t, <-done)
		})
	}
}

func TestMainsByCommand(t *testing.T) {
	for code, want := range map[string]*bool{"0": ptr(true), "1": ptr(false), "2": nil} {
		require.Equal(t, want, MainsCommand([]string{"sh", "-c", "exit " + code})(t.Context()), code)
	}
	require.Nil(t, MainsCommand([]string{filepath.Join(t.TempDir(), "none")})(t.Context()))
}

// What was seen too long ago is not known now.
func TestAnOldLookIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tree{t, t.TempDir()}
		b.put("sys/class/thermal/thermal_zone0/temp", "48250\n")
		hangs, start := make(chan struct{}), time.Now()
		w := Watch{Reader: Reader{Root: b.root}, Modem: func(ctx context.Context) *wire.Modem {
			if time.Since(start) < time.Minute {
				return nil
			}
			<-hangs
			return nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		<-time.After(time.Second)
		var s wire.Status
		w.Fill(&s, time.Now())
		require.InDelta(t, 48.25, *s.TempC, 0)
		<-time.After(3 * time.Minute)
		w.Fill(&s, time.Now())
		require.Nil(t, s.TempC)
		cancel()
		close(hangs)
		require.NoError(t, <-done)
	})
}

// A board may say anything.
func FuzzBoard(f *testing.F) {
	for _, seed := range []string{"50005\n", "0x01 0x0b\n", "1\n", "MemAvailable: 9223372036854775807 kB", "NaN", "-1e400"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		b := tree{t, dir}
		b.put(adapter+"type", "Mains\n")
		b.put("sys/class/hwmon/hwmon2/name", "rpi_volt\n")
		for _, path := range []string{adapter + "online", alarm, throttled, life, "proc/meminfo", "proc/loadavg",
			"sys/class/thermal/thermal_zone0/temp"} {
			b.put(path, text)
		}
		s := b.read()
		if s.DiskWear != nil {
			require.True(t, *s.DiskWear >= 0 && *s.DiskWear <= 100)
		}
		if s.MemFree != nil {
			require.GreaterOrEqual(t, *s.MemFree, int64(0), "%q", text)
		}
		if s.TempC != nil {
			require.True(t, *s.TempC > -40 && *s.TempC < 150)
		}
		Judge(&s, 4, func(string) bool { return false })
		_, err := wire.Encode(s)
		require.NoError(t, err)
	})
}

func FuzzModem(f *testing.F) {
	for _, name := range []string{"connected", "no-data", "no-sim"} {
		out, err := os.ReadFile(filepath.Join("testdata", "modem-"+name+".json"))
		require.NoError(f, err)
		f.Add(out)
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		m := ParseModem(out)
		if m == nil {
			return
		}
		require.NotEmpty(t, m.State)
		if m.Signal != nil {
			require.True(t, *m.Signal >= 0 && *m.Signal <= 100)
		}
		for _, s := range []string{m.State, m.Failed, m.Operator, m.Access, m.Registration} {
			require.LessOrEqual(t, len(s), 64)
		}
		cutOff(m)
	})
}
