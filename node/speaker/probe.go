package speaker

// #cgo pkg-config: alsa
// #include <stdarg.h>
// #include <alsa/asoundlib.h>
//
// static void quiet(const char *file, int line, const char *function, int err, const char *fmt, ...) {}
//
// // ALSA writes its errors to stderr, for a missing card a dozen lines at every look. The codes come back anyway.
// static void loa_quiet(void) { snd_lib_error_set_handler(quiet); }
//
// // loa_probe opens "default" with the parameters that oto asks for, in oto's order so that the sizes come out
// // the same, and closes it. It returns 0 and the sizes in frames, or a negative ALSA error.
// static int loa_probe(unsigned rate, unsigned channels, snd_pcm_uframes_t *buffer, snd_pcm_uframes_t *period) {
// 	snd_pcm_t *pcm;
// 	snd_pcm_hw_params_t *hw;
// 	unsigned near = rate;
// 	int err = snd_pcm_open(&pcm, "default", SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
// 	if (err < 0) return err;
// 	snd_pcm_hw_params_alloca(&hw);
// 	(err = snd_pcm_hw_params_any(pcm, hw)) < 0 ||
// 		(err = snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED)) < 0 ||
// 		(err = snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_FLOAT_LE)) < 0 ||
// 		(err = snd_pcm_hw_params_set_channels(pcm, hw, channels)) < 0 ||
// 		(err = snd_pcm_hw_params_set_rate_resample(pcm, hw, 1)) < 0 ||
// 		(err = snd_pcm_hw_params_set_rate_near(pcm, hw, &near, NULL)) < 0 ||
// 		(err = snd_pcm_hw_params_set_buffer_size_near(pcm, hw, buffer)) < 0 ||
// 		(err = snd_pcm_hw_params_set_period_size_near(pcm, hw, period, NULL)) < 0 ||
// 		(err = snd_pcm_hw_params(pcm, hw)) < 0;
// 	if (err >= 0 && near != rate) err = -EINVAL;
// 	snd_pcm_close(pcm);
// 	return err < 0 ? err : 0;
// }
import "C"

import "fmt"

// probe reports whether ALSA's default can be opened for the channels given, and the buffer and period sizes, in
// frames, that it grants when asked for these.
func probe(channels, buffer, period int) (gotBuffer, gotPeriod int, err error) {
	C.loa_quiet()
	// ALSA reads its configuration once and would not see a card that came later.
	C.snd_config_update_free_global()
	b, p := C.snd_pcm_uframes_t(buffer), C.snd_pcm_uframes_t(period)
	if rc := C.loa_probe(Rate, C.unsigned(channels), &b, &p); rc < 0 {
		return 0, 0, fmt.Errorf("open alsa default: %s", C.GoString(C.snd_strerror(rc)))
	}
	return int(b), int(p), nil
}

// Probe reports whether the sound card could be opened now. One that a running
// node holds cannot, unless ALSA mixes.
func Probe() error {
	_, _, err := probe(channels, alsaBuffer, alsaPeriod)
	return err
}
