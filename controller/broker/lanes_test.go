package broker

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestVoiceOvertakesFile(t *testing.T) {
	s := &session{count: &counters{}, most: nodeLane}
	s.change = sync.NewCond(&s.mu)
	require.True(t, s.offer([]byte("chunk 1"), bulkLane))
	require.True(t, s.offer([]byte("chunk 2"), bulkLane))
	require.True(t, s.offer([]byte("voice 1, "), voiceLane))
	require.True(t, s.offer([]byte("voice 2"), voiceLane))
	_, err := s.Write([]byte("stop"))
	require.NoError(t, err)
	for _, want := range []string{"stop", "voice 1, voice 2", "chunk 1", "chunk 2"} {
		frame, ok := s.next()
		require.True(t, ok)
		require.Equal(t, want, string(frame))
	}
	require.False(t, s.offer(make([]byte, bulkMost+1), bulkLane))
	require.True(t, s.offer(make([]byte, bulkMost), bulkLane))
	require.False(t, s.offer([]byte{1}, bulkLane))
}

// A client that cannot take a voice as fast as it is spoken gets what is young enough to be heard.
func TestVoiceThatIsTooOldIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &session{count: &counters{}, most: nodeLane}
		s.change = sync.NewCond(&s.mu)
		for i := range 100 { // ten seconds of it
			require.True(t, s.offer([]byte{byte(i)}, voiceLane))
			time.Sleep(100 * time.Millisecond)
		}
		require.LessOrEqual(t, len(s.voice), 16)
		frame, ok := s.next()
		require.True(t, ok)
		require.Equal(t, byte(85), frame[0])
		require.Equal(t, byte(99), frame[len(frame)-1])
		require.EqualValues(t, 85, s.count.dropped.Load())
	})
}

// A client that waits to try again is woken by a sender that has something to say; a broker that
// refuses is not asked without end for that.
func TestWhatIsToBeSaidWakesTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{hurry: make(chan struct{}, 1)}
		began := time.Now()
		time.AfterFunc(3*time.Second, func() { require.ErrorIs(t, c.Publish(t.Context(), "x", 0, false, nil), ErrNotConnected) })
		c.pause(t.Context(), lastBackoff)
		require.Equal(t, 3*time.Second, time.Since(began))
		c.Hurry()
		began = time.Now()
		c.pause(t.Context(), lastBackoff)
		require.Equal(t, firstBackoff, time.Since(began))
		c.pause(t.Context(), firstBackoff/2)
		require.Equal(t, firstBackoff*3/2, time.Since(began))
	})
}
