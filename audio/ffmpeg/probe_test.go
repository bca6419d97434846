package ffmpeg

import (
	"math"
	"testing"
)

// ffprobe tells what a stranger's file says of itself.
func FuzzProbed(f *testing.F) {
	f.Add([]byte(`{"format":{"format_name":"mov,mp4","duration":"3.5","probe_score":100},"streams":[{"codec_type":"audio","duration":"3.4"}]}`), false)
	f.Add([]byte(`{"format":{"duration":"NaN","probe_score":100},"streams":[{"codec_type":"audio","duration":"-inf"}]}`), false)
	f.Add([]byte(`{"streams":null}`), true)
	f.Fuzz(func(t *testing.T, answer []byte, guessed bool) {
		var rec recording
		stated, err := rec.probed(answer, guessed)
		if math.IsNaN(stated) || stated < 0 || err != nil && stated != 0 || guessed && stated != 0 {
			t.Fatal(stated, err)
		}
	})
}
