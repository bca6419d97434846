package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
)

// make torment: LOA_TORMENT faults, of which LOA_SEED chooses kind and instant.
const (
	envTorment = "LOA_TORMENT"
	envSeed    = "LOA_SEED"

	beginBound  = 3 * time.Second  // from the accepted request to the first sound of a node that can be reached
	stopBound   = 2 * time.Second  // from the accepted stop to the last
	healedBound = 30 * time.Second // likewise once a node can be reached again: it connects anew
)

// TestTorment raises alarms and stops them while things break, and holds after each:
// a node that can be reached hears it in time, and is silent in time; no horn sounds for what
// was refused; the office calls nobody a hearer who was silent; and what it
// acknowledged it still knows.
func TestTorment(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv(envTorment))
	if n <= 0 {
		t.Skip("make torment runs it: it takes minutes")
	}
	seed, err := strconv.ParseUint(os.Getenv(envSeed), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	fmt.Fprintf(os.Stderr, "torment: %d faults, %s=%d\n", n, envSeed, seed)
	w := newWorld(t, rand.New(rand.NewPCG(seed, 0)))
	for i := range n {
		w.round(i)
	}
	slices.Sort(w.begins)
	slices.Sort(w.stops)
	t.Logf("%d faults: first sound after p50 %v p99 %v, silent after p50 %v p99 %v", n,
		quantile(w.begins, .5), quantile(w.begins, .99), quantile(w.stops, .5), quantile(w.stops, .99))
}

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[int(q*float64(len(all)-1))].Round(time.Millisecond)
}

// world is an office and three villages, each behind a link of its own.
type world struct {
	*office
	t        *testing.T
	rng      *rand.Rand
	villages []*tormented
	disk     string // a small disk with the data; "": this user may mount none
	bulletin string
	acked    []string // calls that the office acknowledged
	begins   []time.Duration
	stops    []time.Duration
}

// tormented is a village.
type tormented struct {
	*village
	*gate
	ear    *earwitness
	area   string
	frozen bool
}

func (v *tormented) reachable() bool { return v.gate.open() && !v.frozen && v.process.running() }

func newWorld(t *testing.T, rng *rand.Rand) *world {
	w := &world{t: t, rng: rng}
	w.office = newOfficeWith(t, func(c *controller.Config) {
		require.NoError(t, os.MkdirAll(c.Data, 0o700))
		if err := syscall.Mount("tmpfs", c.Data, "tmpfs", 0, "size=400m"); err == nil {
			w.disk = c.Data
			c.Backups = filepath.Join(filepath.Dir(c.Data), "backups")
			t.Cleanup(func() { require.NoError(t, syscall.Unmount(c.Data, syscall.MNT_DETACH)) })
		} else {
			t.Logf("no disk is filled: %v", err)
		}
	})
	w.places()
	for i := range 3 {
		w.village(i)
	}
	clip := w.upload(recording(t, "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."))
	var b struct{ ID string }
	w.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, &b)
	w.bulletin = b.ID
	w.hold(3, 1)
	w.send(http.MethodPost, "/api/v1/backups", nil, nil)
	await(t, "a backup", 30*time.Second, func() bool {
		var b backupsAnswer
		w.get("/api/v1/backups", &b)
		return !b.Busy && len(b.Files) == 1
	})
	return w
}

func (w *world) village(i int) {
	v := &tormented{area: fmt.Sprint("thon-", i+1), gate: newGate(w.t, w.info.MQTT)}
	w.send(http.MethodPut, "/api/v1/areas/"+v.area, map[string]any{"name": fmt.Sprint("Thôn ", i+1), "kind": "village", "parent": "la-da"},
		nil)
	id := fmt.Sprint("loa-", i+1)
	w.send(http.MethodPut, "/api/v1/nodes/"+id, map[string]any{"name": "Cụm loa " + id, "area": v.area, "volume": 100}, nil)
	v.village = &village{id: id, dir: filepath.Join(w.dir, id)}
	bin, err := loaBinary()
	require.NoError(w.t, err)
	run(w.t, "", bin, "provision", "--config", w.config, "--node", id, "--broker", v.addr(), "--out", v.dir, "--sound", "wav")
	v.start(w.t)
	v.ear = listenTo(w.t, filepath.Join(v.dir, "horn.wav"))
	w.villages = append(w.villages, v)
}

// try asks until the office answers with a success: it may be starting.
func (w *world) try(what string, ask func() (rawAnswer, error)) (body []byte, at time.Time) {
	w.t.Helper()
	var last rawAnswer
	var err error
	from := time.Now()
	for !witness.Over(from, healedBound) {
		if last, err = ask(); err == nil && last.status < 300 {
			return last.body, time.Now()
		}
		until(time.Now().Add(50 * time.Millisecond))
	}
	w.t.Fatalf("%s: in vain for %v: %v %d %s\n%s", what, healedBound, err, last.status, last.body, w.process.said())
	return nil, from
}

func (w *world) post(path string, body any) (rawAnswer, error) {
	data, err := json.Marshal(body)
	require.NoError(w.t, err)
	req, err := http.NewRequest(http.MethodPost, w.Base+path, bytes.NewReader(data))
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+w.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return rawAnswer{}, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return rawAnswer{res.StatusCode, res.Header.Get("Content-Type"), answer}, err
}

// alarm raises one, and returns its id and when it was accepted.
func (w *world) alarm(targets map[string]any) (id string, at time.Time) {
	w.t.Helper()
	body, at := w.try("raise an alarm", func() (rawAnswer, error) {
		armed, err := w.post("/api/v1/arm", map[string]any{})
		if err != nil || armed.status != http.StatusCreated {
			return armed, err
		}
		var token struct{ Armed string }
		require.NoError(w.t, json.Unmarshal(armed.body, &token))
		return w.post("/api/v1/calls", map[string]any{"class": "emergency", "targets": targets, "bulletin": w.bulletin, "armed": token.Armed,
			"limit_s": 120})
	})
	var call callAnswer
	require.NoError(w.t, json.Unmarshal(body, &call))
	w.acked = append(w.acked, call.ID)
	return call.ID, at
}

// round is one alarm from its beginning to its end, and one fault in it.
func (w *world) round(i int) {
	f := faults[w.rng.IntN(len(faults))]
	when := w.rng.IntN(3) // before the alarm, in it, at its end
	chosen, targets := w.villages, map[string]any{"areas": []string{"la-da"}}
	if w.rng.IntN(3) == 0 {
		v := w.villages[w.rng.IntN(3)]
		chosen, targets = []*tormented{v}, map[string]any{"areas": []string{v.area}}
	}
	fmt.Fprintf(os.Stderr, "torment %d: %s, %s\n", i+1, f.name, []string{"before", "in it", "at its end"}[when])
	heal := func() {}
	w.refused(targets)
	if when == 0 {
		heal = f.strike(w)
	}
	before := time.Now()
	id, accepted := w.alarm(targets)
	if when == 1 {
		until(time.Now().Add(time.Duration(w.rng.IntN(800)) * time.Millisecond))
		heal = f.strike(w)
	}
	w.begin(chosen, before, accepted)
	if when < 2 && !f.late {
		heal()
		w.heardAfter(chosen, before)
	}
	until(time.Now().Add(time.Duration(w.rng.IntN(1000)) * time.Millisecond))
	if when == 2 {
		heal = f.strike(w)
	}
	if !f.late || when == 0 { // an office that has lost its memory meanwhile does not know the alarm
		w.truth(id, before)
	}
	path, body := "/api/v1/calls/"+id+"/stop", any(map[string]any{})
	if w.rng.IntN(2) == 0 {
		path, body = "/api/v1/stop", map[string]any{"targets": targets}
	}
	_, stopped := w.try("stop it", func() (rawAnswer, error) { return w.post(path, body) })
	w.silent(stopped, stopBound)
	if when == 2 || f.late {
		healed := time.Now()
		heal()
		w.silent(healed, healedBound)
	}
	w.others(chosen, before)
	w.known()
}

// refused asks for what must not sound.
func (w *world) refused(targets map[string]any) {
	for _, body := range []map[string]any{
		{"class": "emergency", "targets": targets, "bulletin": w.bulletin},
		{"class": "emergency", "targets": targets, "bulletin": w.bulletin, "armed": "no-such-token"},
	} {
		res, err := w.post("/api/v1/calls", body)
		require.NoError(w.t, err)
		require.GreaterOrEqual(w.t, res.status, 400, "%s", res.body)
	}
}

// begin waits for the first sound of those that can be reached.
func (w *world) begin(chosen []*tormented, before, accepted time.Time) {
	for _, v := range chosen {
		from := time.Now()
		for v.reachable() && v.ear.first(before).IsZero() && !witness.Over(from, healedBound) {
			until(time.Now().Add(20 * time.Millisecond))
		}
		first := v.ear.first(before)
		if !v.reachable() {
			continue
		}
		require.False(w.t, first.IsZero(), "%s does not sound\n%s", v.id, v.process.said())
		late := max(first.Sub(accepted), 0)
		w.begins = append(w.begins, late)
		if late > beginBound && !witness.Over(accepted, late) {
			w.t.Logf("%s sounded after %v: the machine was late", v.id, late)
		} else if late > beginBound {
			w.t.Errorf("%s sounded %v after the alarm was accepted", v.id, late)
		}
	}
}

// heardAfter waits for all, now that they can be reached again.
func (w *world) heardAfter(chosen []*tormented, before time.Time) {
	for _, v := range chosen {
		await(w.t, v.id+" sounds once it can be reached", healedBound, func() bool { return !v.ear.first(before).IsZero() })
	}
}

// truth looks at whom the office says that it hears.
func (w *world) truth(id string, before time.Time) {
	body, _ := w.try("look at the alarm", func() (rawAnswer, error) {
		req, err := http.NewRequest(http.MethodGet, w.Base+"/api/v1/calls/"+id, nil)
		require.NoError(w.t, err)
		req.Header.Set("Authorization", "Bearer "+w.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return rawAnswer{}, err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		return rawAnswer{res.StatusCode, "", data}, err
	})
	var call struct{ Heard []struct{ ID string } }
	require.NoError(w.t, json.Unmarshal(body, &call))
	for _, h := range call.Heard {
		i := slices.IndexFunc(w.villages, func(v *tormented) bool { return v.id == h.ID })
		await(w.t, h.ID+" is called a hearer, and sounds", 2*time.Second, func() bool { return !w.villages[i].ear.first(before).IsZero() })
	}
}

// silent waits until all that can be reached are, within a bound of an instant.
func (w *world) silent(from time.Time, bound time.Duration) {
	await(w.t, "all that can be reached are silent", bound+healedBound, func() bool {
		for _, v := range w.villages {
			if v.reachable() && time.Since(v.ear.last()) < earGap+alarmGap {
				return false
			}
		}
		return true
	})
	for _, v := range w.villages {
		if !v.reachable() {
			continue
		}
		last := max(v.ear.last().Sub(from), 0)
		if bound == stopBound && last > 0 {
			w.stops = append(w.stops, last)
		}
		if last > bound && witness.Over(from, last) {
			w.t.Errorf("%s sounded for %v after the stop was accepted", v.id, last.Round(time.Millisecond))
		}
	}
}

// alarmGap is longer than any silence in the chime and the words of the alarm.
const alarmGap = 1200 * time.Millisecond

// others sees that nobody else sounded.
func (w *world) others(chosen []*tormented, before time.Time) {
	for _, v := range w.villages {
		if !slices.Contains(chosen, v) {
			require.Empty(w.t, v.ear.since(before), "%s was not meant", v.id)
		}
	}
}

// known sees that the office knows what it acknowledged.
func (w *world) known() {
	await(w.t, "the office knows the alarms that it acknowledged", healedBound, func() bool {
		var calls struct{ Items []callAnswer }
		if w.Do(w.t.Context(), http.MethodGet, "/api/v1/calls?limit=100", nil, &calls) != nil {
			return false
		}
		for _, id := range w.acked[max(0, len(w.acked)-50):] {
			if !slices.ContainsFunc(calls.Items, func(c callAnswer) bool { return c.ID == id }) {
				return false
			}
		}
		return true
	})
}
