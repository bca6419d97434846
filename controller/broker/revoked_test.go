package broker

import (
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/trust"
	"loa/node/wire"
)

// A board that was revoked is out when Mosquitto has started anew, and does not
// come back; by SIGHUP already no more of its kind are let in. Package controller
// shows that the list is written as soon as a board is revoked, and that what it
// says meanwhile counts for nothing. Ours: TestRevokedNodeIsOut.
func TestMosquittoHeedsRevocation(t *testing.T) {
	t.Parallel()
	d := atMosquitto(t)
	office := d.peer(trust.ControllerName, topics.AllUp("+"))
	stolen, honest := d.tls("n2"), d.tls("n1")
	inside, stays := d.peer("n2", topics.AllDown("n2")), d.peer("n1", topics.AllDown("n1"))

	list := filepath.Join(d.mosquitto.folder, "crl.pem")
	revoke(t, d.keys, list, "n2")
	_, code := d.try(d.tls("n3"), "n3")
	require.Zero(t, code)
	require.True(t, inside.alive(), "Mosquitto has not read it yet")
	require.True(t, inside.say(topics.Up("n2", wire.KindStatus), []byte("a lie"), false))
	office.hears("a lie")

	require.NoError(t, d.mosquitto.cmd.Process.Signal(syscall.SIGHUP))
	require.Eventually(t, func() bool { _, code := d.try(stolen, "n2"); return code != 0 }, long, 10*time.Millisecond,
		"by SIGHUP it lets no more in")
	require.True(t, stays.alive())

	d.mosquitto.stop()
	d.mosquitto.start()
	require.False(t, inside.alive())
	office = d.peer(trust.ControllerName, topics.AllUp("+"))
	r, code := d.try(honest, "n1")
	require.Zero(t, code, "who was not revoked is back")
	stays = r.reads(topics.AllDown("n1"))
	_, code = d.try(stolen, "n2")
	require.NotZero(t, code, "never again")
	d.hearEachOther(office, stays)
}

// revoke keeps a node out, as the office does, and writes the list of it.
func revoke(t *testing.T, keys *trust.Trust, list, node string) {
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, st.Close()) }()
	require.NoError(t, st.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	require.NoError(t, st.PutNode(t.Context(), store.Node{ID: node, Name: node, Area: "la-da", Volume: 80, Created: time.Now()}))
	now := func() time.Time { return time.Now().Add(time.Second) } // the certificate may be of this very millisecond
	enrol := trust.NewEnrolment(st, keys, "la-da", trust.Broker{}, func(string) {}, now)
	require.NoError(t, enrol.Revoke(t.Context(), node))
	wrote, err := enrol.WriteCRL(t.Context(), list)
	require.NoError(t, err)
	require.True(t, wrote)
}
