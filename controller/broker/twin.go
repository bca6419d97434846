package broker

import (
	"bytes"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"loa/node/wire"
)

// Two boards with one identity, a copied memory card perhaps, would else push each
// other out for ever, and each would hear half. So when somebody comes with the
// certificate of a node that is connected, that node is asked for an
// acknowledgement, which takes a live one no time. If it answers, it stays and the
// other is turned away; if it does not, for it has lost its network or its power
// without a word, the other takes its place, after elderPatience at the most. The
// acknowledgement is the program's own: what stands between may acknowledge bytes
// for one that is gone.
const (
	elderPatience = 2 * time.Second
	probeID       = 0xffff // of the message; mochi counts its own up from 1
)

// elderAnswers reports whether an earlier connection of the same node is alive.
func (h *hook) elderAnswers(s *session) bool {
	old := h.session(s.name)
	if old == nil || s.controller || !h.answers(old) {
		return false
	}
	h.log.Warn("broker refused a second board with a node's identity", "node", s.name, "remote", s.RemoteAddr(), "elder", old.RemoteAddr())
	if h.twin != nil {
		h.twin(s.name, s.RemoteAddr().String())
	}
	return true
}

// answers asks a client for an acknowledgement and waits for it.
func (h *hook) answers(s *session) bool {
	frame, err := probeFrame(h.topics.Down(s.name, wire.KindProbe))
	if err != nil {
		return false
	}
	answered := s.probed()
	if !s.offer(frame, urgentLane) {
		return false
	}
	patience := time.NewTimer(elderPatience)
	defer patience.Stop()
	select {
	case <-answered:
		return true
	case <-s.gone:
	case <-patience.C:
	}
	return false
}

func probeFrame(topic string) ([]byte, error) {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: 4, TopicName: topic,
		PacketID: probeID}
	var buf bytes.Buffer
	err := pk.PublishEncode(&buf)
	return buf.Bytes(), err
}

// probed returns what is closed when the client has answered; a caller meanwhile
// waits for the same answer.
func (s *session) probed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.probe == nil {
		s.probe = make(chan struct{})
	}
	return s.probe
}

// OnPacketRead sees the answers.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Type != packets.Puback || pk.PacketID != probeID {
		return pk, nil
	}
	if s := sessionOf(cl); s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.probe != nil {
			close(s.probe)
			s.probe = nil
		}
	}
	return pk, nil
}

// pace returns how long a node's message must wait, so that one that floods has its
// share and no more.
func (s *session) pace(now time.Time) time.Duration {
	if s.controller {
		return 0
	}
	if s.counted.IsZero() {
		s.tokens, s.counted = paceBurst, now
	}
	s.tokens = min(paceBurst, s.tokens+now.Sub(s.counted).Seconds()*paceRate) - 1
	s.counted = now
	if s.tokens >= 0 {
		return 0
	}
	return min(time.Duration(-s.tokens/paceRate*float64(time.Second)), paceMost)
}
