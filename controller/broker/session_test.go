package broker

import (
	"bytes"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// What has gathered for a client that is behind goes in order, in writes of no
// more than a piece, and a long frame by itself.
func TestGatheredFramesGoTogether(t *testing.T) {
	conn, other := net.Pipe()
	defer conn.Close()
	defer other.Close()
	s := newSession(conn, "loa-1", false, &counters{})
	shared := []byte("first")
	var want []byte
	for _, frame := range [][]byte{shared, []byte("second"), bytes.Repeat([]byte("l"), writePiece), []byte("third"), []byte("fourth")} {
		require.True(t, s.offer(frame, urgentLane))
		want = append(want, frame...)
	}
	require.Equal(t, len(want), s.urgentSize)
	var got []byte
	var lengths []int
	for s.urgentSize > 0 {
		frame, ok := s.next()
		require.True(t, ok)
		got, lengths = append(got, frame...), append(lengths, len(frame))
	}
	require.Equal(t, want, got)
	require.Equal(t, []int{11, writePiece, 11}, lengths)
	require.Equal(t, "first", string(shared), "others have it, too")

	require.True(t, s.offer(shared, urgentLane))
	frame, _ := s.next()
	require.Same(t, &shared[0], &frame[0], "alone it is not copied")
}
