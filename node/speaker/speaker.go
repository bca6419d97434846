// Package speaker is where samples go: an ALSA sound card, a WAV file, or nowhere.
//
// Everything in Loa is 48 kHz, mono, float32. A [Sink] pulls: it calls the [Source] for the next frames and
// tells it the instant at which the first of them leaves the output, so that the mixer can place a sound on
// that instant rather than "now plus some buffer". The source must not block: with ALSA one goroutine feeds
// every player of the process, and a blocked one silences them all.
//
//	sink := speaker.OpenALSA(speaker.ALSAOptions{Logger: log})
//	err := sink.Run(ctx, mixer.Source())
//
// # ALSA
//
// [OpenALSA] plays through hajimehoshi/oto/v2, the only user of it. oto opens ALSA's "default", can do so once
// in a process and cannot close it. So the card is opened by the first sink that runs, and further sinks in the
// process (loa dev) are further players mixed onto it.
//
// Without a usable card the sink is not an error: State reports [FaultNoDevice], the source is called in real
// time all the same so that the schedule goes on, and the card is looked for every ten seconds with a probe
// that does not involve oto. A card that stops taking samples for three seconds, or reports an error, is
// [FaultDead]: Run returns [ErrDeviceDead] and the process should exit, because only a new process can open the
// card again.
//
// The instant given to the source is computed from what oto and ALSA hold before the frame, smoothed by a
// frame-counting clock that follows the card's crystal (see clock.go). It knows nothing about converters or
// amplifiers behind the card: ALSAOptions.DeviceDelay adds what a technician measured.
//
// # WAV
//
// [OpenWAV] writes exactly what a horn would have been given, silence included, in real time: 16 bit, mono. Frame n
// belongs to start + n/48000 s; start is in the sidecar "<path>.json" as {"start": RFC 3339 with nanoseconds,
// "rate": 48000}. The header is rewritten every second, so a reader may open the file at any time. A file that
// is already there when a run starts, or that reaches 1 GiB (three hours), is renamed to "<path>.1" with its
// sidecar "<path>.1.json", replacing an older one; appending would lose the time in between. While the file cannot be
// written, on a full disk perhaps, State reports [FaultFile] and another one is tried every ten seconds.
package speaker

import (
	"context"
	"sync"
	"time"
)

// Rate is the number of frames per second of every source and sink.
const Rate = 48000

// Source fills buf with the sound whose first frame leaves the output at the instant at. It must not block,
// and must fill the whole of buf: zeros are silence.
type Source func(buf []float32, at time.Time)

// Sink is an output. Run plays src until ctx ends (returning nil) or the output is beyond repair in this process;
// it calls src from one goroutine at a time and never after it has returned. State may be called at any time.
type Sink interface {
	Run(ctx context.Context, src Source) error
	State() State
}

// Fault codes of State.Fault.
const (
	FaultStarting = "sound_starting"    // Run has not yet got the output going
	FaultNoDevice = "no_sound_device"   // no sound card, or it cannot be opened; being looked for
	FaultDead     = "sound_device_dead" // the card stopped taking samples; the process must restart
	FaultFile     = "sound_file"        // the WAV file cannot be written
)

// State is what an output is doing now.
type State struct {
	Fault     string        // "" when samples reach the output, else a Fault code
	VI, EN    string        // the fault as a sentence for people, empty when there is none
	Detail    string        // what the system said, for the technician
	Card      string        // the card that is played on, as ALSA names it: hw:0; "" before it is opened, or if it is none
	Since     time.Time     // when Fault last changed; zero before Run
	Frames    int64         // frames of the source given to a working output since Run
	Underruns int64         // times the output ran dry, or this process was stalled
	Latency   time.Duration // from asking the source to leaving the output, at the last block
}

// OK reports whether what the source gives now can be heard.
func (s State) OK() bool { return s.Fault == "" }

// tracker holds a State for concurrent readers.
type tracker struct {
	mu sync.Mutex
	st State
}

func newTracker() *tracker {
	t := &tracker{}
	t.st.Fault = FaultStarting
	t.st.VI, t.st.EN = sentence(FaultStarting)
	return t
}

// State returns a copy of the state.
func (t *tracker) State() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.st
}

// fault sets the fault ("" for none) and reports whether it changed.
func (t *tracker) fault(code, detail string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.st.Detail = detail
	if t.st.Fault == code && !t.st.Since.IsZero() {
		return false
	}
	t.st.Fault, t.st.Since = code, time.Now()
	t.st.VI, t.st.EN = sentence(code)
	return true
}

// plays notes which card is opened.
func (t *tracker) plays(card string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.st.Card = card
}

// played adds frames that reached the output, and underruns.
func (t *tracker) played(frames, underruns int, latency time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.st.Frames += int64(frames)
	t.st.Underruns += int64(underruns)
	t.st.Latency = latency
}

func sentence(code string) (vi, en string) {
	switch code {
	case FaultStarting:
		return "Đầu ra âm thanh đang khởi động.", "The sound output is starting."
	case FaultNoDevice:
		return "Không tìm thấy card âm thanh. Hãy kiểm tra card và dây nối; cụm loa tự thử lại mỗi 10 giây.",
			"No sound card was found. Check the card and its cable; the node tries again every 10 seconds."
	case FaultDead:
		return "Card âm thanh ngừng nhận âm thanh. Cụm loa sẽ tự khởi động lại; nếu còn lặp lại, hãy thay card.",
			"The sound card stopped taking sound. The node restarts by itself; if this repeats, replace the card."
	case FaultFile:
		return "Không ghi được tệp âm thanh đầu ra. Hãy kiểm tra dung lượng ổ đĩa và quyền ghi; cụm loa tự thử lại mỗi 10 giây.",
			"The sound output file cannot be written. Check the disk space and permissions; the node tries again every 10 seconds."
	}
	return "", ""
}
