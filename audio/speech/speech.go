package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"loa/audio/program"
	"loa/audio/reading"
	"loa/audio/wav"
)

// Errors of a text to be spoken; use errors.Is.
var (
	ErrEmptyText    = errors.New("no words to speak")
	ErrTextTooLong  = errors.New("text too long")
	ErrUnknownVoice = errors.New("unknown voice")
	ErrRate         = errors.New("speech rate out of range")
	ErrFailed       = errors.New("the speech command failed")
)

const (
	// DefaultVoice is spoken with when none is named.
	DefaultVoice = "vi"
	// MinRate and MaxSpeechRate bound the rate; 1 is the voice's own.
	MinRate, MaxRate = 0.5, 2.0

	defaultMaxText       = 20000 // characters, some 25 minutes of speech
	defaultSpeechTimeout = 30 * time.Second
	syllablesInTime      = 100 // of a text: half a minute, as one says them
	maxSpeechBytes       = 1 << 30
	normalWPM            = 175 // espeak-ng's own rate
)

// Program runs a text-to-speech program. The zero value is espeak-ng. It is
// safe for concurrent use.
//
// Command is a program and its arguments; no shell reads them. The text comes
// on its stdin in UTF-8, and a WAV is expected on its stdout, or in the file
// {out} if an argument mentions that. In arguments {voice} stands for the
// voice, {rate} for the speed as a factor ("1.00"), {wpm} for the same in words
// per minute and {length} for its inverse. Some take the text as an argument:
// that is {text}. A program other than espeak-ng is given all of it as one line,
// for some make a file of each line, and only the last remains. With piper:
//
//	piper --model /usr/share/piper/{voice}.onnx --length_scale {length} --output_file {out}
type Program struct {
	Command []string
	// ListVoices prints the voices: espeak-ng's table, or one name a line.
	// Names, when not empty, is used instead.
	ListVoices []string
	// ListVariants prints what may follow a voice after "+", as espeak-ng's
	// table; empty means that nothing may.
	ListVariants []string
	Names        []string
	Timeout      time.Duration // for every 100 syllables of a text that are begun; 0 is 30 seconds
	MaxText      int           // characters; 0 is 20,000

	// Heard, if it is not nil, listens to each WAV that the program wrote, before
	// anything is made of it: words at a rate. Two may run at once. Its error ends it all.
	Heard func(ctx context.Context, words string, rate float64, wav string) error

	lines bool // the program takes a text of several lines
}

// BuiltIn reports whether it is espeak-ng, which comes with the program's package.
func (s Program) BuiltIn() bool { return len(s.Command) == 0 }

// Vietnamese reports whether a voice speaks Vietnamese: of espeak-ng's those that are
// called so; a program that was chosen for a commune speaks its language.
func (s Program) Vietnamese(voice string) bool {
	return !s.BuiltIn() || voice == DefaultVoice || strings.HasPrefix(voice, DefaultVoice+"-") || strings.HasPrefix(voice, DefaultVoice+"+")
}

// A Voice can be given to Say.
type Voice struct {
	Name  string // "vi-vn-x-south"
	Label string // "Vietnamese (Southern)", or the name again
}

func (s Program) withDefaults() Program {
	if s.BuiltIn() {
		// At its full amplitude espeak-ng reaches 0 dBFS and clips: -a 80.
		s.Command = []string{"espeak-ng", "-v", "{voice}", "-s", "{wpm}", "-a", "80", "-b", "1", "--stdin", "--stdout"}
		s.ListVoices = []string{"espeak-ng", "--voices"}
		s.ListVariants = []string{"espeak-ng", "--voices=variant"}
		s.lines = true
	}
	if s.Timeout <= 0 {
		s.Timeout = defaultSpeechTimeout
	}
	if s.MaxText <= 0 {
		s.MaxText = defaultMaxText
	}
	return s
}

// Voices lists the voices that exist.
func (s Program) Voices(ctx context.Context) ([]Voice, error) {
	s = s.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	var voices []Voice
	for _, name := range s.Names {
		voices = append(voices, Voice{name, name})
	}
	if len(voices) > 0 || len(s.ListVoices) == 0 {
		return voices, nil
	}
	return listVoices(ctx, s.ListVoices)
}

func listVoices(ctx context.Context, argv []string) ([]Voice, error) {
	var out program.Buffer
	if _, err := program.Run(ctx, nil, &out, argv[0], argv[1:]...); err != nil {
		return nil, fmt.Errorf("list voices: %w", err)
	}
	return parseVoices(string(out.Data)), nil
}

// parseVoices reads espeak-ng's table, or one name a line.
func parseVoices(text string) []Voice {
	var voices []Voice
	table := false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "Pty":
			table = true
		case !table:
			voices = append(voices, Voice{f[0], f[0]})
		case len(f) >= 5 && strings.HasPrefix(f[4], "!v/"): // a variant is named by its file
			voices = append(voices, Voice{f[4][len("!v/"):], f[3]})
		case len(f) >= 5 && !slices.ContainsFunc(voices,
			func(v Voice) bool { return v.Name == f[1] }): // yue is written in two scripts: the first speaks
			voices = append(voices, Voice{f[1], strings.ReplaceAll(f[3], "_", " ")})
		}
	}
	return voices
}

// voiceName keeps a voice from being read as an option or a path.
var voiceName = regexp.MustCompile(`^[\pL\pN][\pL\pN_.-]*$`)

// checkVoice returns ErrUnknownVoice for a voice, or variant, that is not
// listed. Where nothing can list the voices, the command itself decides.
func (s Program) checkVoice(ctx context.Context, voice string) error {
	base, variant, hasVariant := strings.Cut(voice, "+")
	if !voiceName.MatchString(base) || hasVariant && !voiceName.MatchString(variant) {
		return fmt.Errorf("%w %q", ErrUnknownVoice, voice)
	}
	voices, err := s.Voices(ctx)
	if err != nil {
		return err
	}
	known := func(voices []Voice, name string) bool {
		return slices.ContainsFunc(voices, func(v Voice) bool { return v.Name == name })
	}
	if len(voices) > 0 && !known(voices, base) {
		return fmt.Errorf("%w %q", ErrUnknownVoice, voice)
	}
	if !hasVariant {
		return nil
	}
	if len(s.ListVariants) > 0 {
		variants, err := listVoices(ctx, s.ListVariants)
		if err != nil || known(variants, variant) {
			return err
		}
	}
	return fmt.Errorf("%w %q", ErrUnknownVoice, voice)
}

// cleanText drops what no voice can speak and checks the length.
func (s Program) cleanText(text string) (string, error) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = strings.TrimSpace(text)
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return "", ErrEmptyText
	}
	if n := utf8.RuneCountInString(text); n > s.MaxText {
		return "", fmt.Errorf("%w: %d characters, the limit is %d", ErrTextTooLong, n, s.MaxText)
	}
	return text, nil
}

// Say speaks text into the WAV file dst, which appears whole or not at all.
// voice "" is DefaultVoice, rate 0 is 1. Errors: ErrEmptyText, ErrTextTooLong,
// ErrUnknownVoice, ErrSpeechRate, ErrSpeech (with the program's reason), those
// of the disk, and ctx's.
func (s Program) Say(ctx context.Context, text, voice string, rate float64, dst string) error {
	s = s.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, s.patience(text))
	defer cancel()
	text, voice, rate, err := s.check(ctx, text, voice, rate)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(dst), ".speech-*.wav")
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	defer os.Remove(tmp.Name())
	err = s.speak(ctx, text, voice, rate, tmp)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), dst); err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	return nil
}

// patience is how long a program may take for a text: a slow one that speaks about as
// fast as it is listened to comes to the end of a long bulletin, one that hangs is told.
func (s Program) patience(text string) time.Duration {
	most := min(len(text), 4*s.MaxText) // a longer text is refused
	return time.Duration(1+reading.Syllables(text[:most])/syllablesInTime) * s.Timeout
}

// check completes what Say is given, or says what is wrong with it.
func (s Program) check(ctx context.Context, text, voice string, rate float64) (string, string, float64, error) {
	text, err := s.cleanText(text)
	if err != nil {
		return "", "", 0, err
	}
	if rate == 0 {
		rate = 1
	}
	if !(rate >= MinRate && rate <= MaxRate) {
		return "", "", 0, fmt.Errorf("%w: %v, from %v to %v are possible", ErrRate, rate, MinRate, MaxRate)
	}
	if voice == "" {
		voice = DefaultVoice
	}
	return text, voice, rate, s.checkVoice(ctx, voice)
}

// speak runs the command into tmp and checks that a WAV came out.
func (s Program) speak(ctx context.Context, text, voice string, rate float64, tmp *os.File) error {
	if !s.lines {
		text = oneLine(text)
	}
	fill := strings.NewReplacer("{voice}", voice, "{out}", tmp.Name(), "{text}", strings.TrimLeft(text, "- "),
		// or it would be read as an option
		"{rate}", strconv.FormatFloat(rate, 'f', 2, 64),
		"{wpm}", strconv.Itoa(int(normalWPM*rate+0.5)),
		"{length}", strconv.FormatFloat(1/rate, 'f', 2, 64))
	argv := make([]string, len(s.Command))
	toFile := false
	for i, a := range s.Command {
		argv[i] = fill.Replace(a)
		toFile = toFile || strings.Contains(a, "{out}")
	}
	file := &boundedWriter{w: tmp, left: maxSpeechBytes}
	var out io.Writer = file
	if toFile {
		out = io.Discard
	}
	notes, err := program.Run(ctx, strings.NewReader(text+"\n"), out, argv[0], argv[1:]...)
	switch {
	case file.err != nil: // ours: the program only sees a closed pipe
		return fmt.Errorf("speech: %w", file.err)
	case ctx.Err() != nil:
		return err
	case errors.Is(err, syscall.E2BIG): // it takes the text as an argument
		return fmt.Errorf("%w: for the program %s", ErrTextTooLong, argv[0])
	case err != nil:
		return &Failure{Err: err, Notes: fmt.Sprint(notes)}
	}
	if err := wav.Finish(tmp); err != nil {
		return wavError(err)
	}
	if s.Heard == nil {
		return nil
	}
	return s.Heard(ctx, text, rate, tmp.Name())
}

// Failure is ErrFailed of a program that ended with an error.
type Failure struct {
	Err   error  // how it ended
	Notes string // what it said, in its own words
}

func (f *Failure) Error() string { return fmt.Sprintf("%v: %v: %s", ErrFailed, f.Err, f.Notes) }

// Unwrap is ErrFailed, and how the program ended.
func (f *Failure) Unwrap() []error { return []error{ErrFailed, f.Err} }

// wavError is ErrSpeech where the program wrote no WAV that one can hear.
func wavError(err error) error {
	if errors.Is(err, wav.ErrNone) || errors.Is(err, wav.ErrUnusable) {
		return fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return fmt.Errorf("speech: %w", err)
}

// oneLine joins lines; each ends a sentence, as it would by itself.
func oneLine(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line == "" {
			continue
		}
		b.WriteString(line)
		if last, _ := utf8.DecodeLastRuneInString(line); unicode.IsLetter(last) || unicode.IsDigit(last) {
			b.WriteByte('.')
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// boundedWriter refuses more than left bytes, and remembers why it refused.
type boundedWriter struct {
	w    io.Writer
	left int64
	err  error
}

func (b *boundedWriter) Write(p []byte) (n int, err error) {
	if b.left -= int64(len(p)); b.left < 0 {
		b.err = fmt.Errorf("%w: its sound passes %d bytes", ErrTextTooLong, int64(maxSpeechBytes))
		return 0, b.err
	}
	n, b.err = b.w.Write(p)
	return n, b.err
}
