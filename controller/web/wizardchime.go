package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio"
	"loa/controller/i18n"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

const (
	// testGain makes the test chime 14 dB softer than a broadcast: who stands
	// below the pole hears it, and the village need not.
	testGain  = 0.2
	testLimit = 15 * time.Second // by which it ends whatever happens
)

var (
	testAway = problem.New(problem.Conflict, "node_away",
		"Cụm loa chưa có tín hiệu nên không phát thử được: kiểm tra điện và mạng của nó rồi thử lại.",
		"There is no word from this loudspeaker, so it cannot be tested: check its power and network, then try again.")
	testBusy = problem.New(problem.Conflict, "node_busy",
		"Cụm loa đang phát nên không phát thử: hãy đợi phát xong rồi thử lại.",
		"This loudspeaker is on air and is not tested now: wait until it has finished.")
)

func (s *Server) registerTestChime() {
	huma.Register(s.api, operation("test-node", http.MethodPost, "/nodes/{id}/test", "Play the chime at one loudspeaker, softly (phát thử)", "Live", http.StatusCreated), func(ctx context.Context, in *idInput) (*callAnswer, error) {
		c, err := s.playTest(ctx, in.ID)
		if err != nil {
			return nil, s.fail(err)
		}
		return s.answerCall(ctx, c)
	})
}

// playTest has one node play the chime softly, as a short call. It needs no
// approval: it is always the same sound, at one pole. It never interrupts what
// is on air there.
func (s *Server) playTest(ctx context.Context, id string) (store.Call, error) {
	n, err := s.getNode(ctx, &idInput{id})
	if err != nil {
		return store.Call{}, err
	}
	switch n.Body.State {
	case "offline", "unknown":
		return store.Call{}, testAway
	case "no_return":
		return store.Call{}, noBoard
	case "on_air":
		return store.Call{}, testBusy
	}
	if err := s.checkQuiet(ctx); err != nil {
		return store.Call{}, err
	}
	c, err := s.opt.Live.Begin(ctx, live.Request{Title: i18n.Say(i18n.VI, "test_call"), Class: schedule.Live, Targets: access.NodeTarget(id), Author: access.Of(ctx).Who.Name, Account: access.Of(ctx).Who.ID, Limit: testLimit})
	if err != nil {
		return store.Call{}, err
	}
	s.begins(c)
	s.began.Go(func() { speakChime(c) })
	s.trail.Did(ctx, "node.test", id, nil, c.Info(), id)
	return c.Info(), nil
}

// speakChime gives the chime to a call as a microphone would, in time, and
// ends the call.
func speakChime(c *live.Call) {
	defer c.Stop()
	pcm := make([]float32, len(audio.Chime()))
	for i, v := range audio.Chime() {
		pcm[i] = testGain * v
	}
	began := time.Now()
	tick := time.NewTicker(wire.FrameLength)
	defer tick.Stop()
	for sent := 0; len(pcm) > 0; {
		select {
		case <-c.Done():
			return
		case now := <-tick.C:
			for due := int(now.Sub(began) / wire.FrameLength); sent < due && len(pcm) > 0; sent++ {
				n := min(audio.FrameSamples, len(pcm))
				_ = c.WritePCM(pcm[:n]) // a frame that cannot be encoded is silence
				pcm = pcm[n:]
			}
		}
	}
}
