package broker

import (
	"bufio"
	"crypto/tls"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
	"loa/node/wire"
)

// join is CONNECT's return code for one more connection of a node.
func (b *bench) join(id string) (r *raw, code int, took time.Duration) {
	b.Helper()
	began := time.Now()
	conn, err := tls.Dial("tcp", b.broker.Addr(), nodeTLS(b.TB, b.trust, id))
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	require.NoError(b, conn.SetDeadline(time.Now().Add(patience)))
	_, err = conn.Write(connect{id: id, keepalive: 300}.bytes())
	require.NoError(b, err)
	r = &raw{b.TB, conn, bufio.NewReader(conn)}
	_, body, err := r.packet()
	require.NoError(b, err)
	return r, int(body[1]), time.Since(began)
}

// Two boards with one identity: the elder stays, the other is turned away and told of.
func TestTheElderOfTwoTwinsStays(t *testing.T) {
	told := make(chan string, 10)
	b := start(t, Options{Twin: func(node, addr string) { told <- node }})
	elder, got := b.client("n1", topics.AllDown("n1"))
	controller, _ := b.client(trust.ControllerName)
	for range 3 {
		_, code, took := b.join("n1")
		require.Equal(t, 5, code)
		require.Less(t, took, elderPatience)
		require.Equal(t, "n1", wait(t, told, "word of it"))
	}
	require.NoError(t, controller.Publish(t.Context(), topics.Down("n1", "ack"), 1, false, []byte("still here")))
	m := wait(t, got, "message")
	for m.Topic == topics.Down("n1", wire.KindProbe) {
		m = wait(t, got, "message")
	}
	require.Equal(t, "still here", string(m.Payload))
	require.EqualValues(t, 1, elder.Counters().Connects)
}

// One that has lost its network without a word does not keep its place.
func TestTheElderThatDoesNotAnswerGoes(t *testing.T) {
	b := start(t, Options{Twin: func(string, string) { t.Error("there is but one") }})
	b.join("n1") // reads and acknowledges nothing further
	_, code, took := b.join("n1")
	require.Zero(t, code)
	require.Greater(t, took, elderPatience/2)
	require.Less(t, took, patience)
}

// A node has its share of the broker, and what is more waits.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began, n := &session{}, time.Now(), 0
		for time.Since(began) < 20*time.Second {
			time.Sleep(s.pace(time.Now()))
			n++
		}
		require.InDelta(t, paceBurst+20*paceRate, n, 10)
		time.Sleep(time.Minute)
		for range int(paceBurst) {
			require.Zero(t, s.pace(time.Now()))
		}
		require.Positive(t, s.pace(time.Now()))
		office := &session{controller: true}
		for range 10_000 {
			require.Zero(t, office.pace(time.Now()))
		}
	})
}
