package doctor

import (
	"context"
	"time"

	"loa/node/speaker"
	"loa/node/wire"
)

func (b *boardExam) sound() {
	wiring := say("kiểm tra card âm thanh (aplay -l), dây nối, và nhóm audio",
		"check the sound card (aplay -l), its wiring, and the group audio")
	missing := say("Không mở được card âm thanh", "The sound card cannot be opened")
	switch {
	case b.config.Sound != "alsa":
		b.Unknown("sound", say("Âm thanh không ra card: sound là "+b.config.Sound, "No sound card is used: sound is "+b.config.Sound),
			say("đặt sound: alsa nếu có loa", "set sound: alsa if there is a horn"), nil)
	case b.tells("sound", wire.FaultSound):
	case b.now != nil && b.now.Status.Sound.OK:
		b.OK("sound", "Card âm thanh đang phát", "The sound card is playing")
	case b.now != nil:
		b.Bad("sound", missing, wiring, words(b.now.Status.Sound.Error))
	default:
		_, err := speaker.Probe()
		b.Is("sound", err, say("Card âm thanh mở được", "The sound card can be opened"), missing, wiring)
	}
}

// mixer looks for the sound card's own volume, if the node is to set it.
func (b *boardExam) mixer(ctx context.Context) {
	if b.config.Sound != "alsa" || b.tells("mixer", wire.FaultMixer) {
		return
	}
	var told string
	var err error
	if b.now != nil {
		told = b.now.Status.Sound.Mixer
	} else {
		told, err = b.config.LookAtMixer(ctx)
	}
	byHand := say("cài alsa-utils; xem tên bằng amixer scontents rồi ghi vào mục mixer_control, hoặc đặt âm lượng bằng tay: alsamixer",
		"install alsa-utils; find its name by amixer scontents and set mixer_control, or set it by hand: alsamixer")
	switch {
	case told != "":
		b.OK("mixer", "Âm lượng của card âm thanh: "+told, "The sound card's own volume: "+told)
	case b.config.MixerControl == "none":
		b.Unknown("mixer", say("Âm lượng của card âm thanh để nguyên (mixer_control: none)",
			"The sound card's own volume is left alone (mixer_control: none)"),
			say("bỏ mục mixer_control nếu loa nhỏ hoặc im", "take mixer_control out if the horn is quiet or silent"), nil)
	case len(b.config.Mixer) > 0:
		b.OK("mixer", "Âm lượng của card âm thanh do lệnh ở mục mixer đặt", "The sound card's own volume is set by the command mixer")
	default:
		b.Unknown("mixer", say("Âm lượng của card âm thanh: chưa rõ, không do cụm loa đặt",
			"The sound card's own volume is not known, and not set by the node"), byHand, err)
	}
}

func (b *boardExam) amplifier() {
	has, err := b.config.CheckSwitch()
	do := say("kiểm tra mục amp_gpio, amp_on, amp_off và rơ-le", "check amp_gpio, amp_on, amp_off and the relay")
	switch {
	case !has:
		b.Unknown("amplifier", say("Âm li không do cụm loa bật tắt", "The amplifier is not switched by the node"),
			say("nếu cần: mục amp_gpio hoặc amp_on trong cấu hình", "if it should be: amp_gpio or amp_on in the settings"), nil)
	case b.tells("amplifier", wire.FaultAmp, wire.FaultStuckAmp):
	case b.now != nil && b.now.Status.Amp != nil:
		b.OK("amplifier", "Công tắc âm li nghe lệnh", "The amplifier's switch does as it is told")
	default:
		b.Is("amplifier", err, say("Có công tắc âm li", "The amplifier's switch is there"),
			say("Không có công tắc âm li", "The amplifier's switch is not there"), do)
	}
}

func (b *boardExam) ears() {
	do := say("kiểm tra micro (arecord -l) và mục ear, ear_line", "check the microphone (arecord -l) and ear, ear_line in the settings")
	switch {
	case b.config.Ear == "":
		b.Unknown("ear", say("Không có micro: chưa rõ loa có kêu thật không", "No microphone: whether the horn really sounds is not known"),
			say("nghe thử tại chỗ, hoặc lắp micro (mục ear)", "listen there, or fit a microphone (ear)"), nil)
	case b.tells("ear", wire.FaultEar):
	case b.tells("horn", wire.FaultMuteHorn, wire.FaultHorn, wire.FaultLine, wire.FaultWeakHorn):
	case b.now != nil && b.now.Status.EarSite == nil && b.config.EarLevel == nil:
		b.Unknown("ear", say("Micro đang nghe nhưng chưa hiệu chuẩn: loa im cũng không báo được",
			"The microphone is listening and not calibrated: a silent horn is not told"),
			say("đợi lúc xung quanh yên, rồi: sudo loa node ear calibrate", "when it is quiet around: sudo loa node ear calibrate"), nil)
	case b.now != nil && b.now.Status.EarSite != nil:
		at := b.now.Status.EarSite.At.Local()
		b.OK("ear", "Micro đang nghe, hiệu chuẩn ngày "+at.Format("02/01/2006"), "The microphone is listening, calibrated on "+
			at.Format(time.DateOnly))
	case b.now != nil:
		b.OK("ear", "Micro đang nghe", "The microphone is listening")
	default:
		b.Is("ear", b.config.CheckEars(), say("Micro mở được", "The microphone can be opened"),
			say("Không mở được micro", "The microphone cannot be opened"), do)
	}
}
