package broker

import (
	"bytes"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// never has mochi leave what is retained to us, when somebody subscribes.
const never = 2

// Retained keeps and gives out what is retained, in mochi's place: mochi 2.7
// reads the name of a retained topic for one client while it writes it for
// another, under no common lock; a name half written ends the whole process.
// Its tree is used as it is, by one of them at a time.
type Retained struct {
	mu sync.RWMutex
}

// Keep takes a message that is to be retained, and takes that wish from it: it
// goes to its subscribers as any other. A hook's OnPublish calls it.
func (r *Retained) Keep(server *mqtt.Server, pk *packets.Packet) {
	if !pk.FixedHeader.Retain {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	server.Topics.RetainMessage(pk.Copy(false))
	pk.FixedHeader.Retain = false
}

// Claim marks the filters of a subscription, so that mochi sends nothing that is
// retained. A hook's OnSubscribe calls it.
func (r *Retained) Claim(pk *packets.Packet) {
	for i := range pk.Filters {
		pk.Filters[i].RetainHandling = never
	}
}

// Matching is what is retained and fits a filter, each as the bytes of a message
// that needs no acknowledgement: a client that is cut off subscribes again, and gets it
// again. A hook sends it when mochi has answered the subscription.
func (r *Retained) Matching(server *mqtt.Server, filter string) (topics []string, frames [][]byte, err error) {
	r.mu.RLock()
	kept := server.Topics.Messages(filter)
	r.mu.RUnlock()
	for _, pk := range kept {
		out := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Retain: true}, ProtocolVersion: 4, TopicName: pk.TopicName,
			Payload: pk.Payload}
		var buf bytes.Buffer
		buf.Grow(len(pk.Payload) + len(pk.TopicName) + 8)
		if err := out.PublishEncode(&buf); err != nil {
			return nil, nil, err
		}
		topics, frames = append(topics, pk.TopicName), append(frames, buf.Bytes())
	}
	return topics, frames, nil
}

// OnPacketProcessed gives a client what is retained, once its subscription is
// answered; it waits for its outbox on that client's own goroutine.
func (h *hook) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, err error) {
	s := sessionOf(cl)
	if pk.FixedHeader.Type != packets.Subscribe || err != nil || s == nil {
		return
	}
	for _, sub := range pk.Filters {
		if _, granted := cl.State.Subscriptions.Get(sub.Filter); !granted {
			continue
		}
		topics, frames, err := h.retained.Matching(h.server, sub.Filter)
		if err != nil {
			h.log.Error("what is retained cannot be sent", "client", s.name, "err", err)
			return
		}
		for i, frame := range frames {
			if !allowed(h.rules, s.name, s.controller, false, topics[i]) {
				continue
			}
			s.makeRoom()
			if !s.offer(frame, urgentLane) {
				return // it is gone
			}
			h.count.fanned.Add(1)
		}
	}
}
