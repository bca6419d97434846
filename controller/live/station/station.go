package station

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"loa/audio"
	"loa/controller/problem"
	"loa/node/wire"
)

// How far a station has come.
const (
	Connecting   = "connecting"
	OnAir        = "on_air"
	Reconnecting = "reconnecting"
	Failed       = "failed"
)

const (
	tuneWithin  = 15 * time.Second // for the first sound: HLS waits for a segment
	giveUpAfter = time.Minute      // without sound, and a relay is over
	full        = 10 * 50          // frames that are held at most: a station sends in bursts
	atHand      = 3 * 50           // frames that it begins with at most
	prime       = 50               // frames that are at hand before it goes on after a break
	retryLeast  = time.Second
	retryMost   = 5 * time.Second
	// Each station is one ffmpeg. The calendar's, which were approved, have some
	// that calls cannot take.
	mostStations = 10 // in all
	mostRelays   = 6  // of calls
	mostOwn      = 2  // of one account
	behind       = 25 // frames that are made up for at most when this machine was held up
)

var (
	errReplaced = errors.New("the relay is over")
	errNotTuned = problem.New(problem.Unreachable, "stream_unreachable",
		"Không nhận được tiếng từ địa chỉ tiếp sóng nên chưa phát gì: hãy kiểm tra địa chỉ và mạng, rồi thử lại.",
		"No sound came from the stream's address and nothing was aired: check the address and the network, then try again.")
	errManyRelays = problem.New(problem.TooMany, "relays_many",
		"Đang tiếp sóng quá nhiều đài (mỗi người tối đa %d, cả xã %d) nên chưa phát gì: hãy dừng bớt rồi thử lại.",
		"Too many stations are passed on (at most %d by one person, %d in all), so nothing was aired: stop one, then try again.", mostOwn,
		mostRelays)
	errStations = errors.New("too many stations are passed on at once")
	sentences   = map[string][2]string{
		Connecting:   {"Đang kết nối tới đài tiếp sóng.", "Connecting to the station."},
		OnAir:        {"Đang tiếp sóng.", "The station is on air."},
		Reconnecting: {"Mất tín hiệu đài tiếp sóng: đang kết nối lại, loa tạm im.", "The station is lost: connecting again, silent meanwhile."},
		Failed: {"Không nhận được đài tiếp sóng trong 1 phút nên đã dừng: hãy kiểm tra địa chỉ và mạng.",
			"The station was lost for a minute and the relay ended: check the address and the network."},
	}
)

// State says how a relay is, also in a sentence for people.
type State struct {
	State  string // Connecting …; "" for a call that is none
	VI, EN string
}

// Tune pulls a stream and hands its sound to sink, as ffmpeg.Program.Stream does.
type Tune func(ctx context.Context, source string, sink func([]float32) error) error

// Relay passes a station on: it keeps some seconds of it at hand, gives them
// out one frame every 20 ms, and connects again when the station is lost.
type Relay struct {
	source string
	tune   Tune
	stop   context.CancelFunc
	frames chan []float32
	giving atomic.Bool
	ended  chan struct{} // the pulling goroutine is
	free   func()        // gives its place back

	mu      sync.Mutex
	state   string
	refused *problem.Problem // why it will never be heard; nil: it may
}

// Pull begins to pull a stream until Close; log is told why it was lost, and free is called then.
func Pull(tune Tune, source string, log func(error), free func()) *Relay {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Relay{source: source, tune: tune, stop: cancel, frames: make(chan []float32, full), ended: make(chan struct{}), free: free,
		state: Connecting}
	go func() {
		defer close(r.ended)
		r.pull(ctx, log)
	}()
	return r
}

// Close ends the pulling and waits for it.
func (r *Relay) Close() {
	r.stop()
	<-r.ended
	r.free()
}

// pull fetches the stream, over and over, until ctx ends.
func (r *Relay) pull(ctx context.Context, log func(error)) {
	wait := retryLeast
	for ctx.Err() == nil {
		err := r.tune(ctx, r.source, func(pcm []float32) error {
			wait = retryLeast
			return r.take(ctx, pcm)
		})
		if ctx.Err() != nil {
			return
		}
		log(err)
		r.refuse(err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, retryMost)
	}
}

// take waits when enough is at hand: a station that is ahead is held back.
// Before it is on air the oldest makes room: it is to be heard as it is now.
func (r *Relay) take(ctx context.Context, pcm []float32) error {
	for !r.giving.Load() && len(r.frames) >= atHand {
		select {
		case <-r.frames:
		default: // given out just now
		}
	}
	select {
	case r.frames <- append([]float32(nil), pcm...):
		return nil
	case <-ctx.Done():
		return errReplaced
	}
}

// Heard waits for the first sound. It returns a problem for people if there is none.
func (r *Relay) Heard(ctx context.Context) error {
	giveUp := time.NewTimer(tuneWithin)
	defer giveUp.Stop()
	look := time.NewTicker(wire.FrameLength)
	defer look.Stop()
	for len(r.frames) == 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-giveUp.C:
			return errNotTuned
		case <-look.C:
		}
		r.mu.Lock()
		refused := r.refused
		r.mu.Unlock()
		if refused != nil {
			return refused
		}
	}
	return nil
}

// refuse keeps the reason of a failure that a person can do something about.
func (r *Relay) refuse(err error) {
	if p, ok := problem.Of(err); ok {
		r.mu.Lock()
		r.refused = p
		r.mu.Unlock()
	}
}

// Give hands a frame to write every 20 ms until ctx ends: the station's, or
// silence while it is lost, so that the nodes do not take the call for over.
// It returns false when nothing came for too long.
func (r *Relay) Give(ctx context.Context, write func(pcm []float32, station bool)) (ok bool) {
	r.giving.Store(true)
	silence := make([]float32, audio.FrameSamples)
	ticker := time.NewTicker(wire.FrameLength)
	defer ticker.Stop()
	begun := time.Now()
	heard, given := begun, 0
	starved := true
	for {
		var now time.Time
		select {
		case <-ctx.Done():
			return true
		case now = <-ticker.C:
		}
		due := int(now.Sub(begun) / wire.FrameLength)
		given = max(given, due-behind)
		for ; given < due; given++ {
			starved = len(r.frames) == 0 || starved && len(r.frames) < prime && r.was(Reconnecting)
			if starved {
				write(silence, false)
				continue
			}
			write(<-r.frames, true)
			heard = now
		}
		switch {
		case !starved:
			r.set(OnAir)
		case now.Sub(heard) >= giveUpAfter:
			r.set(Failed)
			return false
		case !r.was(Connecting):
			r.set(Reconnecting)
		}
	}
}

func (r *Relay) set(state string) {
	r.mu.Lock()
	r.state = state
	r.mu.Unlock()
}

func (r *Relay) was(state string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state == state
}

// State says how far it has come.
func (r *Relay) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	say := sentences[r.state]
	return State{r.state, say[0], say[1]}
}

// Pool counts those that are pulled, each by an ffmpeg.
type Pool struct {
	mu      sync.Mutex
	all     int
	relays  int            // of calls
	account map[string]int // of calls, by the one that began them
}

// ForCall takes a place for a call's station; free gives it back. A problem for people
// says that there is none.
func (s *Pool) ForCall(account string) (free func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.relays >= mostRelays || s.all >= mostStations || s.account[account] >= mostOwn {
		return nil, errManyRelays
	}
	if s.account == nil {
		s.account = map[string]int{}
	}
	s.all, s.relays = s.all+1, s.relays+1
	s.account[account]++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all, s.relays = s.all-1, s.relays-1
		if s.account[account]--; s.account[account] == 0 {
			delete(s.account, account)
		}
	}), nil
}

// ForCalendar has a station of the calendar pulled when there is a place for it: till
// then it does not come, and is tried again.
func (s *Pool) ForCalendar(tune Tune) Tune {
	return func(ctx context.Context, source string, sink func([]float32) error) error {
		s.mu.Lock()
		full := s.all >= mostStations
		if !full {
			s.all++
		}
		s.mu.Unlock()
		if full {
			return errStations
		}
		defer func() { s.mu.Lock(); s.all--; s.mu.Unlock() }()
		return tune(ctx, source, sink)
	}
}
