package live_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller/live"
	"loa/node/wire"
	"loa/schedule"
)

// tone puts a clip of a tone into the store and returns its id.
func (s *studio) tone(hertz float64, d time.Duration) string {
	s.t.Helper()
	var file bytes.Buffer
	w, err := audio.NewOggWriter(&file, audio.OpusHead{Channels: 1, PreSkip: audio.Lookahead, InputRate: audio.Rate})
	require.NoError(s.t, err)
	enc, err := audio.NewEncoder(32000)
	require.NoError(s.t, err)
	n := 0
	for range d/wire.FrameLength + 1 {
		pcm := make([]float32, audio.FrameSamples)
		for i := range pcm {
			pcm[i] = 0.3 * float32(math.Sin(2*math.Pi*hertz*float64(n)/audio.Rate))
			n++
		}
		packet := make([]byte, audio.MaxPacket)
		size, err := enc.Encode(pcm, packet)
		require.NoError(s.t, err)
		require.NoError(s.t, w.WritePacket(packet[:size]))
	}
	require.NoError(s.t, w.Close(int64(d/wire.FrameLength)*audio.FrameSamples))
	id := fmt.Sprintf("%x", sha256.Sum256(file.Bytes()))
	path := s.store.ClipPath(id)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(s.t, os.WriteFile(path, file.Bytes(), 0o644))
	return id
}

const (
	wordsHertz = 1000.0
	alertHertz = 2000.0
	voiceHertz = 440.0 // of speak
)

func (s *studio) drill(r live.Request) *live.Call {
	r.Class, r.Targets = schedule.Live, la
	if r.Drill == nil {
		r.Drill = &live.Drill{}
	}
	r.Drill.Announcement = s.tone(wordsHertz, time.Second)
	r.Armed, _ = s.live.ArmDrill("hoa", time.Now())
	return s.begin(r)
}

// heard decodes the frames of a call as a node does and says, for each whole
// tenth of a second, which tone was loudest: 'w'ords, 'a'lert, 'v'oice, 'c'hime
// or anything else, and '.' for silence.
func (s *studio) heard(id string) string {
	s.t.Helper()
	bundles, _, _ := take[wire.Bundle](s, wire.KindFrames, id, "/live/"+id)
	frames := map[uint64][]byte{}
	var last uint64
	for _, b := range bundles {
		for j, f := range b.Frames {
			n := b.First + uint64(j)
			require.Nil(s.t, frames[n], "a frame is sent once")
			frames[n] = f
			last = max(last, n)
		}
	}
	dec, err := audio.NewDecoder()
	require.NoError(s.t, err)
	var pcm []float32
	for n := range last + 1 {
		frame := make([]float32, audio.FrameSamples)
		if f, ok := frames[n]; ok {
			_, err := dec.Decode(f, frame)
			require.NoError(s.t, err)
		}
		pcm = append(pcm, frame...)
	}
	const tenth = audio.Rate / 10
	text := ""
	for ; len(pcm) >= tenth; pcm = pcm[tenth:] {
		var all float64
		for _, x := range pcm[:tenth] {
			all += float64(x) * float64(x)
		}
		kind := "c"
		if all/tenth < 1e-5 {
			kind = "."
		}
		for hertz, name := range map[float64]string{wordsHertz: "w", alertHertz: "a", voiceHertz: "v"} {
			var sin, cos float64
			for i, x := range pcm[:tenth] {
				sin += float64(x) * math.Sin(2*math.Pi*hertz*float64(i)/audio.Rate)
				cos += float64(x) * math.Cos(2*math.Pi*hertz*float64(i)/audio.Rate)
			}
			if 2*(sin*sin+cos*cos)/tenth > 0.8*all && kind != "." {
				kind = name
			}
		}
		text += kind
	}
	return text
}

// runs shortens to one letter what sounds for longer, and leaves out what is
// shorter than two tenths.
func runs(text string) string {
	short := ""
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && text[j] == text[i] {
			j++
		}
		if j-i >= 2 && (short == "" || short[len(short)-1] != text[i]) {
			short += text[i : i+1]
		}
		i = j
	}
	return short
}

// Whatever ends it, a drill begins and ends with the words that it is one, and
// the last is heard whole.
func TestADrillSaysSoFirstAndLast(t *testing.T) {
	for name, c := range map[string]struct {
		limit time.Duration
		speak func(t *testing.T, c *live.Call)
		why   string
	}{
		"stopped": {0, func(t *testing.T, c *live.Call) {
			speak(t, c, 4*time.Second)
			c.Stop()
		}, live.EndStopped},
		"the link is lost": {0, func(t *testing.T, c *live.Call) { speak(t, c, 4*time.Second) }, live.EndNoVoice},
		"its time is over": {5 * time.Second, func(t *testing.T, c *live.Call) { speak(t, c, 5*time.Second) }, live.EndLimit},
		"nobody speaks any more": {0, func(t *testing.T, c *live.Call) {
			speak(t, c, 4*time.Second)
			for range 61 * 50 {
				require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
				later(20 * time.Millisecond)
			}
		}, live.EndSilence},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStudio(t)
				defer s.stop()
				call := s.drill(live.Request{Author: "cô Hoa", Limit: c.limit})
				require.Equal(t, "Diễn tập", call.Info().Title)
				c.speak(t, call)
				<-call.Closing()
				closing := time.Now()
				speak(t, call, 500*time.Millisecond) // is not heard any more
				<-call.Done()
				t.Logf("closing words %v after the last of the voice", time.Since(closing))
				text := s.heard(call.Info().ID)
				require.Regexp(t, `^wv\.*w$`, runs(text), text)
				require.Regexp(t, `^w{10}.*w{9}`, text, "both whole")
				off := s.stops()[0]
				end := call.Info().Start.Add(time.Duration(len(text)) * 100 * time.Millisecond)
				require.WithinDuration(t, end, off.At, 150*time.Millisecond, "the nodes end it when the last word is heard")
				row, err := s.store.Call(t.Context(), call.Info().ID)
				require.NoError(t, err)
				require.Equal(t, c.why, row.Reason)
				require.True(t, row.Drill)
				require.Equal(t, schedule.Live, row.Class)
				require.False(t, row.Ended.After(row.End))
			})
		})
	}
}

// Before its limit by the nodes' clocks the last words have been heard.
func TestADrillHasTimeForItsLastWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		call := s.drill(live.Request{Limit: 3 * time.Second})
		on, _ := s.commands()
		speak(t, call, 3500*time.Millisecond)
		<-call.Done()
		require.True(t, s.stops()[0].At.Before(on[0].Call.End))
	})
}

func TestADrillOfARecordedAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		alert := s.tone(alertHertz, 3*time.Second)
		call := s.drill(live.Request{Title: "Lũ lên nhanh", Drill: &live.Drill{Alert: alert, Repeat: 2}})
		require.Equal(t, "Diễn tập: Lũ lên nhanh", call.Info().Title)
		require.False(t, call.Microphone())
		require.ErrorIs(t, call.WritePCM(make([]float32, audio.FrameSamples)), live.ErrFrame)
		<-call.Done()
		require.Equal(t, live.EndLimit, call.Info().Reason)
		text := s.heard(call.Info().ID)
		require.Regexp(t, `^w+[c.]+a{29,31}[c.]+w+[c.]+a{29,31}[c.]+w+$`, text)
		require.NotEmpty(t, call.Info().Recording)

		// stopped in the message, it still says so
		call = s.drill(live.Request{Drill: &live.Drill{Alert: alert}})
		later(8 * time.Second)
		call.Stop()
		<-call.Done()
		text = s.heard(call.Info().ID)
		require.Regexp(t, `^w+[c.]+a{5,20}c?w+$`, text)
	})
}

// DỪNG TẤT CẢ, and a real emergency, wait for no words; nor does a drill that
// is stopped in its opening.
func TestADrillIsCutShort(t *testing.T) {
	for name, cut := range map[string]func(t *testing.T, s *studio, c *live.Call){
		live.EndStopped: func(t *testing.T, s *studio, _ *live.Call) {
			require.NoError(t, s.live.StopAll(t.Context(), schedule.Targets{Areas: []string{"thon-1"}}))
		},
		live.EndEmergency: func(_ *testing.T, s *studio, _ *live.Call) {
			token, _ := s.live.Arm("hoa", time.Now())
			s.begin(live.Request{Class: schedule.Emergency, Targets: schedule.Targets{Areas: []string{"thon-2"}}, Armed: token})
		},
	} {
		for _, closing := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newStudio(t)
					defer s.stop()
					call := s.drill(live.Request{})
					speak(t, call, 4*time.Second)
					if closing {
						call.Stop()
						<-call.Closing()
						later(300 * time.Millisecond)
					}
					at := time.Now()
					cut(t, s, call)
					<-call.Done()
					require.WithinDuration(t, at, time.Now(), 0)
					if !closing {
						require.Equal(t, name, call.Info().Reason)
						require.Equal(t, "wv", runs(s.heard(call.Info().ID)))
					}
					for _, c := range s.live.Calls() {
						require.Equal(t, schedule.Emergency, c.Info().Class)
						c.Stop()
					}
				})
			})
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		call := s.drill(live.Request{Chime: true})
		speak(t, call, time.Second)
		call.Stop()
		<-call.Done()
		require.WithinDuration(t, time.Now(), s.stops()[0].At, 0)
		require.Equal(t, "w", runs(s.heard(call.Info().ID)))
	})
}

func TestWhatNoDrillMayDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		refused := func(r live.Request) string {
			_, err := s.live.Begin(t.Context(), r)
			return code(t, err)
		}
		words := s.tone(wordsHertz, time.Second)
		real, _ := s.live.Arm("hoa", time.Now())
		token, _ := s.live.ArmDrill("hoa", time.Now())
		drill := live.Request{Class: schedule.Live, Targets: la, Armed: token, Drill: &live.Drill{Announcement: words}}
		with := func(change func(*live.Request)) live.Request {
			r, d := drill, *drill.Drill
			r.Drill = &d
			change(&r)
			return r
		}
		require.Equal(t, "drill_class", refused(with(func(r *live.Request) { r.Class = schedule.Emergency })))
		require.Equal(t, "drill_announcement", refused(with(func(r *live.Request) { r.Drill.Announcement = "" })))
		require.Equal(t, "drill_announcement", refused(with(func(r *live.Request) { r.Drill.Announcement = strings.Repeat("0", 64) })))
		require.Equal(t, "drill_repeat", refused(with(func(r *live.Request) { r.Drill.Repeat = 11 })))
		require.Equal(t, "not_armed", refused(with(func(r *live.Request) { r.Armed = "" })))
		require.Equal(t, "not_armed", refused(with(func(r *live.Request) { r.Armed = real })), "a real one")
		require.Empty(t, s.live.Calls())

		require.Equal(t, "not_armed", refused(live.Request{Class: schedule.Emergency, Targets: la, Armed: token}), "a drill's arms no emergency")
		real, _ = s.live.Arm("hoa", time.Now())
		alert := s.begin(live.Request{Title: "Vỡ đập", Class: schedule.Emergency, Targets: la, Armed: real})
		drill.Armed, _ = s.live.ArmDrill("hoa", time.Now())
		require.Equal(t, "emergency_on_air", refused(drill), "nobody rehearses while it is real")
		alert.Stop()
		<-alert.Done()
		call := s.begin(drill)
		require.Equal(t, "not_armed", refused(drill), "a token counts once")
		call.Stop()
		<-call.Done()
	})
}
