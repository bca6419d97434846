package wire

import (
	"fmt"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"loa/schedule"
)

// ChunkSize is the length of every chunk of a clip but the last, PieceSize that
// of every piece: on the thinnest link half a second.
const (
	ChunkSize = 32 << 10
	PieceSize = 4 << 10
)

// ThinRate is the rate, in bytes/s, below which a link has hardly room for a voice.
const ThinRate = 20 << 10

// Limits on what one message may hold.
const (
	MaxMessage = 1 << 20 // bytes of any message; the broker refuses more
	MaxClip    = 64 << 20
	MaxRanges  = 64
	MaxPieces  = 64  // in one want
	MaxPlays   = 100 // in one report
)

// Plan is what one node will do. It can act on it alone, for as long as the
// rules in it reach.
type Plan struct {
	schedule.Plan
	Node   string    `json:"node"`
	Name   string    `json:"name"`            // for the board's own log
	Areas  []string  `json:"areas,omitempty"` // the node's area and all above it
	Clips  []ClipRef `json:"clips,omitempty"`
	Volume int       `json:"volume"` // percent
	// Delay is how much later than its neighbours the node plays everything, ns:
	// it evens out hardware and distance. Negative: earlier.
	Delay time.Duration `json:"delay,omitempty"`
	// Long names a clip that holds the rest of a plan which is too long to stand
	// before what must sound: see PlanRest. nil: this is all.
	Long *ClipRef `json:"long,omitempty"`
}

// Concerned reports whether a command with these targets is for the plan's node.
func (p *Plan) Concerned(t schedule.Targets) bool {
	return slices.Contains(t.Nodes, p.Node) ||
		slices.ContainsFunc(t.Areas, func(a string) bool { return slices.Contains(p.Areas, a) })
}

// ClipRef names a clip that the plan's programmes need.
type ClipRef struct {
	SHA   string `json:"sha"`
	Bytes int64  `json:"bytes"`
}

// Chunks returns how many chunks the clip is sent in.
func (c ClipRef) Chunks() int { return int((c.Bytes + ChunkSize - 1) / ChunkSize) }

// Pieces returns how many pieces the clip has.
func (c ClipRef) Pieces() int { return int((c.Bytes + PieceSize - 1) / PieceSize) }

// Want asks for the chunks of a clip that a node lacks. All the nodes that
// want a chunk at about the same time are served by one publish.
//
// A node whose link is thin, or not known yet, asks for a few Pieces instead:
// they come to it alone, and it asks for the next when it has them. So no more
// stands before what must sound than it asked for. An office that knows no pieces
// sees a want of nothing.
type Want struct {
	Clip   string  `json:"clip"`
	Ranges []Range `json:"ranges"`
	Pieces []Range `json:"pieces,omitempty"`
	Rate   int64   `json:"rate,omitempty"` // that the link has shown to carry, bytes/s; 0: not known
}

// Range is the chunks from First up to and including Last.
type Range struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// Chunk is one part of a clip, Data at Index × ChunkSize.
type Chunk struct {
	Index int    `json:"i"`
	Data  []byte `json:"d"`
	Sent  int64  `json:"t,omitempty"` // controller time, Unix ms: how long it was under way; 0: not told
}

// Piece is one part of a clip for one node, Data at Index × PieceSize.
type Piece struct {
	Clip  string `json:"c"`
	Index int    `json:"i"`
	Data  []byte `json:"d"`
	Sent  int64  `json:"t"` // as in Chunk
}

// Ping asks for the controller's time. T1 is the node's monotonic time in
// nanoseconds when it sent, and Nonce is drawn at random: neither has a meaning
// to anyone else.
type Ping struct {
	T1    int64  `json:"t1"`
	Nonce uint64 `json:"n"`
}

// Pong answers a Ping: T1 and Nonce as they came, and the controller's time in
// Unix nanoseconds when it received (T2) and when it sent (T3). It is signed,
// since an attacker that sets a node's clock back can have it play what has expired; the nonce
// keeps an old answer from being given again.
type Pong struct {
	T1    int64  `json:"t1"`
	Nonce uint64 `json:"n"`
	T2    int64  `json:"t2"`
	T3    int64  `json:"t3"`
}

// Outcome says whether an item was heard.
type Outcome string

// The outcomes of a play.
const (
	Heard    Outcome = "heard"
	Partly   Outcome = "partly"
	NotHeard Outcome = "not_heard"
)

// Why an item was not, or only partly, heard, besides the causes of package
// schedule.
const (
	MissingClip   = "missing_clip"    // not on the node in time
	NoSoundDevice = "no_sound_device" // nothing to play it on
	ClockUnknown  = "clock_unknown"   // the node did not know the time
	NodeOff       = "off"             // the node was off, or being restarted
	Cancelled     = "cancelled"       // taken from the plan while on air
	Expired       = "expired"         // the bulletin's own expiry passed
	BadClip       = "bad_clip"        // at hand, but cannot be decoded
	NoStream      = "no_stream"       // of a station that is passed on, nothing came, or not all
)

// Play (nhật ký phát) is the proof of one item of one airing on one node.
// The node makes one for each, whatever became of it, and sends it until the
// controller has acknowledged it. Node, Airing and Item together are unique.
type Play struct {
	ID        uint64        `json:"id"` // the node's own count, for Ack
	Programme string        `json:"programme"`
	Airing    string        `json:"airing"`
	Item      int           `json:"item"` // index in the rundown
	Title     string        `json:"title,omitempty"`
	Clip      string        `json:"clip,omitempty"`
	Began     time.Time     `json:"began,omitzero"` // controller time; zero if never
	Ended     time.Time     `json:"ended,omitzero"`
	Heard     time.Duration `json:"heard"` // really given to a working output, ns
	Length    time.Duration `json:"length"`
	Volume    int           `json:"volume"` // percent
	Outcome   Outcome       `json:"outcome"`
	Reason    string        `json:"reason,omitempty"`
	// Ear is what a microphone near the horn says: heard, not_heard or cannot_tell; "" is a node that has none.
	Ear string `json:"ear,omitempty"`
	// EarDB is how much louder than calibrated it was, absent without a calibration or if it was not heard.
	EarDB *float64 `json:"ear_db,omitempty"`
}

// Acoustic is Ear and EarDB, as far as they can be.
func (p *Play) Acoustic() (ear string, level *float64) {
	switch p.Ear {
	case "heard", "not_heard", "cannot_tell":
		ear = p.Ear
	}
	if p.EarDB != nil && *p.EarDB > -200 && *p.EarDB < 200 {
		level = p.EarDB
	}
	return ear, level
}

// Report carries plays that wait in a node's outbox, oldest first.
type Report struct {
	Outbox string `json:"outbox,omitempty"` // drawn by lot when a node's store is made: it counts the plays' ids
	Plays  []Play `json:"plays"`
}

// Ack says which plays are safely in the controller's log. Outbox is as it stood
// in the report: on a board that was replaced the ids begin anew, and what was
// said of the plays of the one before it, said again, must delete nothing. A node
// waits for an office that does not know of this yet, and keeps its plays.
type Ack struct {
	Outbox string   `json:"outbox,omitempty"`
	IDs    []uint64 `json:"ids"`
}

// Gone is a node's will: the broker says it when the node's connection breaks.
// Boot tells a late will of an old connection from one that matters.
type Gone struct {
	Boot    string `json:"boot"`
	Session int    `json:"session"` // the node's connections since it started
}

// Status is a node's own word on how it is. What it cannot know is absent:
// a pointer that is nil means chưa rõ, never fine.
type Status struct {
	Boot    string    `json:"boot"`    // made anew at each start of the node
	Session int       `json:"session"` // connections since it started
	Seq     uint64    `json:"seq"`     // rises by one with each status of a boot
	Sent    time.Time `json:"sent"`    // the node's idea of controller time
	Uptime  int64     `json:"uptime_s"`
	Version string    `json:"version"`

	Plan      uint64     `json:"plan"`                // sequence of the plan it acts on; 0: none
	LongPlans bool       `json:"longplans,omitempty"` // it takes KindLongPlan
	OnAir     *OnAir     `json:"on_air,omitempty"`
	LastHeard time.Time  `json:"last_heard,omitzero"` // last instant with sound
	Clips     int        `json:"clips"`               // that the plan needs
	Held      int        `json:"held"`                // of these at hand
	Fetching  []Progress `json:"fetching,omitempty"`
	Rate      int64      `json:"rate,omitempty"` // that its link has shown to carry since it is up, bytes/s, at least; 0: not known
	Volume    int        `json:"volume"`
	Unsent    int        `json:"unsent"`              // plays not acknowledged
	Spoilt    int        `json:"spoilt,omitempty"`    // plays that flash spoilt before they were sent
	Dropped   int64      `json:"dropped,omitempty"`   // messages that made no sense or came too fast
	Key       string     `json:"key,omitempty"`       // id of the newest signing key it knows, hex
	CertUntil time.Time  `json:"cert_until,omitzero"` // end of its certificate
	Audit     *Heads     `json:"audit,omitempty"`     // what it keeps of the office's audit log

	Live     *Live          `json:"live,omitempty"` // of the voice on air
	Software *SoftwareState `json:"software,omitempty"`
	SelfTest *SelfTest      `json:"self_test,omitempty"` // the last one
	// Inspection is what came of the last silent one.
	Inspection *Inspection `json:"inspection,omitempty"`

	Clock  Clock   `json:"clock"`
	Sound  Sound   `json:"sound"`
	Faults []Fault `json:"faults,omitempty"`

	TempC    *float64 `json:"temp_c,omitempty"`
	DiskFree *int64   `json:"disk_free,omitempty"` // bytes
	MemFree  *int64   `json:"mem_free,omitempty"`  // bytes
	Load     *float64 `json:"load,omitempty"`      // one-minute average

	Ear          bool         `json:"ear,omitempty"`          // it has a microphone at its horn
	EarSite      *Calibration `json:"ear_site,omitempty"`     // learnt there; nil: not, or by settings
	Mains        *bool        `json:"mains,omitempty"`        // are there
	Undervoltage *bool        `json:"undervoltage,omitempty"` // the board's supply is too low now
	DiskWear     *int         `json:"disk_wear,omitempty"`    // of the flash's life, percent
	Modem        *Modem       `json:"modem,omitempty"`
	Amp          *bool        `json:"amp,omitempty"` // the amplifier is switched on; nil: not ours to switch
}

// ModemGone is the state, in our word, of a modem that was there and has not
// been found for minutes.
const ModemGone = "gone"

// Modem is what ModemManager says, in its words; "" is not known.
type Modem struct {
	State        string `json:"state"`            // connected, registered, searching, failed, ...
	Failed       string `json:"failed,omitempty"` // why: sim-missing, ...
	Registration string `json:"registration,omitempty"`
	Operator     string `json:"operator,omitempty"`
	Access       string `json:"access,omitempty"` // lte, umts, ...
	Signal       *int   `json:"signal,omitempty"` // percent
}

// OnAir says what the node is playing.
type OnAir struct {
	Programme string    `json:"programme"`
	Airing    string    `json:"airing"`
	Item      int       `json:"item"`
	Title     string    `json:"title"`
	Since     time.Time `json:"since"`
}

// Live says how the frames of a voice come to a node. Frames of 20 ms are
// counted since the node joined the call; the margins are of the last ten
// seconds: how long before its play time a bundle came, negative if after. A
// sender whose Margin5 stays above Need is heard whole.
type Live struct {
	Call      string        `json:"call"`
	Received  int64         `json:"received"`            // came, and were not there yet
	Late      int64         `json:"late"`                // of these: after they were needed
	Lost      int64         `json:"lost"`                // were not there when needed
	Recovered int64         `json:"recovered,omitempty"` // of these: heard from the copy in the next frame
	Concealed int64         `json:"concealed"`           // made up from what was before
	Duplicate int64         `json:"duplicate,omitempty"`
	Wrong     int64         `json:"wrong,omitempty"`   // not Opus of 20 ms, or of another time
	Least     time.Duration `json:"least,omitempty"`   // the smallest margin, ns
	Margin5   time.Duration `json:"margin5,omitempty"` // 5 % of the bundles had less, ns
	Need      time.Duration `json:"need"`              // the margin the node's output needs, ns
}

// Progress is how far the fetch of a clip is.
type Progress struct {
	Clip string `json:"clip"`
	Have int    `json:"have"` // chunks
	Of   int    `json:"of"`
}

// Clock is what the node knows of controller time.
type Clock struct {
	Known  bool          `json:"known"`
	Offset time.Duration `json:"offset"` // controller − the board's own clock, ns
	Bound  time.Duration `json:"bound"`  // the estimate is off by no more, ns
	RTT    time.Duration `json:"rtt"`    // last round trip to the controller, ns
	// Way is the second longest that anything of the last ten minutes took from the controller to the node, ns.
	Way time.Duration `json:"way,omitempty"`
	// RatePPM is how much faster the controller's clock runs than the board's.
	RatePPM float64 `json:"rate_ppm,omitempty"`
}

// Sound is the state of the output.
type Sound struct {
	OK     bool   `json:"ok"`
	Output string `json:"output"` // "alsa", "wav", "null"
	Error  string `json:"error,omitempty"`
	// Mixer is what of the card's own volume the node has set, as its mixer calls it, and how loud it is; "" is nothing.
	Mixer string `json:"mixer,omitempty"`
	// Need is how long before its play time a frame of a voice must be there, ns.
	Need time.Duration `json:"need,omitempty"`
}

// Fault codes that a node raises.
const (
	FaultSound = "no_sound_device"
	FaultClock = "clock_unknown"
	FaultClips = "clips_missing"
	FaultDisk  = "disk_full"
	FaultStore = "store_failed"
	// FaultReadOnly is flash that has turned read-only: what is new is in memory only.
	FaultReadOnly = "disk_read_only"
	FaultClip     = "clip_spoilt" // what arrived is not what the plan names: flash is not to blame
	FaultCert     = "certificate_expiring"
	FaultAmp      = "amplifier_switch" // does not go on, or not off
	FaultMixer    = "mixer_command"    // the sound card's own volume is not what it should be

	FaultEar        = "ear_failed"  // the microphone that should be there is not
	FaultMuteHorn   = "horn_silent" // played, and by its microphone not heard
	FaultHorn       = "horn_dead"   // likewise, though the line carries it to its end
	FaultLine       = "line_dead"   // what was played does not come to the end of the line
	FaultWeakHorn   = "horn_weak"   // heard much weaker than it was
	FaultStuckAmp   = "amplifier_stuck_on"
	FaultMains      = "mains_lost"
	FaultVoltage    = "undervoltage"
	FaultHot        = "too_hot"
	FaultWear       = "disk_worn"
	FaultMemory     = "memory_low"
	FaultLoad       = "overloaded"
	FaultModem      = "modem_cut_off" // no data, or hardly any signal
	FaultNoModem    = "modem_gone"    // it was there, and is found no more
	FaultClockError = "clock_error"   // controller time is known too roughly to play in step
	FaultSlow       = "network_slow"
)

// Fault is one thing wrong with the node, by code, with what the machine said.
type Fault struct {
	Code   string    `json:"code"`
	Since  time.Time `json:"since"`
	Detail string    `json:"detail,omitempty"`
}

var (
	enc = mustMode(cbor.EncOptions{Sort: cbor.SortCoreDeterministic, Time: cbor.TimeRFC3339NanoUTC}.EncMode())
	dec = mustMode(cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:  12,
		MaxArrayElements: 16 << 10,
		MaxMapPairs:      256,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
	}.DecMode())
)

func mustMode[M any](m M, err error) M {
	if err != nil {
		panic(err) // the options above are constants
	}
	return m
}

// Encode returns v as deterministic CBOR: equal values, equal bytes.
func Encode(v any) ([]byte, error) { return enc.Marshal(v) }

// Decode reads one message into v, strictly and within limits.
func Decode(data []byte, v any) error {
	if len(data) > MaxMessage {
		return fmt.Errorf("message of %d bytes is over %d", len(data), MaxMessage)
	}
	return dec.Unmarshal(data, v)
}
