package broker

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
	"loa/node/wire"
)

// Everybody who can reach the broker tries: one without a certificate of this
// commune, and a board in an attacker's hands, which speaks for another, for the
// office, or listens where it must not. What reaches an honest board and the
// office is what they say to one another, all of it and nothing else.
func TestAttacksOnTheWire(t *testing.T) {
	atBothDoors(t, Options{}, func(t *testing.T, d *door) {
		d.refusesStrangers()
		office := d.peer(trust.ControllerName, topics.AllUp("+"))
		honest := d.peer("n1", topics.AllDown("n1"), topics.All("+"), topics.Live("+"), topics.Clip("+"))
		require.True(t, office.say(topics.Down("n1", wire.KindPlan), []byte("the plan"), true))
		honest.hears("the plan")

		d.speaksForOthers(office, honest)
		d.listensWhereItMustNot(office, honest)
		d.isInTheWay(office, honest)

		// nothing of it is kept either
		again := d.peer(trust.ControllerName, topics.AllUp("+"))
		require.True(t, honest.say(topics.Up("n1", wire.KindReport), []byte("all is well"), false))
		for _, m := range again.hears("all is well") {
			require.Equal(t, topics.Up("n1", wire.KindStatus), m.Topic)
			require.Equal(t, "true", string(m.Payload))
		}
		require.NoError(t, honest.Close()) // while it answers nobody takes its place
		anew := d.peer("n1", topics.AllDown("n1"), topics.All("+"), topics.Live("+"), topics.Clip("+"))
		// What is retained comes after the answer to the subscription, and what is
		// said meanwhile may overtake it.
		require.Empty(t, anew.hears("the plan"))
		require.True(t, again.say(topics.Down("n1", wire.KindAck), []byte("the last"), false))
		require.Empty(t, anew.hears("the last"))
	})
}

// refusesStrangers is who has no certificate, or one of another commune, or
// would speak a TLS that is not enough.
func (d *door) refusesStrangers() {
	none := d.tls("n1")
	none.Certificates = nil
	other, err := trust.Open(d.TempDir(), trust.Options{Commune: "la-da"})
	require.NoError(d, err)
	foreign := nodeTLS(d.TB, other, "n1")
	foreign.RootCAs = none.RootCAs
	old := d.tls("n2")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	for what, conf := range map[string]*tls.Config{"no certificate": none, "another commune's": foreign, "TLS 1.2": old} {
		_, code := d.try(conf, "n1")
		require.Equal(d, -1, code, what)
	}
}

// speaksForOthers is a board that speaks for another one, or for the office.
func (d *door) speaksForOthers(office, honest *peer) {
	for _, topic := range []string{topics.All(wire.KindCall), topics.All(wire.KindStop), topics.Down("n1", wire.KindPlan),
		topics.Down("n1", wire.KindTime),
		topics.Live("x"), topics.Clip(sha), topics.Up("n1", wire.KindStatus), topics.Up("n1", wire.KindGone)} {
		thief := d.peer("n2")
		thief.say(topic, []byte("a lie"), true)
		_ = thief.Close()
	}
	// by another's name: ours lets it not in, Mosquitto names it n2 all the same
	if r, code := d.try(d.tls("n2"), "n1"); code == 0 {
		thief := r.reads()
		thief.say(topics.Up("n1", wire.KindStatus), []byte("a lie"), true)
		_ = thief.Close()
	}
	require.True(d, honest.alive(), "nobody took its place")
	d.hearEachOther(office, honest)
}

// hearEachOther is that the office and the board hear one another, and have
// heard nothing else since.
func (d *door) hearEachOther(office, honest *peer) {
	d.Helper()
	require.True(d, office.say(topics.Down("n1", wire.KindAck), []byte("well"), false))
	require.Empty(d, honest.hears("well"))
	require.True(d, honest.say(topics.Up("n1", wire.KindStatus), []byte("true"), true))
	require.Empty(d, office.hears("true"))
}

// listensWhereItMustNot is a board that asks for what is another's.
func (d *door) listensWhereItMustNot(office, honest *peer) {
	for _, filter := range []string{"#", "loa/#", topics.Down("n1", wire.KindPlan), topics.AllUp("+"), topics.Up("n1", wire.KindStatus),
		"$SYS/#"} {
		thief := d.peer("n2", topics.AllDown("n2"))
		thief.subscribe(filter)
		d.hearEachOther(office, honest)
		require.True(d, office.say(topics.Down("n2", wire.KindAck), []byte("yours"), false))
		for _, m := range thief.hears("yours") {
			require.NotContains(d, m.Topic, "n1", filter)
			require.NotContains(d, m.Topic, "$SYS", filter)
		}
		_ = thief.Close()
	}
}

// isInTheWay is the half-open, the oversize and the slow: of a board, and of one
// that has the controller's certificate.
func (d *door) isInTheWay(office, honest *peer) {
	before := d.memory()
	for range 300 {
		c, err := net.Dial("tcp", d.addr)
		require.NoError(d, err)
		d.Cleanup(func() { _ = c.Close() })
		_, _ = c.Write(unfinished)
	}
	require.Less(d, d.enter("n2").oversize(), 100)
	slow := d.enter("n4")
	require.NotEqual(d, byte(0x80), slow.subscribe(topics.Clip("+"))[0], "it may read clips")
	for range 800 { // for one who does not read
		office.send(packet(0x30, str(topics.Clip(sha)), make([]byte, wire.ChunkSize)))
	}
	require.True(d, office.say(topics.Down("n1", wire.KindAck), []byte("well"), false))
	for _, m := range honest.hears("well") {
		require.Equal(d, topics.Clip(sha), m.Topic)
	}
	_ = office.Close()
	require.Less(d, d.enter(trust.ControllerName).oversize(), 100)
	most := d.memory() - before
	d.Logf("it held %.0f MiB more", most)
	require.Less(d, most, 64.0)
	require.True(d, honest.alive())
}

// unfinished is a hello that goes no further.
var unfinished = []byte{0x16, 3, 1, 2, 0, 1}

// oversize is how many MB were taken of a message of 100.
func (r *raw) oversize() (taken int) {
	r.send([]byte{0x30, 0x80, 0x80, 0x80, 0x32})
	for ; taken < 100; taken++ {
		if _, err := r.Write(make([]byte, 1<<20)); err != nil {
			break
		}
	}
	return taken
}

// A board listens to the sound that is for it, and not to that of others, nor to
// all there is.
func TestABoardListensToItsOwn(t *testing.T) {
	own, others := strings.Repeat("a", 64), strings.Repeat("b", 64)
	b := start(t, Options{May: func(node, branch, subject string) bool {
		return node == "n1" && (branch == "clip" && subject == own || branch == "live" && subject == "call-1")
	}})
	r := b.raw("n1")
	require.Equal(t, 0, r.connect(connect{id: "n1"}))
	require.Equal(t, []byte{1, 1, 1, 0x80, 0x80, 0x80, 0x80, 0x80}, r.subscribe(topics.AllDown("n1"), topics.Clip(own), topics.Live("call-1"),
		topics.Clip(others), topics.Live("call-2"), topics.Clip("+"), topics.Live("+"), topics.Live("#")))
	other := b.raw("n2")
	require.Equal(t, 0, other.connect(connect{id: "n2"}))
	require.Equal(t, []byte{0x80, 0x80}, other.subscribe(topics.Clip(own), topics.Live("call-1")))
	b.client(trust.ControllerName, topics.AllUp("+")) // the office is not bound by it
}
