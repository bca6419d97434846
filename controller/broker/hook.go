package broker

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"loa/node/wire"
)

// Bounds on what one node may make the broker keep.
const (
	maxKeepalive     = 300 // seconds; a client that asks for more, or for none, gets this
	maxSubscriptions = 512
	maxNodeMessage   = 256 << 10 // bytes of payload
	maxNodeRetained  = 8         // topics
	maxNodeInflight  = 64        // QoS 1 messages not acknowledged
	maxNodeBehind    = 8 << 20   // bytes of them, and of those that wait to be written; a plan has 1 MiB at most
	maxBehind        = 32 << 20  // of the controller, to whom all nodes write
	takeoverPatience = 5 * time.Second
)

type counters struct {
	bytesIn, bytesOut                atomic.Int64
	fanned, denied, dropped, refused atomic.Int64
}

// hook is where mochi asks us: who is there, what may it do, how is it sent.
type hook struct {
	mqtt.HookBase
	server     *mqtt.Server
	rules      []Rule
	controller string // name of the controller
	log        *slog.Logger
	count      counters
	closing    atomic.Bool
	topics     wire.Topics
	may        func(node, branch, subject string) bool // may be nil
	retained   Retained
	admit      func(ctx context.Context, cert *x509.Certificate) bool
	tap        func(topic string, payload []byte, retained bool) // may be nil
	twin       func(node, addr string)                           // may be nil

	mu       sync.RWMutex
	sessions map[string]*session // by client name: the one that is admitted
}

// ID names the hook to mochi.
func (h *hook) ID() string { return "loa" }

// Provides tells mochi which questions to ask.
func (h *hook) Provides(b byte) bool {
	return bytes.IndexByte([]byte{
		mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSubscribe, mqtt.OnPublish,
		mqtt.OnQosPublish, mqtt.OnPacketEncode, mqtt.OnPublishDropped, mqtt.OnWill, mqtt.OnPacketProcessed, mqtt.OnUnsubscribed,
		mqtt.OnPacketRead,
	}, b) >= 0
}

func sessionOf(cl *mqtt.Client) *session {
	s, _ := cl.Net.Conn.(*session)
	return s
}

// OnConnect refuses MQTT 5, whose topic aliases, delayed wills and other
// additions nobody here needs, and bounds what a connection asks for.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	if cl.Properties.ProtocolVersion != 4 {
		h.count.refused.Add(1)
		_ = h.server.SendConnack(cl, packets.ErrUnsupportedProtocolVersion, false, nil) // refused either way
		return packets.ErrUnsupportedProtocolVersion
	}
	cl.Properties.Clean = true
	if k := cl.State.Keepalive; k == 0 || k > maxKeepalive {
		cl.State.Keepalive = maxKeepalive
	}
	return nil
}

// OnConnectAuthenticate admits a client whose id, user name and will agree
// with its certificate, and waits until an earlier connection of the same
// client is wholly gone: mochi would let the two undo each other's state.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	s := sessionOf(cl)
	if s == nil {
		return false
	}
	if reason := h.objection(s, cl, pk); reason != "" {
		h.count.refused.Add(1)
		h.log.Warn("broker refused a client", "certificate", s.name, "client", cl.ID, "reason", reason)
		return false
	}
	if s.known != nil {
		s.known()
	}
	if h.elderAnswers(s) {
		h.count.refused.Add(1)
		return false
	}
	h.mu.Lock()
	old := h.sessions[s.name]
	h.sessions[s.name] = s
	h.mu.Unlock()
	if old == nil {
		return true
	}
	old.replaced.Store(true)
	old.Close()
	patience := time.NewTimer(takeoverPatience)
	defer patience.Stop()
	select {
	case <-old.gone:
		return true
	case <-patience.C:
		h.log.Error("broker could not end an earlier connection", "client", s.name)
		return false
	}
}

func (h *hook) objection(s *session, cl *mqtt.Client, pk packets.Packet) string {
	user := string(pk.Connect.Username)
	switch {
	case !s.controller && !wire.ValidID(s.name):
		return "certificate bears no node id"
	case cl.ID != s.name:
		return "client id is not the certificate's name"
	case user != "" && user != s.name:
		return "user name is not the certificate's name"
	case pk.Connect.WillFlag && pk.Connect.WillRetain:
		return "will must not be retained"
	case pk.Connect.WillFlag && !allowed(h.rules, s.name, s.controller, true, pk.Connect.WillTopic):
		return "will is on a topic it may not write"
	}
	return ""
}

// leave forgets a session whose connection has ended.
func (h *hook) leave(s *session, err error) {
	h.mu.Lock()
	if h.sessions[s.name] == s {
		delete(h.sessions, s.name)
	}
	h.mu.Unlock()
	close(s.gone)
	h.log.Debug("broker client left", "client", s.name, "replaced", s.replaced.Load(), "reason", err)
}

func (h *hook) session(name string) *session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.sessions[name]
}

// OnACLCheck answers for publishing, for subscribing (topic is then a filter)
// and for each delivery.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	s := sessionOf(cl)
	if s == nil {
		return false
	}
	ok := allowed(h.rules, s.name, s.controller, write, topic)
	if !ok {
		h.deny(s, "topic", topic, write)
	}
	return ok
}

// deny counts a denial, and logs the first of a connection.
func (h *hook) deny(s *session, what, topic string, write bool) {
	h.count.denied.Add(1)
	if s.denied.CompareAndSwap(false, true) {
		h.log.Warn("broker denied a client", "client", s.name, "what", what, "topic", clip(topic), "write", write)
	}
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxTopic)], "?") }

// OnSubscribe ends a client that piles up subscriptions.
func (h *hook) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	if s := sessionOf(cl); s != nil && cl.State.Subscriptions.Len()+len(pk.Filters) > maxSubscriptions {
		h.deny(s, "subscriptions", "", false)
		cl.Stop(packets.ErrQuotaExceeded)
		pk.Filters = nil
	}
	h.own(cl, &pk)
	h.retained.Claim(&pk)
	return pk
}

// own takes from a node's subscriptions those to sound that is not for it: of a
// clip or a call that concerns others, or of all of them at once. What is taken
// is refused where it stands in the list, by the rules.
func (h *hook) own(cl *mqtt.Client, pk *packets.Packet) {
	s := sessionOf(cl)
	if s == nil || s.controller || h.may == nil {
		return
	}
	for i, f := range pk.Filters {
		sound := strings.HasPrefix(f.Filter, h.topics.Clip("")) || strings.HasPrefix(f.Filter, h.topics.Live(""))
		if !sound {
			continue
		}
		branch, subject, _, ok := h.topics.Parse(f.Filter)
		if !ok || !h.may(s.name, branch, subject) {
			pk.Filters[i].Filter = notYours
		}
	}
}

// notYours is a topic that no rule permits.
const notYours = "not-yours"

// OnPublish bounds what a node publishes, and itself delivers what needs no
// acknowledgement: encoded once, the same bytes for everyone.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	s := sessionOf(cl)
	if s == nil {
		return pk, packets.ErrRejectPacket
	}
	if !s.controller {
		if len(pk.Payload) > maxNodeMessage || pk.FixedHeader.Retain && !h.mayRetain(s, pk) {
			h.deny(s, "size or number of messages", pk.TopicName, true)
			cl.Stop(packets.ErrQuotaExceeded)
			return pk, packets.ErrRejectPacket
		}
	}
	if wait := s.pace(time.Now()); wait > 0 { // on its own goroutine: it reads no more of what it is sent meanwhile
		<-time.After(wait)
	}
	h.show(pk.TopicName, pk.Payload, pk.FixedHeader.Retain)
	h.retained.Keep(h.server, &pk)
	if pk.FixedHeader.Qos > 0 {
		return pk, nil
	}
	if err := h.fanOut(pk); err != nil {
		return pk, packets.ErrRejectPacket
	}
	return pk, packets.CodeSuccessIgnore
}

func (h *hook) show(topic string, payload []byte, retained bool) {
	if h.tap != nil {
		h.tap(topic, payload, retained)
	}
}

// mayRetain bounds the topics on which a node has something retained.
func (h *hook) mayRetain(s *session, pk packets.Packet) bool {
	if _, ok := h.server.Topics.Retained.Get(pk.TopicName); ok || len(pk.Payload) == 0 {
		return true
	}
	n, own := 0, "/up/"+s.name+"/"
	for topic := range h.server.Topics.Retained.GetAll() {
		if strings.Contains(topic, own) {
			n++
		}
	}
	return n < maxNodeRetained
}

func (h *hook) fanOut(pk packets.Packet) error {
	out := packets.Packet{
		FixedHeader:     packets.FixedHeader{Type: packets.Publish},
		ProtocolVersion: 4,
		TopicName:       pk.TopicName,
		Payload:         pk.Payload,
	}
	var buf bytes.Buffer
	buf.Grow(len(pk.Payload) + len(pk.TopicName) + 8)
	if err := out.PublishEncode(&buf); err != nil {
		return err
	}
	in := h.laneOf(pk.TopicName)
	for name := range h.server.Topics.Subscribers(pk.TopicName).Subscriptions {
		s := h.session(name)
		if s == nil || !allowed(h.rules, s.name, s.controller, false, pk.TopicName) {
			continue
		}
		if s.offer(buf.Bytes(), in) {
			h.count.fanned.Add(1)
		} else {
			h.count.dropped.Add(1)
		}
	}
	return nil
}

// OnUnsubscribed forgets the chunks that a client does not want any more.
func (h *hook) OnUnsubscribed(cl *mqtt.Client, pk packets.Packet) {
	for _, sub := range pk.Filters {
		if branch, _, _, _ := h.topics.Parse(sub.Filter); branch == "clip" {
			if s := sessionOf(cl); s != nil {
				s.dropBulk()
			}
		}
	}
}

// laneOf is where what goes to a topic waits for its clients.
func (h *hook) laneOf(topic string) lane {
	switch branch, _, kind, _ := h.topics.Parse(topic); {
	case branch == "clip" || kind == wire.KindPiece:
		return bulkLane
	case branch == "live":
		return voiceLane
	}
	return urgentLane
}

// OnQosPublish ends a client that does not read or acknowledges nothing: what
// it owes would otherwise grow in our memory. It comes back and gets what is
// retained.
func (h *hook) OnQosPublish(cl *mqtt.Client, pk packets.Packet, _ int64, _ int) {
	s := sessionOf(cl)
	if s == nil {
		return
	}
	size := len(pk.Payload)
	behind := s.waits(size) || s.owes(size, func() int { return unacknowledged(cl) })
	if behind || !s.controller && cl.State.Inflight.Len() > maxNodeInflight {
		h.count.dropped.Add(1)
		cl.Stop(errors.New("too far behind"))
	}
}

// unacknowledged is how many bytes mochi keeps for a client's acknowledgement.
// It forgets those whose numbers the client uses for messages of its own, so
// that what waits to be written is counted apart.
func unacknowledged(cl *mqtt.Client) (size int) {
	for _, pk := range cl.State.Inflight.GetAll(false) {
		size += len(pk.Payload)
	}
	return size
}

// OnPacketEncode holds a packet back while its client's outbox is full. mochi
// holds no lock here, and calls it on a goroutine of that client, except for
// the packets that are excluded.
func (h *hook) OnPacketEncode(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	switch pk.FixedHeader.Type {
	case packets.Connack, packets.Disconnect:
	default:
		if s := sessionOf(cl); s != nil {
			s.makeRoom()
			if pk.FixedHeader.Type == packets.Publish && pk.FixedHeader.Qos > 0 {
				s.waits(-len(pk.Payload))
			}
		}
	}
	return pk
}

// OnPublishDropped counts what mochi dropped because a client's queue was full.
func (h *hook) OnPublishDropped(*mqtt.Client, packets.Packet) { h.count.dropped.Add(1) }

// OnWill silences the will of a client that is not gone: it has connected
// again, or it is the broker that stops. Without a topic nobody hears it.
func (h *hook) OnWill(cl *mqtt.Client, will mqtt.Will) (mqtt.Will, error) {
	if s := sessionOf(cl); s == nil || s.replaced.Load() || h.closing.Load() {
		return mqtt.Will{}, nil
	}
	h.show(will.TopicName, will.Payload, will.Retain)
	return will, nil
}
