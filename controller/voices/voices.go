// Package voices is the speech programs of an office: espeak-ng, which is always
// there and named [BuiltIn], and those of the settings, each with its voices, their
// licence, and where they come from. A text goes to one voice; what comes back is
// judged before anybody hears it, for a program may fail, hang, say nothing, or leave
// out half of the text and still end well. What is wrong is a [*Fault], with a
// sentence; another voice takes over only where the caller says so.
//
// A voice is named engine/voice: "piper/vi_VN-my-voice". A bare name is a voice of the
// setting speech where there is one, else of the first engine that lists it, else of
// espeak-ng. Nothing is the first voice of the first engine.
package voices

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/audio/ffmpeg"
	"loa/audio/speech"
)

const (
	// BuiltIn is espeak-ng's name: nothing that is installed later can break it.
	BuiltIn = "espeak-ng"
	// single is what the program of the setting speech is named by.
	single = "speech"
	// downFor is how long a program that failed is taken to fail again, where another
	// can speak in its place.
	downFor = 5 * time.Minute
	// maxText is what may be said at once, characters: a text of 20,000 grows when it
	// is read, eightfold where it is all figures.
	maxText = 160_000
)

// Engine is a speech program. The command is as of speech.Program.
type Engine struct {
	Name    string   `yaml:"name"`
	Command []string `yaml:"command,flow"`
	Voices  []string `yaml:"voices,flow,omitempty"` // their names, the usual one first; none: {voice} is "vi"
	Licence string   `yaml:"licence,omitempty"`     // of the program and its voices; "": nobody knows
	From    string   `yaml:"from,omitempty"`        // where they come from
}

// BuiltIn reports whether it is espeak-ng as it comes with Loa.
func (e Engine) BuiltIn() bool { return len(e.Command) == 0 }

func (e Engine) speech(timeout time.Duration) speech.Program {
	return speech.Program{Command: e.Command, Names: e.Voices, Timeout: timeout}
}

// usual is its voice where none is named.
func (e Engine) usual() string {
	if len(e.Voices) > 0 {
		return e.Voices[0]
	}
	return speech.DefaultVoice
}

// Options of a set.
type Options struct {
	Single  []string       // the command of the setting speech; none: there is no such engine
	Engines []Engine       // those of the setting voices
	Timeout time.Duration  // for every 100 syllables of a text; 0 is 30 seconds
	FFmpeg  ffmpeg.Program // that listens to what was spoken
}

// Set is the engines of an office. It is safe for concurrent use.
type Set struct {
	opt     Options
	engines []Engine // espeak-ng is the last

	mu    sync.Mutex
	pace  map[string]time.Duration // of a syllable, by voice: what it showed with the trial
	downs map[string]down          // engines that failed of late
}

type down struct {
	fault *Fault
	until time.Time
}

// espeak is what comes with the package.
func espeak() Engine {
	return Engine{Name: BuiltIn, Licence: "GPL-3.0-or-later", From: "https://github.com/espeak-ng/espeak-ng (Debian: apt install espeak-ng)"}
}

var engineName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,39}$`)

// New makes a set. Its error says which setting is wrong.
func New(opt Options) (*Set, error) {
	s := &Set{opt: opt, pace: map[string]time.Duration{}, downs: map[string]down{}}
	if len(opt.Single) > 0 {
		s.engines = append(s.engines, Engine{Name: single, Command: opt.Single})
	}
	for i, e := range opt.Engines {
		switch {
		case !engineName.MatchString(e.Name):
			return nil, fmt.Errorf("setting voices, entry %d: the name %q is not one of a-z, 0-9, - and _", i+1, e.Name)
		case e.Name == BuiltIn:
			return nil, fmt.Errorf("setting voices: %s is built in, remove it from the list", BuiltIn)
		case len(e.Command) == 0:
			return nil, fmt.Errorf("setting voices: %s has no command", e.Name)
		case slices.ContainsFunc(s.engines, func(o Engine) bool { return o.Name == e.Name }):
			return nil, fmt.Errorf("setting voices: %s is there twice", e.Name)
		}
		s.engines = append(s.engines, e)
	}
	s.engines = append(s.engines, espeak())
	return s, nil
}

// Default is espeak-ng alone.
func Default() *Set {
	s, _ := New(Options{}) // without settings none is wrong
	return s
}

// Engines are all, in the order of the settings; espeak-ng is the last.
func (s *Set) Engines() []Engine { return slices.Clone(s.engines) }

// A Voice can be spoken with.
type Voice struct {
	Engine Engine
	Name   string // as the engine knows it
	Label  string // for people; "": the name
}

// ID is by what it is asked for.
func (v Voice) ID() string {
	if v.Engine.BuiltIn() {
		return v.Name
	}
	return v.Engine.Name + "/" + v.Name
}

// Find is the voice of a name. Whether the engine has it, it says itself.
// Error: audio.ErrUnknownVoice, of an engine that is not there.
func (s *Set) Find(name string) (Voice, error) {
	if name == "" {
		return Voice{Engine: s.engines[0], Name: s.engines[0].usual()}, nil
	}
	if engine, voice, ok := strings.Cut(name, "/"); ok {
		for _, e := range s.engines {
			if e.Name == engine {
				return Voice{Engine: e, Name: voice}, nil
			}
		}
		return Voice{}, fmt.Errorf("%w %q", speech.ErrUnknownVoice, name)
	}
	for _, e := range s.engines {
		if e.Name == single || slices.Contains(e.Voices, name) {
			return Voice{Engine: e, Name: name}, nil
		}
	}
	return Voice{Engine: espeak(), Name: name}, nil
}

// Fallback is the voice that speaks where another does not.
func (s *Set) Fallback() Voice { return Voice{Engine: espeak(), Name: speech.DefaultVoice} }

// Vietnamese reports whether a voice speaks Vietnamese.
func (s *Set) Vietnamese(v Voice) bool { return v.Engine.speech(0).Vietnamese(v.Name) }

// List is every voice that can be listed: those that speak Vietnamese in the order of
// the engines, then the others by their names. One engine that cannot list its voices
// hides no other: an error comes only where there are none.
func (s *Set) List(ctx context.Context) ([]Voice, error) {
	var all []Voice
	var trouble error
	for _, e := range s.engines {
		if !e.BuiltIn() && len(e.Voices) == 0 {
			all = append(all, Voice{Engine: e, Name: e.usual(), Label: e.Name})
			continue
		}
		names, err := e.speech(0).Voices(ctx)
		trouble = errors.Join(trouble, err)
		for _, v := range names {
			all = append(all, Voice{Engine: e, Name: v.Name, Label: v.Label})
		}
	}
	if len(all) == 0 {
		return nil, trouble
	}
	var ours, foreign []Voice
	for _, v := range all {
		if s.Vietnamese(v) {
			ours = append(ours, v)
		} else {
			foreign = append(foreign, v)
		}
	}
	slices.SortStableFunc(foreign, func(a, b Voice) int { return strings.Compare(a.Label, b.Label) })
	return append(ours, foreign...), nil
}

// Down is why an engine is taken to fail: it did, of late; nil: it is not.
func (s *Set) Down(engine string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.downs[engine]; ok && time.Now().Before(d.until) {
		return d.fault
	}
	return nil
}

// Fails remembers a fault that the caller has found.
func (s *Set) Fails(f *Fault) { s.note(f.Voice.Engine.Name, f) }

// note remembers how an engine did.
func (s *Set) note(engine string, fault *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fault == nil {
		delete(s.downs, engine)
		return
	}
	s.downs[engine] = down{fault, time.Now().Add(downFor)}
}
