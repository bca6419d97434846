package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/controller/client"
	"loa/node/speaker/tapcard"
)

// office is a controller process with La Dạ set up in it.
type office struct {
	*api
	t       testing.TB
	dir     string
	config  string
	info    client.Info
	process *process
}

func newOffice(t testing.TB) *office {
	t.Helper()
	return newOfficeWith(t, func(*controller.Config) {})
}

// newOfficeWith has other settings than the usual.
func newOfficeWith(t testing.TB, set func(*controller.Config)) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{t: t, dir: dir, config: filepath.Join(dir, "controller.yaml")}
	config := controller.DefaultConfig()
	config.Reach = []string{"127.0.0.1"} // where stories have their stations and webhooks
	config.Data, config.HTTP, config.MQTT = filepath.Join(dir, "data"), "127.0.0.1:0", "127.0.0.1:0"
	set(&config)
	require.NoError(t, writeYAML(o.config, config))
	o.open()
	// after a restart everyone must find it at the same place
	config.HTTP, config.MQTT = strings.TrimPrefix(o.info.URL, "http://"), o.info.MQTT
	require.NoError(t, writeYAML(o.config, config))
	return o
}

// open starts the controller.
func (o *office) open() {
	o.t.Helper()
	_ = os.Remove(filepath.Join(o.dir, "data", "controller.json"))
	o.process = start(o.t, "controller", nil, "controller", "--config", o.config)
	o.info = ready(o.t, filepath.Join(o.dir, "data"))
	o.api = &api{o.t, client.Client{Base: o.info.URL, Token: o.info.Token}}
}

// village is one node's process.
type village struct {
	id, dir string
	env     []string
	process *process
}

func (v *village) horn(t testing.TB) horn { return readHorn(t, filepath.Join(v.dir, "horn.wav")) }

func (v *village) start(t testing.TB) {
	t.Helper()
	v.process = start(t, v.id, v.env, "node", "--config", filepath.Join(v.dir, "node.yaml"))
}

// node sets a node up, as a technician does, and starts it.
func (o *office) node(id, sound string, env ...string) *village {
	o.t.Helper()
	o.send(http.MethodPut, "/api/v1/nodes/"+id, map[string]any{"name": "Cụm loa " + id, "area": "thon-1", "volume": 100}, nil)
	v := &village{id: id, dir: filepath.Join(o.dir, id), env: env}
	bin, err := loaBinary()
	require.NoError(o.t, err)
	run(o.t, "", bin, "provision", "--config", o.config, "--node", id, "--broker", o.info.MQTT, "--out", v.dir, "--sound", sound)
	v.start(o.t)
	return v
}

func (o *office) places() {
	o.send(http.MethodPut, "/api/v1/areas/la-da", map[string]any{"name": "Xã La Dạ", "kind": "commune"}, nil)
	o.send(http.MethodPut, "/api/v1/areas/thon-1", map[string]any{"name": "Thôn 1", "kind": "village", "parent": "la-da"}, nil)
}

func (o *office) clip(id string) []float32 {
	res := o.raw(http.MethodGet, "/api/v1/clips/"+id+"/audio", "", nil)
	require.Equal(o.t, http.StatusOK, res.status)
	return decoded(o.t, res.body)
}

// hold waits until the nodes hold all the clips of their plans.
func (o *office) hold(nodes, clips int) {
	o.t.Helper()
	await(o.t, "every node holds its clips", 20*time.Second, func() bool {
		held := 0
		for _, n := range o.nodes() {
			if n.Clips != nil && n.Clips.Held == clips && n.Clips.Of == clips {
				held++
			}
		}
		return held == nodes
	})
}

// soon is a whole second at least d from now.
func soon(d time.Duration) time.Time { return time.Now().Add(d).Truncate(time.Second).Add(time.Second) }

// The main job, told as a timeline of separate processes.
func TestHeardScheduledBulletin(t *testing.T) { witness.Play(t, heardScheduledBulletin) }

func heardScheduledBulletin(t testing.TB) {
	o := newOffice(t)
	o.places()
	villages := []*village{o.node("loa-1", "wav"), o.node("loa-2", "wav"), o.node("loa-3", "wav")}

	// the official uploads a phone's recording and types a text
	clip := o.upload(recording(t, "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy tuần này."))
	require.InDelta(t, -16, clip.LUFS, 1)
	require.LessOrEqual(t, clip.Peak, -1.0)
	require.Equal(t, clip.ID, clip.SHA256)
	var spoken clipAnswer
	o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Đề nghị các hộ gia đình dọn vệ sinh đường làng ngõ xóm.",
		"voice": "vi", "rate": 1}, &spoken)
	voice, speech := o.clip(clip.ID), o.clip(spoken.ID)

	// and schedules both
	at := soon(6 * time.Second)
	var programme struct{ ID string }
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{
		"title": "Bản tin sáng", "class": "normal", "at": at.Format(time.RFC3339), "start_late_s": 0,
		"targets": map[string]any{"areas": []string{"la-da"}},
		"rundown": []any{map[string]any{"clip": clip.ID}, map[string]any{"gap_s": 1}, map[string]any{"clip": spoken.ID}}}, &programme)
	o.hold(3, 2)
	witness.Judge(t, at.Add(-6*time.Second), at, func(t testing.TB) { require.True(t, time.Now().Before(at), "delivered before air time") })

	// then the office loses power
	o.process.kill()
	second := at.Add(time.Duration((clip.Seconds + 1) * 1e9))
	end := second.Add(time.Duration(spoken.Seconds * 1e9))

	// and one board too, in the middle of the second bulletin; it comes back by itself
	middle := second.Add(time.Second)
	until(middle)
	villages[2].process.kill()
	before := villages[2].horn(t)
	villages[2].start(t)
	until(end.Add(1500 * time.Millisecond))

	// every horn gave both, at the right instants
	for _, v := range villages[:2] {
		heardAt(t, v.id+" recording", v.horn(t), voice, at)
		heardAt(t, v.id+" speech", v.horn(t), speech, second)
	}
	// the board that lost power gave the beginning, and rejoined its neighbours
	heardAt(t, "loa-3 recording", before, voice, at)
	after := villages[2].horn(t)
	rejoined := after.firstSound(after.start)
	t.Logf("loa-3 was silent for %v", rejoined.Sub(middle).Round(time.Millisecond))
	witness.Judge(t, middle, rejoined, func(t testing.TB) { require.Less(t, rejoined.Sub(middle), 2500*time.Millisecond) })
	from := rejoined.Add(200 * time.Millisecond) // after the fade
	rest := speech[int(from.Sub(second).Seconds()*rate):]
	heardAt(t, "loa-3 rest of the speech", after, rest, from)

	// the office comes back, and the proof arrives with its true times
	o.open()
	var plays []playAnswer
	await(t, "every node has reported", 30*time.Second, func() bool {
		plays = o.plays("programme=" + programme.ID)
		return len(plays) >= 6
	})
	require.Len(t, plays, 6)
	for _, p := range plays {
		want, length := at, clip.Seconds
		if p.Item == 2 { // item 1 is the gap: nobody hears that
			want, length = second, spoken.Seconds
		}
		name := fmt.Sprintf("%s item %d: %+v", p.Node, p.Item, p)
		require.Equal(t, 100, p.Volume, name)
		if p.Node == "loa-3" && p.Item == 2 {
			require.Equal(t, "partly", p.Outcome, name)
			require.Equal(t, "off", p.Reason, name)
			require.Less(t, p.HeardS, length, name)
			continue
		}
		if v := villages[p.Node[len(p.Node)-1]-'1']; v != villages[2] {
			accounts(t, v.horn(t), map[int][]float32{0: voice, 2: speech}[p.Item], want, p)
		}
		witness.Judge(t, want.Add(-time.Second), p.Ended, func(t testing.TB) {
			require.Equal(t, "heard", p.Outcome, name)
			require.WithinDuration(t, want, p.Began, 20*time.Millisecond, name)
			require.InDelta(t, length, p.HeardS, 0.1, name)
		})
	}
	await(t, "every node is good again", 10*time.Second, func() bool {
		return !slices.ContainsFunc(o.nodes(), func(n nodeAnswer) bool { return n.State != "good" })
	})
	for _, v := range villages {
		v.process.stop()
	}
	o.process.stop()
}

// The very path of a board's sound: oto on ALSA, onto a card that stamps
// every frame.
//
// It runs alone: a sound card does not wait for a machine that is busy with
// other tests.
func TestHeardALSA(t *testing.T) { witness.Play(t, heardALSA) }

func heardALSA(t testing.TB) {
	o := newOffice(t)
	o.places()
	card, err := tapcard.New(t.TempDir())
	require.NoError(t, err)
	heard := &tapcard.Recorder{}
	ran := make(chan error, 1)
	go func() { ran <- card.Run(t.Context(), heard.Add) }()
	v := o.node("loa-1", "alsa", card.Env()...)

	clip := o.upload(recording(t, "Trạm truyền thanh xã La Dạ xin kính chào bà con."))
	want := o.clip(clip.ID)
	at := soon(4 * time.Second)
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{
		"title": "ALSA", "class": "priority", "at": at.Format(time.RFC3339),
		"targets": map[string]any{"nodes": []string{"loa-1"}}, "rundown": []any{map[string]any{"clip": clip.ID}}}, nil)
	await(t, "the node has reported", 30*time.Second, func() bool { return len(o.plays("node=loa-1")) == 1 })
	play := o.plays("node=loa-1")[0]
	witness.Judge(t, at, play.Ended, func(t testing.TB) { require.Equal(t, "heard", play.Outcome, "%+v", play) })
	t.Logf("the card ran dry %d times", card.Dry())
	heardAt(t, "ALSA", cardHorn(heard), want, at)
	v.process.stop()
}

// No sound card: a fault on the page, and a node that stays up and says so.
func TestE2ENoSoundDevice(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eNoSoundDevice)
}

func e2eNoSoundDevice(t testing.TB) {
	o := newOffice(t)
	o.places()
	empty := filepath.Join(t.TempDir(), "alsa.conf")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	v := o.node("loa-1", "alsa", "ALSA_CONFIG_PATH="+empty)
	await(t, "the fault is shown", 20*time.Second, func() bool {
		n := o.nodes()
		return len(n) == 1 && n[0].State == "fault" && len(n[0].Faults) == 1 && n[0].Faults[0].Code == "no_sound_device"
	})
	require.NotEmpty(t, o.nodes()[0].Faults[0].VI)

	at := soon(4 * time.Second)
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{
		"title": "Không ai nghe", "class": "normal", "at": at.Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"thon-1"}}, "rundown": []any{map[string]any{"chime": true}}}, nil)
	await(t, "the node has reported", 30*time.Second, func() bool { return len(o.plays("node=loa-1")) == 1 })
	play := o.plays("node=loa-1")[0]
	require.Equal(t, "not_heard", play.Outcome)
	require.Equal(t, "no_sound_device", play.Reason)
	require.True(t, v.process.running(), "no crash loop: the same process is still there")

	// pulled out: offline is shown as soon as the broker reports the will
	killed := time.Now()
	v.process.kill()
	await(t, "offline is shown", 20*time.Second, func() bool { return o.nodes()[0].State == "offline" })
	t.Logf("offline shown %v after the node died", time.Since(killed).Round(time.Millisecond))
	witness.Judge(t, killed, time.Now(), func(t testing.TB) { require.Less(t, time.Since(killed), 3*time.Second) })
}

// A board that stands still in the middle of a bulletin, as one does whose flash
// is slow: the horn lacks what was due meanwhile, the neighbours are not waited
// for, and the node says how much it was.
func TestE2EStalledBoardTellsTheTruth(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eStalledBoardTellsTheTruth)
}

func e2eStalledBoardTellsTheTruth(t testing.TB) {
	const stands = 3 * time.Second // a horn's file waits for two
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	clip := o.upload(recording(t, "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy tuần này. Đề nghị bà con đưa trẻ "+
		"đến đúng giờ, mang theo sổ tiêm."))
	sound := o.clip(clip.ID)
	at := soon(4 * time.Second)
	o.programme("Tiêm chủng", clip.ID, at)
	o.hold(1, 1)
	until(at.Add(time.Second))
	require.NoError(t, v.process.cmd.Process.Signal(syscall.SIGSTOP))
	until(at.Add(time.Second + stands))
	require.NoError(t, v.process.cmd.Process.Signal(syscall.SIGCONT))
	await(t, "the node has reported", 30*time.Second, func() bool { return len(o.plays("node=loa-1")) == 1 })
	p := o.plays("node=loa-1")[0]
	require.Equal(t, "partly", p.Outcome, "%+v", p)
	require.Greater(t, p.LengthS-p.HeardS, (stands / 2).Seconds(), "%+v", p)
	accounts(t, v.horn(t), sound, at, p)
}
