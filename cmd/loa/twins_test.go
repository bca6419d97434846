package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// A memory card is copied, and both boards run: the office names them within a
// minute, the elder is kept, and of a voice meanwhile it gives out everything; the
// other board is turned away and gives out nothing.
func TestE2ETwins(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eTwins)
}

func e2eTwins(t testing.TB) {
	o := newOffice(t)
	o.places()
	elder := o.node("loa-1", "wav")
	await(t, "it is there", time.Minute, func() bool { return o.state("loa-1") == "good" })
	elder.process.stop() // a card is copied when it is out of its board
	copied := &village{id: "loa-1-copied", dir: filepath.Join(o.dir, "copied")}
	require.NoError(t, os.CopyFS(copied.dir, os.DirFS(elder.dir)))
	require.NoError(t, os.Remove(filepath.Join(copied.dir, "horn.wav")))
	require.NoError(t, os.Remove(filepath.Join(copied.dir, "horn.wav.json")))
	path := filepath.Join(copied.dir, "node.yaml")
	settings, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(settings), elder.dir, copied.dir)), 0o600))
	elder.start(t) // its state may still be the one of before: only its own word says that it is in
	await(t, "it is back", time.Minute, func() bool { return strings.Contains(elder.process.said(), "link up") })

	began := time.Now()
	copied.start(t)
	twins := func() bool {
		return slices.ContainsFunc(o.nodes()[0].Faults, func(f struct{ Code, VI, EN string }) bool {
			return f.Code == "identity_shared" && strings.Contains(f.VI, "Hai thiết bị dùng chung một danh tính")
		})
	}
	await(t, "they are found and named", time.Minute, twins)
	t.Logf("two boards with one identity are named after %v", time.Since(began).Round(time.Millisecond))

	voice, _ := speech(t, "Đây là tiếng nói trực tiếp từ Ủy ban nhân dân xã La Dạ. Mời bà con chú ý lắng nghe. Chiều nay có mưa lớn, bà "+
		"con không qua suối.")
	spoke := time.Now()
	start(t, "call", nil, "call", "--controller", filepath.Join(o.dir, "data", "controller.json"), "--area", "la-da", "--source", voice,
		"--no-chime").ends(40 * time.Second)
	call := o.calls()[0]
	await(t, "the elder has proved it", 20*time.Second, func() bool { return len(o.plays("programme="+call.ID)) == 1 })
	play := o.plays("programme=" + call.ID)[0]
	witness.Judge(t, spoke, *call.Ended, func(t testing.TB) {
		require.Equal(t, "heard", play.Outcome, "%+v", play)
		require.Greater(t, play.HeardS, 0.95*play.LengthS, "%+v", play)
	})
	require.False(t, elder.horn(t).firstSound(spoke).IsZero())
	require.True(t, copied.horn(t).firstSound(began).IsZero(), "the copied one is silent")
	require.Equal(t, 1, strings.Count(elder.process.said(), "link up"), "the elder was never pushed out")
	require.NotContains(t, copied.process.said(), "link up")
	require.True(t, twins(), "and it is still told")

	// with the elder gone the other may serve: a board that was only moved to another place is no twin
	elder.process.kill()
	await(t, "the other takes its place", time.Minute, func() bool { return strings.Contains(copied.process.said(), "link up") })
	o.send(http.MethodPost, "/api/v1/stop", map[string]any{"targets": map[string]any{"areas": []string{"la-da"}}}, nil)
}
