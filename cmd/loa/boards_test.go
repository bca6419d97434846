//go:build boards

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/speaker/tapcard"
)

// The boards' own builds, with the boards' own ALSA and Opus, on an emulated
// processor: each gets its plan over the real wire and plays it into a card
// that stamps every frame. make test-boards runs it; LOA_BOARDS is the folder
// of make cross.
func TestBoards(t *testing.T) {
	for _, board := range []struct{ arch, processor string }{{"arm64", "qemu-aarch64-static"}, {"armhf", "qemu-arm-static"}} {
		t.Run(board.arch, func(t *testing.T) {
			o := newOffice(t)
			o.places()
			card, err := tapcard.New(t.TempDir())
			require.NoError(t, err)
			heard := &tapcard.Recorder{}
			go func() { _ = card.Run(t.Context(), heard.Add) }() // what is wrong with it is heard
			v := o.node("loa-1", "alsa", card.Env()...)
			v.process.kill() // this machine's own build only made its settings

			began := time.Now()
			loa := filepath.Join(os.Getenv("LOA_BOARDS"), board.arch, "loa")
			v.process = launch(t, board.processor, v.id, v.env, "-L", "/", loa, "node", "--config", filepath.Join(v.dir, "node.yaml"))
			o.good(1)
			t.Logf("ready %v after its start, emulated", time.Since(began).Round(time.Millisecond))

			clip := o.upload(recording(t, "Trạm truyền thanh xã La Dạ xin kính chào bà con."))
			at := soon(6 * time.Second)
			o.send(http.MethodPost, "/api/v1/programmes", map[string]any{
				"title": "Bo mạch", "class": "priority", "at": at.Format(time.RFC3339),
				"targets": map[string]any{"nodes": []string{"loa-1"}}, "rundown": []any{map[string]any{"clip": clip.ID}}}, nil)
			await(t, "the node has reported", 40*time.Second, func() bool { return len(o.plays("node=loa-1")) == 1 })
			play := o.plays("node=loa-1")[0]
			require.Equal(t, "heard", play.Outcome, "%+v", play)
			heardAt(t, board.arch, cardHorn(heard), o.clip(clip.ID), at)
		})
	}
}
