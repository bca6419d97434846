package broker

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Topics are retained for the first time, and cleared, while others subscribe to
// them: each subscriber gets what is kept, and none reads a name half written,
// which the race detector sees without ours in mochi's place.
func TestRetainedWhileOthersSubscribe(t *testing.T) {
	b := start(t, Options{})
	office, _ := b.client("controller")
	r := b.raw("n1")
	require.Equal(t, 0, r.connect(connect{id: "n1"}))
	done := make(chan error, 1)
	go func() {
		for i := range 300 {
			for _, payload := range []string{"x", ""}[:1+i%2] {
				if err := office.Publish(t.Context(), topics.Down("n1", fmt.Sprint("k", i)), 1, true, []byte(payload)); err != nil {
					done <- err
					return
				}
			}
		}
		done <- nil
	}()
	for publishing := true; publishing; {
		r.send(packet(0x82, []byte{0, 7}, str(topics.AllDown("n1")), []byte{0}))
		for head := byte(0); head != 0x90; { // what came meanwhile lies before the answer
			var err error
			head, _, err = r.packet()
			require.NoError(t, err)
		}
		select {
		case err := <-done:
			require.NoError(t, err)
			publishing = false
		default:
		}
	}
	kept, frames, err := b.broker.hook.retained.Matching(b.broker.server, topics.AllDown("n1"))
	require.NoError(t, err)
	require.Len(t, kept, 150, "every other was cleared")
	require.Len(t, frames, 150)
}
