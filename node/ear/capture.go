package ear

// #cgo pkg-config: alsa
// #include <stdlib.h>
// #include <alsa/asoundlib.h>
//
// static void nothing(const char *file, int line, const char *function, int err, const char *fmt, ...) {}
//
// // loa_ear opens a capture device for one channel of S16 at 48 kHz, converted if need be.
// static int loa_ear(snd_pcm_t **pcm, const char *name) {
// 	snd_lib_error_set_handler(nothing); // the code comes back anyway
// 	int err = snd_pcm_open(pcm, name, SND_PCM_STREAM_CAPTURE, 0);
// 	if (err < 0) return err;
// 	err = snd_pcm_set_params(*pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1, 48000, 1, 200000);
// 	if (err < 0) snd_pcm_close(*pcm);
// 	return err;
// }
//
// // loa_hear reads n frames, taking up again after an overrun.
// static long loa_hear(snd_pcm_t *pcm, short *buf, long n) {
// 	long got = snd_pcm_readi(pcm, buf, n);
// 	if (got < 0) {
// 		int err = snd_pcm_recover(pcm, (int)got, 1);
// 		return err < 0 ? err : 0;
// 	}
// 	return got;
// }
//
// // loa_waits is how many frames are captured and not read yet.
// static long loa_waits(snd_pcm_t *pcm) {
// 	snd_pcm_sframes_t n;
// 	return snd_pcm_delay(pcm, &n) < 0 || n < 0 ? 0 : n;
// }
import "C"

import (
	"context"
	"fmt"
	"time"
	"unsafe"
)

const (
	openAgain = 30 * time.Second // between tries of a device that is not there
	leave     = time.Second      // to a read, when the process ends
	aheadMost = 2 * time.Second  // of its own buffer, and a crystal; a device without a clock would take the whole CPU
)

// Capture hands what an ALSA device hears to hear, with the instant of the first sample, until ctx ends. A device that
// is not there, or goes, is looked for every half a minute; trouble is told of it, and of nil when it is there. A read
// that hangs in the driver cannot be ended: it is left behind, for the process is about to end.
func Capture(ctx context.Context, device string, hear func(pcm []float32, at time.Time), trouble func(error)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := capture(ctx, device, hear, trouble); err != nil {
				trouble(err)
				select {
				case <-ctx.Done():
				case <-time.After(openAgain):
				}
			}
		}
	}()
	<-ctx.Done()
	select {
	case <-done:
	case <-time.After(leave):
	}
}

func capture(ctx context.Context, device string, hear func([]float32, time.Time), trouble func(error)) error {
	name := C.CString(device)
	defer C.free(unsafe.Pointer(name))
	var pcm *C.snd_pcm_t
	if rc := C.loa_ear(&pcm, name); rc < 0 {
		return fmt.Errorf("open capture %s: %s", device, C.GoString(C.snd_strerror(rc)))
	}
	defer C.snd_pcm_close(pcm)
	trouble(nil)
	var raw [frameSamples]C.short
	var block [frameSamples]float32
	begin, frames := time.Now(), time.Duration(0)
	for ctx.Err() == nil {
		n := C.loa_hear(pcm, &raw[0], frameSamples)
		if n < 0 {
			return fmt.Errorf("capture %s: %s", device, C.GoString(C.snd_strerror(C.int(n))))
		}
		for i := range block[:n] {
			block[i] = float32(raw[i]) / 32768
		}
		frames += time.Duration(n)
		if ahead := frames*time.Second/Rate - time.Since(begin); ahead > aheadMost {
			return fmt.Errorf("capture %s: it delivers faster than time passes, so it hears nothing", device)
		}
		began := time.Duration(int64(C.loa_waits(pcm))+int64(n)) * time.Second / Rate
		hear(block[:n], time.Now().Add(-began))
	}
	return nil
}

// Check reports whether a capture device can be opened now.
func Check(device string) error {
	name := C.CString(device)
	defer C.free(unsafe.Pointer(name))
	var pcm *C.snd_pcm_t
	if rc := C.loa_ear(&pcm, name); rc < 0 {
		return fmt.Errorf("open capture %s: %s", device, C.GoString(C.snd_strerror(rc)))
	}
	C.snd_pcm_close(pcm)
	return nil
}
