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
// // the same, and closes it. It returns 0 and the sizes in frames, or a negative ALSA error; card is the number of the
// // card behind it, negative if there is none.
// static int loa_probe(unsigned rate, unsigned channels, snd_pcm_uframes_t *buffer, snd_pcm_uframes_t *period, int *card) {
// 	snd_pcm_t *pcm;
// 	snd_pcm_hw_params_t *hw;
// 	snd_pcm_info_t *info;
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
// 	snd_pcm_info_alloca(&info);
// 	*card = snd_pcm_info(pcm, info) < 0 ? -1 : snd_pcm_info_get_card(info);
// 	snd_pcm_close(pcm);
// 	return err < 0 ? err : 0;
// }
import "C"

import "fmt"

// probe reports whether ALSA's default can be opened for the channels given, and the buffer and period sizes, in
// frames, that it grants when asked for these. card is the card behind it as ALSA names it, "" if it is none.
func probe(channels, buffer, period int) (gotBuffer, gotPeriod int, card string, err error) {
	C.loa_quiet()
	// ALSA reads its configuration once and would not see a card that came later.
	C.snd_config_update_free_global()
	b, p := C.snd_pcm_uframes_t(buffer), C.snd_pcm_uframes_t(period)
	number := C.int(-1)
	if rc := C.loa_probe(Rate, C.unsigned(channels), &b, &p, &number); rc < 0 {
		return 0, 0, "", fmt.Errorf("open alsa default: %s", C.GoString(C.snd_strerror(rc)))
	}
	if number >= 0 {
		card = fmt.Sprintf("hw:%d", number)
	}
	return int(b), int(p), card, nil
}

// Probe reports whether the sound card could be opened now, and its name: see
// [State]. One that a running node holds cannot, unless ALSA mixes.
func Probe() (card string, err error) {
	_, _, card, err = probe(channels, alsaBuffer, alsaPeriod)
	return card, err
}
