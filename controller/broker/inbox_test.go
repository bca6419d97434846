package broker

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
)

// Who says too much loses his own older words, and the others are heard in their turn.
func TestEachHasAShareOfTheInbox(t *testing.T) {
	in, now := newInbox(), time.Now()
	dropped, floods := 0, 0
	for i := range 3000 {
		n, flood := in.put(Message{Topic: "loud", Payload: fmt.Append(nil, i)}, now)
		dropped += n
		if flood {
			floods++
		}
	}
	require.Equal(t, 3000-perTopic, dropped)
	require.Equal(t, 1, floods, "told once")
	for i := range 5 {
		n, flood := in.put(Message{Topic: fmt.Sprint("n", i), Payload: []byte("word")}, now)
		require.Zero(t, n)
		require.False(t, flood)
	}
	var order []string
	for m, ok := in.next(); ok; m, ok = in.next() {
		order = append(order, m.Topic+" "+string(m.Payload))
	}
	require.Equal(t, []string{"loud 2984", "n0 word", "n1 word", "n2 word", "n3 word", "n4 word", "loud 2985"}, order[:7])
	require.Equal(t, "loud 2999", order[len(order)-1], "the latest is never lost")
	require.Len(t, order, perTopic+5)
	require.Zero(t, in.bytes)
}

func TestInboxIsBounded(t *testing.T) {
	in, now := newInbox(), time.Now()
	dropped := 0
	for i := range 300 {
		n, _ := in.put(Message{Topic: fmt.Sprint("n", i%100), Payload: make([]byte, 100<<10)}, now)
		dropped += n
	}
	require.LessOrEqual(t, in.bytes, inboxBytes)
	left := 0
	for _, ok := in.next(); ok; _, ok = in.next() {
		left++
	}
	require.Equal(t, 300, left+dropped)
	require.Zero(t, in.bytes)
}

// A board that says without end what it has to say is named, and the others are heard,
// all that they say, though the office is slow.
func TestOneThatFloodsTakesNothingFromTheOthers(t *testing.T) {
	b := start(t, Options{})
	floods, said := make(chan string, 10), make(chan string, 1000)
	office, _ := b.client(trust.ControllerName)
	office.opt.Flood = func(topic string) { floods <- topic }
	office.Subscribe(topics.AllUp("status"), 1, func(m Message) {
		<-time.After(5 * time.Millisecond)
		if m.Topic != topics.Up("loud", "status") {
			said <- string(m.Payload)
		}
	})
	b.settled(office, topics.AllUp("status"))
	// dealt with when what was retained is, so no word comes twice
	require.NoError(t, office.Publish(t.Context(), topics.Down("n1", "nothing"), 1, false, nil))
	loud, _ := b.client("loud")
	honest, _ := b.client("n1")
	for range 1000 {
		require.NoError(t, loud.Publish(t.Context(), topics.Up("loud", "status"), 0, false, []byte("I am here")))
	}
	for i := range 20 {
		require.NoError(t, honest.Publish(t.Context(), topics.Up("n1", "status"), 1, true, fmt.Append(nil, i)))
		require.Equal(t, fmt.Sprint(i), wait(t, said, "word"))
	}
	require.Equal(t, topics.Up("loud", "status"), wait(t, floods, "word of it"))
}
