package stream

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"

	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/problem"
	"loa/controller/share"
	"loa/controller/web/respond"
)

// Voices take the sound of microphones for the calls that they belong to.
type Voices struct {
	live   *live.Live
	calls  *calls.Desk
	access *access.Control
	now    func() time.Time
	logger *slog.Logger
	seats  *share.Seats
}

// NewVoices returns them; now is controller time.
func NewVoices(l *live.Live, desk *calls.Desk, control *access.Control, now func() time.Time, logger *slog.Logger) *Voices {
	return &Voices{live: l, calls: desk, access: control, now: now, logger: logger, seats: share.NewSeats(voicesEach, voicesAll)}
}

const (
	meterEvery  = 200 * time.Millisecond
	maxVoice    = 16 << 10 // bytes of one message: 85 ms of PCM
	voiceRate   = 250_000  // bytes per second on average; PCM is 96,000
	voiceBurst  = 500_000
	helloWithin = 5 * time.Second
	voicesEach  = 8 // microphones of one person: a link that broke stays for a while
	voicesAll   = 200
)

// meterView is what goes back to the speaker.
type meterView struct {
	OnAir    bool     `json:"on_air"`
	ElapsedS float64  `json:"elapsed_s" doc:"negative before the first sound"`
	Level    float64  `json:"level" doc:"dBFS, -120 at the least"`
	Warn     bool     `json:"warn" doc:"nobody speaks: the call will end"`
	Mute     bool     `json:"mute,omitempty" doc:"nothing comes from the microphone, or nothing but digital silence: it is off"`
	Heard    int      `json:"heard" doc:"nodes that say they play it now"`
	Nodes    int      `json:"nodes"`
	Missing  []string `json:"missing,omitzero" doc:"names of those that do not; left out if it has not changed"`
	Cut      bool     `json:"cut,omitempty" doc:"the broker is not reached: nothing goes out, all is recorded"`
	Dropped  int      `json:"dropped"`
	Closing  bool     `json:"closing,omitempty" doc:"a drill's last words are on air: the microphone is shut"`
	Reason   string   `json:"reason,omitempty" doc:"why it ended; garbage or flood: why this microphone was shut out, whose call ends when nothing comes any more"`
}

// ServeHTTP takes a microphone's sound for a call. The link may break and come
// back; a call without frames ends by itself.
func (v *Voices) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := v.live.Call(r.PathValue("id"))
	if c == nil {
		respond.Problem(w, respond.NotFound)
		return
	}
	p, err := v.access.View(r.Context())
	if err != nil {
		respond.Problem(w, respond.Explain(v.logger, err))
		return
	}
	if !v.calls.IsOwn(p.Who, c.Info()) {
		respond.Problem(w, notYourCall)
		return
	}
	nodes, _ := p.Concerned(c.Info().Targets, c.Info().Start)
	conn, err := websocket.Accept(w, r, nil) // checks that a browser's page is ours
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxVoice)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	leave, ok := v.seats.Take(p.Who.Share(), cancel)
	if !ok {
		_ = conn.Close(websocket.StatusTryAgainLater, "too many microphones of yours are open")
		return
	}
	defer leave()
	take, err := hello(ctx, conn, c)
	if err != nil {
		tell(ctx, conn, meterView{Reason: "garbage", Nodes: len(nodes)})
		_ = conn.Close(websocket.StatusUnsupportedData, `say {"codec":"opus"} or {"codec":"pcm_s16le"} first`)
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.meter(ctx, conn, c, nodes)
		cancel() // the call has ended, or nobody reads
	}()
	err = receiveVoice(ctx, conn, take)
	if errors.Is(err, errEnd) {
		c.Stop()
		<-done // the meter's last word says why it ended, after a drill's last words
	}
	cancel()
	<-done
	if errors.Is(err, errFlood) {
		tell(r.Context(), conn, meterView{Reason: "flood", Nodes: len(nodes)})
		_ = conn.Close(websocket.StatusPolicyViolation, "more than a voice")
		return
	}
	_ = conn.Close(websocket.StatusNormalClosure, "")
}

var notYourCall = problem.New(problem.Forbidden, "call_of_another",
	"Buổi phát này do người khác bắt đầu nên micro của bạn không vào được: hãy bắt đầu buổi phát của mình.",
	"Somebody else began this call and your microphone cannot join it: begin one of your own.")

// hello reads which codec is spoken.
func hello(ctx context.Context, conn *websocket.Conn, c *live.Call) (func([]byte) error, error) {
	ctx, cancel := context.WithTimeout(ctx, helloWithin)
	defer cancel()
	_, data, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	switch codecOf(data) {
	case "opus":
		return c.Write, nil
	case "pcm_s16le":
		return func(data []byte) error { return c.WritePCM(samplesOf(data)) }, nil
	}
	return nil, errors.New("unknown codec")
}

// codecOf is the codec that a hello names, "" if it is none.
func codecOf(data []byte) string {
	var h struct {
		Codec string `json:"codec"`
	}
	if json.Unmarshal(data, &h) != nil {
		return ""
	}
	return h.Codec
}

func samplesOf(data []byte) []float32 {
	pcm := make([]float32, len(data)/2)
	for i := range pcm {
		pcm[i] = float32(int16(binary.LittleEndian.Uint16(data[2*i:]))) / 32768
	}
	return pcm
}

var errFlood = errors.New("more bytes than a voice has")

// errEnd is the word of the speaker that all has been said: it comes after
// the last frame, as no request on another connection surely does.
var errEnd = errors.New("the speaker has finished")

func isEnd(data []byte) bool {
	var word struct {
		End bool `json:"end"`
	}
	return json.Unmarshal(data, &word) == nil && word.End
}

// receiveVoice passes frames on until the link ends. One that is no frame is
// passed over; a flood ends the link.
func receiveVoice(ctx context.Context, conn *websocket.Conn, take func([]byte) error) error {
	allowance, last := float64(voiceBurst), time.Now()
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		allowance = min(voiceBurst, allowance+now.Sub(last).Seconds()*voiceRate) - float64(len(data))
		last = now
		if allowance < 0 {
			return errFlood
		}
		switch {
		case kind == websocket.MessageBinary:
			_ = take(data) // no frame: nothing to put on the air
		case isEnd(data):
			return errEnd
		}
	}
}

// meter tells how the call is until it ends.
func (v *Voices) meter(ctx context.Context, conn *websocket.Conn, c *live.Call, nodes []access.Named) {
	tick := time.NewTicker(meterEvery)
	defer tick.Stop()
	var said []string // the names that were missing
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.Done():
			tell(ctx, conn, meterView{Reason: c.Info().Reason, Nodes: len(nodes)})
			return
		case <-tick.C:
		}
		now := v.now()
		m := c.Meter(now)
		missing := v.missing(c.Info().ID, nodes)
		word := meterView{OnAir: true, ElapsedS: now.Sub(c.Info().Start).Seconds(), Level: max(m.Level, -120), Warn: m.Warn, Mute: m.Mute,
			Heard: len(nodes) - len(missing), Nodes: len(nodes), Cut: m.Cut, Dropped: m.Dropped, Closing: calls.IsClosed(c.Closing())}
		if said == nil || !slices.Equal(said, missing) {
			said, word.Missing = missing, missing
		}
		if !tell(ctx, conn, word) {
			return
		}
	}
}

// missing names the nodes that do not say that they play a call now.
func (v *Voices) missing(call string, nodes []access.Named) []string {
	playing := v.calls.Playing(call)
	names := []string{}
	for _, n := range nodes {
		if _, ok := playing[n.ID]; !ok {
			names = append(names, n.Name)
		}
	}
	return names
}

// tell sends a meter; false: nobody reads it.
func tell(ctx context.Context, conn *websocket.Conn, v meterView) bool {
	data, err := json.Marshal(v)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, helloWithin)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, data) == nil
}
