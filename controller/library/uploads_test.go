package library

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
	"loa/controller/store"
)

// made is the sentence as ffmpeg's filter makes it of the one that is said.
func made(t *testing.T, filter string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "said.wav")
	require.NoError(t, os.WriteFile(path, recording(t, "said.wav"), 0o600))
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-af", filter, "-f", "wav", "-").Output()
	require.NoError(t, err)
	return out
}

func codes(c store.Clip) (all []string) {
	for _, n := range c.Notes {
		all = append(all, n.Code)
	}
	return all
}

// What is told of an upload is told of this one: who sends a clean recording is not told what
// was mended in another's of the same sound, nor how that was called; and what was told at first stays.
func TestNotesAreOfTheUpload(t *testing.T) {
	l, _ := bench(t, Options{})
	upload := func(name string, file []byte) store.Clip {
		c, err := l.Upload(t.Context(), "p1", name, bytes.NewReader(file))
		require.NoError(t, err)
		return c
	}
	anti := upload("ngược.wav", made(t, "pan=stereo|c0=c0|c1=-1*c0"))
	mono := upload("một kênh.wav", made(t, "anull"))
	both := upload("hai kênh.wav", made(t, "pan=stereo|c0=c0|c1=c0"))
	require.Equal(t, []string{"channels_opposite"}, codes(anti))
	require.Empty(t, codes(mono))
	require.Empty(t, codes(both))
	require.Equal(t, "một kênh.wav", mono.Name)
	require.Equal(t, "hai kênh.wav", both.Name)
	require.Equal(t, mono.ID, both.ID, "the same sound of which the same is to be said is one clip")
	for _, c := range []store.Clip{anti, mono} {
		kept, err := l.opt.Store.GetClip(t.Context(), c.ID)
		require.NoError(t, err)
		require.Equal(t, []any{c.Name, codes(c)}, []any{kept.Name, codes(kept)})
	}
	again := upload("lần nữa.wav", made(t, "pan=stereo|c0=c0|c1=-1*c0"))
	require.Equal(t, []any{anti.ID, codes(anti), "lần nữa.wav"}, []any{again.ID, codes(again), again.Name})
}

// Parts that are left out are there, and something is left to be said.
func TestWhatIsLeftOutMustBeThere(t *testing.T) {
	l, _ := bench(t, Options{})
	const paper = "Mời bà con đi họp.\n\nNơi nhận:\n- Như trên;\n- Lưu: VT."
	_, sentences := l.Script(paper, nil)
	require.NotEmpty(t, sentences)
	const block = "Nơi nhận:\n- Như trên;\n- Lưu: VT."
	require.NoError(t, l.CheckLeave(paper, []string{block}))
	clip, err := l.Speak(t.Context(), "p1", Text{Text: paper, Leave: []string{block}})
	require.NoError(t, err)
	require.NotContains(t, clip.Said, "Nơi nhận")
	for _, leave := range [][]string{{"Nơi nhận"}, {block, "khác"}, {"Mời bà con đi họp."}} {
		_, err := l.Speak(t.Context(), "p1", Text{Text: paper, Leave: leave})
		requireProblem(t, err, problem.Invalid, "leave_unknown")
		_, _, _, err = l.Preview(t.Context(), Text{Text: paper, Leave: leave}, 0)
		requireProblem(t, err, problem.Invalid, "leave_unknown")
	}
	_, err = l.Speak(t.Context(), "p1", Text{Text: block, Leave: []string{block}})
	requireProblem(t, err, problem.Invalid, "leave_all")
	_, _, _, err = l.Preview(t.Context(), Text{Text: paper}, -1)
	requireProblem(t, err, problem.Invalid, "at_negative")
}
