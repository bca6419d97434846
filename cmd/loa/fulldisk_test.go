package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/controller/client"
)

// With the data folder full an emergency sounds, one that is recorded, one that is
// spoken and one that is typed; each stops, by its own button and by DỪNG TẤT CẢ. It is told.
// A kill meanwhile loses none of it: when there is room it is all written down.
func TestE2EFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("a small disk to fill needs root")
	}
	witness.Play(t, e2eFullDisk)
}

func e2eFullDisk(t testing.TB) {
	var disk string
	o := newOfficeWith(t, func(c *controller.Config) {
		disk = c.Data
		require.NoError(t, os.Mkdir(disk, 0o700))
		require.NoError(t, syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m"))
		t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	})
	o.places()
	v := o.node("loa-1", "wav")
	clip := o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, nil)
	o.hold(1, 1)
	free := fillDisk(t, disk)
	defer free()

	everywhere := map[string]any{"areas": []string{"la-da"}}
	alert := func(more map[string]any) (call struct {
		callAnswer
		Said       struct{ Clips []string }
		Unrecorded bool
		Unwritten  *struct{ VI string }
	}) {
		var arm struct{ Armed string }
		o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
		body := map[string]any{"class": "emergency", "targets": everywhere, "chime": true, "armed": arm.Armed}
		for key, value := range more {
			body[key] = value
		}
		o.send(http.MethodPost, "/api/v1/calls", body, &call)
		require.NotNil(t, call.Unwritten)
		return call
	}
	sounds := func(id string) {
		await(t, "the alert is on air", 10*time.Second, func() bool { return o.nodes()[0].State == "on_air" })
		until(time.Now().Add(time.Second))
	}
	var silences []time.Time
	silent := func() {
		silences = append(silences, time.Now())
		until(time.Now().Add(2500 * time.Millisecond))
	}

	began := time.Now()
	one := alert(map[string]any{"clip": clip.ID})
	sounds(one.ID)
	o.send(http.MethodPost, "/api/v1/calls/"+one.ID+"/stop", map[string]any{}, nil)
	silent()

	two := alert(map[string]any{"title": "Lời nói"}) // its chime is sound enough
	require.True(t, two.Unrecorded)
	sounds(two.ID)
	o.send(http.MethodPost, "/api/v1/stop", map[string]any{"targets": everywhere}, nil)
	silent()

	asked := time.Now()
	typed := alert(map[string]any{"text": "Nước lên nhanh, bà con chạy lũ ngay."})
	answered := time.Now()
	sounds(typed.ID)
	o.send(http.MethodPost, "/api/v1/calls/"+typed.ID+"/stop", map[string]any{}, nil)
	silent()

	three := alert(map[string]any{"clip": clip.ID, "title": "Báo lũ lần hai"})
	sounds(three.ID)
	require.Equal(t, http.StatusServiceUnavailable, readyz(t, o))
	o.process.kill()

	// the horn, by what it gave out
	h := v.horn(t)
	first := h.firstSound(began)
	t.Logf("button to first sample: %v", first.Sub(began).Round(time.Millisecond))
	witness.Judge(t, began, began.Add(2*time.Second), func(t testing.TB) { require.Less(t, first.Sub(began), 2*time.Second) })
	first = h.firstSound(asked)
	t.Logf("a typed one: %v, of which the voice took %v", first.Sub(asked).Round(time.Millisecond),
		answered.Sub(asked).Round(time.Millisecond))
	require.False(t, first.IsZero())
	witness.Judge(t, answered, answered.Add(2*time.Second), func(t testing.TB) { require.Less(t, first.Sub(answered), 2*time.Second) })
	for i, at := range silences {
		again := h.firstSound(at.Add(time.Second))
		witness.Judge(t, at, at.Add(time.Second), func(t testing.TB) {
			require.True(t, again.IsZero() || again.After(at.Add(2400*time.Millisecond)), "silence %d: sounds at %v", i, again.Sub(at))
		})
	}

	free()
	o.open()
	await(t, "all is well again", 30*time.Second, func() bool { return readyz(t, o) == http.StatusOK })
	require.Contains(t, o.process.said(), "an earlier run left what it could not write down")
	calls := map[string]callAnswer{}
	for _, c := range o.calls() {
		calls[c.ID] = c
	}
	require.Len(t, calls, 4)
	require.Equal(t, "stopped", calls[typed.ID].Reason)
	require.FileExists(t, filepath.Join(disk, "clips", typed.Said.Clips[0][:2], typed.Said.Clips[0]+".opus"))
	require.Equal(t, "stopped", calls[one.ID].Reason)
	require.Equal(t, "stopped", calls[two.ID].Reason)
	require.Nil(t, calls[three.ID].Ended, "it goes on: nobody ended it")
	o.send(http.MethodPost, "/api/v1/calls/"+three.ID+"/stop", map[string]any{}, nil)
	var audit struct {
		Items []struct{ Action, Object string }
	}
	o.get("/api/v1/audit", &audit)
	did := map[string]int{}
	for _, a := range audit.Items {
		did[a.Action]++
	}
	require.Equal(t, []int{4, 4, 3, 1}, []int{did["call.arm"], did["call.begin"], did["call.stop"], did["call.stop_all"]})
	var log struct{ Items []struct{ Title string } }
	o.get("/api/v1/log?class=stop", &log)
	require.Len(t, log.Items, 1)
	o.process.stop()
	v.process.stop()
}

// A controller that cannot write where it is serves all the same, and writes it
// when it can.
func TestTellWhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		path := filepath.Join(dir, "controller.json")
		over := make(chan bool)
		go func() {
			tellWhere(t.Context(), path, client.Info{URL: "http://here"}, slog.New(slog.DiscardHandler))
			close(over)
		}()
		time.Sleep(time.Minute)
		require.NoFileExists(t, path)
		require.NoError(t, os.Mkdir(dir, 0o700))
		time.Sleep(tellAgain)
		<-over
		require.FileExists(t, path)
	})
}

// fillDisk leaves no room on a disk; free gives it back, once.
func fillDisk(t testing.TB, disk string) (free func()) {
	t.Helper()
	path := filepath.Join(disk, "ballast")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	require.NoError(t, err)
	piece := bytes.Repeat([]byte{1}, 4096)
	for err == nil {
		_, err = f.Write(piece)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Close())
	return func() { _ = os.Remove(path) }
}

func readyz(t testing.TB, o *office) int {
	t.Helper()
	res, err := http.Get(o.info.URL + "/readyz")
	require.NoError(t, err)
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if res.StatusCode != http.StatusOK {
		require.True(t, strings.Contains(string(said), "disk"), "%s", said)
	}
	return res.StatusCode
}
