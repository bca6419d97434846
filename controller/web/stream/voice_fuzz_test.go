package stream

import "testing"

// What comes from a microphone is anybody's bytes.
func FuzzMicrophone(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Add([]byte(`{"end":true}`))
	f.Add([]byte(`{"codec":"opus"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		pcm := samplesOf(data)
		if len(pcm) != len(data)/2 {
			t.Fatal(len(pcm))
		}
		for _, v := range pcm {
			if v < -1 || v >= 1 {
				t.Fatal(v)
			}
		}
		_, _ = isEnd(data), codecOf(data)
	})
}
