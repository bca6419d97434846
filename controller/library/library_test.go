package library

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/ffmpeg"
	"loa/audio/level"
	"loa/audio/speech"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/controller/voices"
)

const sentence = "Xin chào bà con. Mời bà con đi họp."

func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	storetest.Fill(t, dir)
	s, err := store.Open(context.Background(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// bench is a library over a real store in a temporary folder.
func bench(t testing.TB, opt Options) (*Library, string) {
	t.Helper()
	dir := t.TempDir()
	opt.Store = openStore(t, dir)
	opt.Logger = slog.New(slog.DiscardHandler)
	return New(opt), dir
}

// recordings are those that some test has made, by their extension.
var recordings sync.Map

// recording is the sentence as a file of a kind, by its extension.
func recording(t testing.TB, name string) []byte {
	t.Helper()
	if b, ok := recordings.Load(filepath.Ext(name)); ok {
		return bytes.Clone(b.([]byte))
	}
	dir := t.TempDir()
	wav, path := filepath.Join(dir, "speech.wav"), filepath.Join(dir, name)
	require.NoError(t, speech.Program{}.Say(context.Background(), sentence, "", 0, wav))
	if filepath.Ext(name) == ".wav" {
		path = wav
	} else {
		out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", wav, path).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	recordings.Store(filepath.Ext(name), bytes.Clone(b))
	return b
}

// files lists every file of the store but its database.
func files(t testing.TB, dir string) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), "loa.db") {
			all = append(all, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	}))
	return all
}

func requireProblem(t testing.TB, err error, kind problem.Kind, code string) *problem.Problem {
	t.Helper()
	p, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, p.Code, "%v", err)
	require.Equal(t, kind, p.Kind)
	require.NotEmpty(t, p.VI)
	require.NotContains(t, p.VI+p.EN, "%!")
	return p
}

func shaOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestUploadIsAClipOnce(t *testing.T) {
	var mu sync.Mutex
	var stages []Stage
	var last Job
	l, dir := bench(t, Options{OnChange: func(j Job) {
		mu.Lock()
		defer mu.Unlock()
		if len(stages) == 0 || stages[len(stages)-1] != j.Stage {
			stages = append(stages, j.Stage)
		}
		last = j
	}})
	original := recording(t, "a.m4a")
	clip, err := l.Upload(t.Context(), "p1", `C:\Thu âm\họp thôn.m4a`, bytes.NewReader(original))
	require.NoError(t, err)
	require.Equal(t, "họp thôn.m4a", clip.Name)
	require.InDelta(t, level.TargetLUFS, clip.LUFS, 1)
	require.LessOrEqual(t, clip.PeakDBTP, level.CeilingDBTP)
	require.InDelta(t, 2.5, clip.Seconds, 1)
	require.Equal(t, shaOf(original), clip.OriginalSHA)
	require.Equal(t, []Stage{Receiving, Waiting, Levelling, Storing, Done}, stages)
	require.Equal(t, clip.ID, last.Clip)
	require.Equal(t, 1.0, last.Fraction)
	require.Empty(t, l.Jobs())

	made, err := os.ReadFile(l.opt.Store.ClipPath(clip.ID))
	require.NoError(t, err)
	require.Equal(t, clip.ID, shaOf(made))
	require.EqualValues(t, len(made), clip.Bytes)
	kept, err := os.ReadFile(l.opt.Store.OriginalPath(clip.OriginalSHA))
	require.NoError(t, err)
	require.Equal(t, original, kept)
	require.Len(t, files(t, dir), 2)

	again, err := l.Upload(t.Context(), "p1", "another name.m4a", bytes.NewReader(original))
	require.NoError(t, err)
	require.Equal(t, "another name.m4a", again.Name, "as it is called now")
	again.Name = clip.Name
	require.Equal(t, clip, again, "the same recording is the same clip")
	require.Len(t, files(t, dir), 2)
	all, err := l.opt.Store.ListClips(t.Context(), time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestSpeakIsRemembered(t *testing.T) {
	l, dir := bench(t, Options{})
	clip, err := l.Speak(t.Context(), "p1", Text{Text: "  " + sentence + "\n"})
	require.NoError(t, err)
	require.Equal(t, store.Speech, clip.Kind)
	require.Equal(t, sentence, clip.Text)
	require.Equal(t, sentence, clip.Name)
	require.Equal(t, []string{"clips/" + clip.ID[:2] + "/" + clip.ID + ".opus"}, files(t, dir))

	path := os.Getenv("PATH")
	t.Setenv("PATH", t.TempDir()) // what is remembered needs no program
	again, err := l.Speak(t.Context(), "p1", Text{Text: sentence, Voice: speech.DefaultVoice, Rate: 1})
	require.NoError(t, err)
	require.Equal(t, clip, again)
	_, err = l.Speak(t.Context(), "p1", Text{Text: sentence, Rate: 1.5})
	require.Error(t, err, "another rate is another clip")

	t.Setenv("PATH", path)
	require.NoError(t, os.Remove(l.opt.Store.ClipPath(clip.ID)))
	again, err = l.Speak(t.Context(), "p1", Text{Text: sentence, Rate: 1})
	require.NoError(t, err)
	require.FileExists(t, l.opt.Store.ClipPath(again.ID), "a lost file is made again")
}

// Each of these is answered with a sentence, and leaves nothing.
func TestWhatIsRefused(t *testing.T) {
	errLarge := errors.New("larger than a request may be")
	l, dir := bench(t, Options{MaxBytes: 400_000, TooLarge: func(err error) bool { return errors.Is(err, errLarge) },
		FFmpeg: ffmpeg.Program{MaxDuration: time.Minute}})
	wav, m4a := recording(t, "a.wav"), recording(t, "a.m4a")
	long, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=70", "-b:a", "32k", "-f", "mp3", "-").Output()
	require.NoError(t, err)
	film, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-c:v", "mpeg4", "-f", "matroska",
		"-").Output()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		body io.Reader
		kind problem.Kind
		code string
		says string // in Vietnamese
	}{
		"text.mp3":  {strings.NewReader(strings.Repeat("đây là văn bản\n", 99)), problem.Invalid, "clip_not_audio", "m4a"},
		"empty.wav": {strings.NewReader(""), problem.Malformed, "clip_empty", "rỗng"},
		"cut.m4a":   {bytes.NewReader(m4a[:len(m4a)/2]), problem.Invalid, "clip_truncated", "tắt giữa chừng"},
		"head.wav":  {bytes.NewReader(wav[:44]), problem.Invalid, "clip_no_data", "chỉ có phần đầu"},
		"cut.wav":   {bytes.NewReader(wav[:len(wav)/2]), problem.Invalid, "clip_truncated", "thiếu phần cuối"},
		"long.mp3":  {bytes.NewReader(long), problem.Invalid, "clip_too_long", "1 phút"},
		"film.mkv":  {bytes.NewReader(film), problem.Invalid, "clip_no_audio", "chỉ có hình"},
		"zeros.wav": {bytes.NewReader(append(wav[:44:44], make([]byte, len(wav)-44)...)), problem.Invalid, "clip_silent", "im lặng"},
		"big.wav":   {io.LimitReader(zeros{}, 1<<40), problem.TooLarge, "clip_too_big", "390,6 kB"},
		"lost.wav": {io.MultiReader(bytes.NewReader(wav[:9999]), broken{io.ErrUnexpectedEOF}), problem.Malformed, "upload_broken_off",
			"gửi lại"},
		"body.wav":  {broken{errLarge}, problem.TooLarge, "clip_too_big", "390,6 kB"},
		"list.m3u8": {strings.NewReader("#EXTM3U\n#EXTINF:9,\n/etc/passwd\n"), problem.Invalid, "clip_not_audio", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.Upload(t.Context(), "p1", name, c.body)
			p := requireProblem(t, err, c.kind, c.code)
			require.Contains(t, p.VI, c.says)
			require.Empty(t, files(t, dir))
		})
	}
	for name, c := range map[string]struct {
		text, voice string
		rate        float64
		kind        problem.Kind
		code, says  string
	}{
		"no text":   {" \n", "", 0, problem.Malformed, "text_empty", "nhập"},
		"no words":  {"… !", "", 0, problem.Malformed, "text_empty", "nhập"},
		"long text": {strings.Repeat("a ", 10_001), "", 0, problem.TooLarge, "text_too_long", "20000"},
		"voice":     {sentence, "klingon", 0, problem.Invalid, "voice_unknown", "vi, vi-vn-x-central"},
		"option":    {sentence, "--help", 0, problem.Invalid, "voice_unknown", "vi"},
		"rate":      {sentence, "", 17, problem.Invalid, "rate_out_of_range", "0,5"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.Speak(t.Context(), "p1", Text{Text: c.text, Voice: c.voice, Rate: c.rate})
			p := requireProblem(t, err, c.kind, c.code)
			require.Contains(t, p.VI, c.says)
			require.Empty(t, files(t, dir))
		})
	}
	l.opt.Voices = engines(t, voices.Engine{Name: "dumb", Command: []string{"false"}})
	_, err = l.Speak(t.Context(), "p1", Text{Text: sentence})
	requireProblem(t, err, problem.Unavailable, "voice_fails")
	require.Empty(t, files(t, dir))
	all, err := l.opt.Store.ListClips(t.Context(), time.Time{}, 10)
	require.NoError(t, err)
	require.Empty(t, all)
	require.Empty(t, l.Jobs())
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// The row that makes a clip is the last step; when it fails, no file is left.
func TestFailedRowTakesFilesBack(t *testing.T) {
	l, dir := bench(t, Options{})
	wav := recording(t, "a.wav")
	require.NoError(t, l.opt.Store.Close())
	_, err := l.Upload(t.Context(), "p1", "a.wav", bytes.NewReader(wav))
	require.Error(t, err)
	require.Empty(t, files(t, dir))
	l.opt.Store = openStore(t, dir)
	first, err := l.Upload(t.Context(), "p1", "a.wav", bytes.NewReader(wav))
	require.NoError(t, err)
	require.NoError(t, l.opt.Store.Close())
	_, err = l.Upload(t.Context(), "p1", "a.wav", bytes.NewReader(wav))
	require.Error(t, err)
	require.FileExists(t, l.opt.Store.ClipPath(first.ID), "what was there before stays")
	require.FileExists(t, l.opt.Store.OriginalPath(first.OriginalSHA))
}

func TestMissingFFmpegIsNoProblemOfThePerson(t *testing.T) {
	l, dir := bench(t, Options{FFmpeg: ffmpeg.Program{ProbePath: "no-such-program"}})
	_, err := l.Upload(t.Context(), "p1", "a.m4a", bytes.NewReader(recording(t, "a.m4a")))
	require.ErrorIs(t, err, exec.ErrNotFound)
	_, isProblem := problem.Of(err)
	require.False(t, isProblem)
	require.Empty(t, files(t, dir))
}

// A disk fills at each step in turn: while receiving, and while the clip is
// written. The store's folder is a small disk of its own.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Logf("not root, no small disk to fill: %v", err)
		return
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH) // a program that is just being started may have files of it open
	s := openStore(t, dir)
	defer s.Close()
	l := New(Options{Store: s, Logger: slog.New(slog.DiscardHandler)})
	_, err := l.Upload(t.Context(), "p1", "big.wav", io.LimitReader(zeros{}, 8<<20))
	requireProblem(t, err, problem.Full, "disk_full")
	require.Empty(t, files(t, dir))

	m4a := recording(t, "a.m4a")
	ballast := filepath.Join(dir, "ballast")
	fill := func(spare int) { // leaves room for spare bytes
		var st syscall.Statfs_t
		require.NoError(t, os.RemoveAll(ballast))
		require.NoError(t, syscall.Statfs(dir, &st))
		n := int(st.Bavail)*int(st.Bsize) - spare
		require.NoError(t, os.WriteFile(ballast, make([]byte, n), 0o600))
	}
	for _, spare := range []int{0, len(m4a)/2 + 4096, len(m4a) + 8192, len(m4a) + 12288} {
		fill(spare)
		_, err := l.Upload(t.Context(), "p1", "a.m4a", bytes.NewReader(m4a))
		requireProblem(t, err, problem.Full, "disk_full")
		require.Equal(t, []string{"ballast"}, files(t, dir), "spare %d", spare)
		_, err = l.Speak(t.Context(), "p1", Text{Text: sentence})
		requireProblem(t, err, problem.Full, "disk_full")
		require.Equal(t, []string{"ballast"}, files(t, dir), "spare %d", spare)
	}
	require.NoError(t, os.Remove(ballast))
	_, err = l.Upload(t.Context(), "p1", "a.m4a", bytes.NewReader(m4a))
	require.NoError(t, err, "and works again when there is room")
}

func TestTwoAtOnceTheOthersWait(t *testing.T) {
	reached, goOn := make(chan string), make(chan struct{})
	var l *Library
	l, dir := bench(t, Options{OnChange: func(j Job) {
		if j.Stage == Levelling && j.Fraction == 0 {
			reached <- j.ID
			<-goOn
		}
	}})
	wav := recording(t, "a.wav")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 4)
	upload := func(ctx context.Context, who string) {
		_, err := l.Upload(ctx, who, "a.wav", bytes.NewReader(wav))
		ended <- err
	}
	go upload(t.Context(), "p1")
	go upload(t.Context(), "p2")
	<-reached
	<-reached
	go upload(ctx, "p3") // the third finds both places taken
	gone := errors.New("the browser was closed")
	cancel(gone)
	require.ErrorIs(t, <-ended, gone)
	jobs := l.Jobs()
	require.Len(t, jobs, 2)
	require.Equal(t, Levelling, jobs[0].Stage)
	close(goOn)
	require.NoError(t, <-ended)
	require.NoError(t, <-ended)
	require.Len(t, files(t, dir), 2, "both made the same clip")
	require.Empty(t, l.Jobs())
}

func TestTooManyJobs(t *testing.T) {
	l, dir := bench(t, Options{})
	for n := range maxJobs {
		_, err := l.begin(fmt.Sprint("p", 2+n/maxEach), "x", Waiting)
		require.NoError(t, err)
	}
	_, err := l.Upload(t.Context(), "p1", "a.wav", strings.NewReader("x"))
	requireProblem(t, err, problem.TooMany, "library_busy")
	require.Len(t, l.Jobs(), maxJobs)
	require.Empty(t, files(t, dir))
}

// What a crash leaves in mid-work is gone when the controller is back.
func TestCrashLeavesNothing(t *testing.T) {
	l, dir := bench(t, Options{})
	j, err := l.begin("p1", "x", Receiving)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(j.dir, "original"), []byte("half"), 0o600))
	require.Len(t, files(t, dir), 1)
	require.NoError(t, l.opt.Store.Close())
	New(Options{Store: openStore(t, dir), Logger: slog.New(slog.DiscardHandler)})
	require.Empty(t, files(t, dir))
}

func TestNames(t *testing.T) {
	require.Equal(t, "a b", cleanName(" a\x00\n b\t"))
	require.Len(t, []rune(cleanName(strings.Repeat("ọ", 500))), maxName)
	require.Equal(t, "a?b", cleanName("a\xffb"))
	require.Equal(t, "một hai", firstWords(" một\nhai "))
	require.Equal(t, "1 2 3 4 5 6 7 8 9 10 11 12 …", firstWords("1 2 3 4 5 6 7 8 9 10 11 12 13"))
	require.Equal(t, []any{1.0, "GB"}, size(1<<30))
	require.Equal(t, []any{1.5, "MB"}, size(3<<19))
	require.Equal(t, []any{int64(12), "bytes"}, size(12))
}

// What was mended in a recording is kept with the clip, and said in both languages.
func TestRemarks(t *testing.T) {
	l, _ := bench(t, Options{})
	out, err := exec.Command("sh", "-c",
		"espeak-ng -v vi --stdout 'xin chào bà con, mời bà con đi họp' | ffmpeg -v error -i - -af 'pan=stereo|c0=c0|c1=-1*c0' -f wav -").Output()
	require.NoError(t, err)
	clip, err := l.Upload(t.Context(), "p1", "opposite.wav", bytes.NewReader(out))
	require.NoError(t, err)
	require.Len(t, clip.Notes, 1)
	require.Equal(t, string(level.OppositeChannels), clip.Notes[0].Code)
	r, ok := Remark(clip.Notes[0])
	require.True(t, ok)
	require.Contains(t, r.VI, "chỉ lấy kênh trái")
	again, err := l.opt.Store.GetClip(t.Context(), clip.ID)
	require.NoError(t, err)
	require.Equal(t, clip, again)
	for _, code := range []level.NoteCode{level.OppositeChannels, level.NoisyChannel, level.QuietChannel, level.Offset, level.Knocks,
		level.TooQuiet, level.TooNoisy, level.NoiseOnly} {
		r, ok := Remark(store.ClipNote{Code: string(code), Channel: level.Right, Seconds: 3.2, DB: 12.4, Places: 2})
		require.True(t, ok, code)
		require.NotEmpty(t, r.VI)
		require.NotEmpty(t, r.EN)
		require.NotContains(t, r.VI+r.EN, "%!")
	}
	_, ok = Remark(store.ClipNote{Code: "of a later version"})
	require.False(t, ok)
}
