package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/schedule"
)

var crashSeed = flag.Uint64("crash-seed", 0, "repeat the kills of an earlier TestE2EKillAtAnyInstant; 0: new ones")

// Power fails when it likes: while a clip is being fetched, a plan taken, an
// item played, a play reported, the store opened. Whatever the instant, all
// that is true in the end is still told, once, and nothing that is not.
func TestE2EKillAtAnyInstant(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eKillAtAnyInstant)
}

func e2eKillAtAnyInstant(t testing.TB) {
	const (
		kills  = 18
		clips  = 6
		rounds = 8
		every  = 4 * time.Second
	)
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-crash-seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, seed))

	o := newOffice(t)
	o.slow(24 << 10) // as a link in the hills: a fetch takes its time
	o.places()
	v := o.node("loa-1", "wav")
	var ids []string
	for i := range clips {
		var clip clipAnswer
		o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": fmt.Sprintf("Bản tin số %d. ", i+1) +
			"Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy tuần này. Đề nghị bà con đưa trẻ đến đúng giờ."}, &clip)
		ids = append(ids, clip.ID)
	}

	// clips that are needed later, and a short programme every few seconds
	o.schedule("Ngày mai", time.Now().Add(24*time.Hour), nil, clipItems(ids[1:]))
	var short clipAnswer
	o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Một"}, &short)
	require.Less(t, short.Seconds, 1.0)
	rundown := []any{map[string]any{"clip": short.ID}, map[string]any{"gap_s": 0.2}, map[string]any{"chime": true, "gain_db": -6}}
	starts := []time.Time{soon(3 * time.Second)}
	for i := range rounds - 1 {
		starts = append(starts, starts[i].Add(every))
	}
	programme := o.schedule("Ngắn", starts[0], starts[1:], rundown)
	await(t, "the node has the plan", 20*time.Second, func() bool {
		n := o.nodes()
		return len(n) == 1 && n[0].Clips != nil && n[0].Clips.Of == clips
	})
	planned := time.Now()

	end := starts[rounds-1]
	for n := range kills {
		pause := chance.Int64N(max(1, int64(2*time.Until(end))/int64(kills-n+1)))
		if chance.IntN(4) == 0 { // while it still starts
			pause = chance.Int64N(int64(100 * time.Millisecond))
		}
		until(time.Now().Add(time.Duration(pause)))
		if chance.IntN(5) == 0 {
			o.process.kill()
			o.open()
		}
		v.process.kill()
		v.start(t)
	}

	o.hold(1, clips)
	for _, id := range append(ids[1:], short.ID) {
		data, err := os.ReadFile(filepath.Join(v.dir, "data", "clips", id))
		require.NoError(t, err)
		sum := sha256.Sum256(data)
		require.Equal(t, id, hex.EncodeToString(sum[:]))
	}
	broken, err := filepath.Glob(filepath.Join(v.dir, "data", "*.broken*"))
	require.NoError(t, err)
	require.Empty(t, broken, "the store was set aside")
	final := soon(max(3*time.Second, time.Until(end.Add(every))))
	whole := o.proof(o.schedule("Sau cùng", final, nil, rundown), []time.Time{final})
	require.Equal(t, map[string]int{"heard ": 2}, whole, "after the last kill all is as ever")
	airings := slices.DeleteFunc(starts, func(at time.Time) bool { return at.Before(planned) })
	t.Logf("%d airings under %d kills: %v", len(airings), kills, o.proof(programme, airings))
	v.process.stop()
	o.process.stop()
}

// schedule puts a programme for everyone in the calendar and returns its id.
func (o *office) schedule(title string, at time.Time, extra []time.Time, rundown []any) string {
	o.t.Helper()
	var programme struct{ ID string }
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": title, "class": "normal", "at": at, "extra": extra,
		"targets": map[string]any{"areas": []string{"la-da"}}, "start_late_s": 0, "rundown": rundown}, &programme)
	return programme.ID
}

// proof waits for the plays of a programme's airings on one node, items 0 and
// 2 of each, checks that each is told once and claims no more than can be
// true, and counts them by outcome and reason.
func (o *office) proof(programme string, airings []time.Time) map[string]int {
	o.t.Helper()
	type place struct {
		airing string
		item   int
	}
	var seen map[place]playAnswer
	missing := func() (places []place) {
		seen = map[place]playAnswer{}
		for _, p := range o.plays("programme=" + programme) {
			require.NotContains(o.t, seen, place{p.Airing, p.Item}, "told twice")
			seen[place{p.Airing, p.Item}] = p
		}
		for _, at := range airings {
			for _, item := range []int{0, 2} {
				if k := (place{schedule.AiringID(programme, at), item}); seen[k].Airing == "" {
					places = append(places, k)
				}
			}
		}
		return places
	}
	for deadline := time.Now().Add(time.Minute); len(missing()) > 0; until(time.Now().Add(200 * time.Millisecond)) {
		require.True(o.t, time.Now().Before(deadline), "no play of %v", missing())
	}
	outcomes := map[string]int{}
	for _, p := range seen {
		require.LessOrEqual(o.t, p.HeardS, p.LengthS, "%+v", p)
		require.LessOrEqual(o.t, p.HeardS, p.Ended.Sub(p.Began).Seconds()+0.05, "heard longer than it sounded: %+v", p)
		outcomes[p.Outcome+" "+p.Reason]++
	}
	return outcomes
}

// slow starts the controller again with a bound on the bytes of clips a
// second.
func (o *office) slow(bytes int) {
	o.t.Helper()
	var config controller.Config
	require.NoError(o.t, readYAML(o.config, &config))
	config.ClipRate = bytes
	require.NoError(o.t, writeYAML(o.config, config))
	o.process.stop()
	o.open()
}

func clipItems(ids []string) (items []any) {
	for _, id := range ids {
		items = append(items, map[string]any{"clip": id})
	}
	return items
}
