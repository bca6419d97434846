package library

import (
	"fmt"
	"math"
	"slices"

	"loa/audio/level"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/voices"
)

// notesOf are what the store keeps of what was mended in a recording.
func notesOf(notes []level.Note) (kept []store.ClipNote) {
	for _, n := range notes {
		kept = append(kept, store.ClipNote{Code: string(n.Code), Channel: n.Channel, Seconds: n.Time.Seconds(), DB: n.DB, Places: n.Places})
	}
	return kept
}

// instead is the code of the note that another voice spoke than was asked for.
const instead = "voice_instead"

// spokenInstead notes on a clip whose voice did not speak it.
func spokenInstead(c store.Clip, f *voices.Fault) store.Clip {
	if c.ID != "" && f != nil {
		c.Notes = append(slices.Clone(c.Notes), store.ClipNote{Code: instead, Voice: f.Voice.Engine.Name})
	}
	return c
}

// InsteadOf is the engine in whose place the built-in voice spoke a clip; "": none.
func InsteadOf(c store.Clip) string {
	for _, n := range c.Notes {
		if n.Code == instead {
			return n.Voice
		}
	}
	return ""
}

// Remark says in words what was mended in a recording, or could not be, and what
// to do the next time. It is no fault: the clip is there. Of a note of a later
// version it says nothing, and ok is false.
func Remark(n store.ClipNote) (r *problem.Problem, ok bool) {
	taken, left := [2]string{"trái", "left"}, [2]string{"phải", "right"}
	if n.Channel == level.Right {
		taken, left = left, taken
	}
	seconds, dB := int(math.Ceil(n.Seconds)), int(math.Round(n.DB))
	say := func(vi, en string) (*problem.Problem, bool) {
		return &problem.Problem{Kind: problem.Invalid, Code: n.Code, VI: vi, EN: en}, true
	}
	switch level.NoteCode(n.Code) {
	case instead:
		return say(fmt.Sprintf("Giọng đọc %s không đọc được nên Loa đã đọc bằng giọng có sẵn. Hãy báo kỹ thuật viên; "+
			"lý do xem ở trang Cài đặt, phần Giọng đọc.", n.Voice),
			fmt.Sprintf("The voice %s did not speak, so the built-in one did. Tell the technician; the page Settings, at Voices, says why.",
				n.Voice))
	case level.OppositeChannels:
		return say(fmt.Sprintf("Hai kênh của bản ghi ngược pha nhau trong khoảng %d giây nên ở đó Loa chỉ lấy kênh %s. "+
			"Lần sau hãy kiểm tra dây micrô.", seconds, taken[0]),
			fmt.Sprintf("For about %d seconds the two channels of the recording are opposite to each other, so only the %s one was taken there. "+
				"Check the microphone's cable next time.", seconds, taken[1]))
	case level.NoisyChannel:
		return say(fmt.Sprintf("Kênh %s của bản ghi ồn hơn nhiều nên Loa chỉ lấy kênh %s.", left[0], taken[0]),
			fmt.Sprintf("The %s channel of the recording is far noisier, so only the %s one was taken.", left[1], taken[1]))
	case level.QuietChannel:
		return say(fmt.Sprintf("Kênh %s của bản ghi gần như không có tiếng nên Loa chỉ lấy kênh %s.", left[0], taken[0]),
			fmt.Sprintf("The %s channel of the recording holds nearly nothing, so only the %s one was taken.", left[1], taken[1]))
	case level.Offset:
		return say("Bản ghi bị lệch một chiều (DC), Loa đã bỏ phần lệch. Lần sau hãy kiểm tra máy ghi hoặc card âm thanh.",
			"The recording has a constant offset (DC), which was taken out. Check the recorder or the sound card next time.")
	case level.Knocks:
		return say(fmt.Sprintf("Bản ghi có %d chỗ tiếng rất to so với lời nói (vỗ tay, va micrô, lỗi tệp), Loa đã hạ xuống. Hãy nghe lại.",
			n.Places),
			fmt.Sprintf("In %d places the recording is far louder than what is said (a clap, a knock, a fault of the file), "+
				"which was turned down. Listen to it.", n.Places))
	case level.Overdriven:
		return say("Ghi âm bị vỡ tiếng: máy ghi để mức thu quá cao. Hãy nghe lại; nếu nghe rè, "+
			"hãy ghi lại với mức thu thấp hơn, hoặc đứng xa micrô hơn.",
			"The recording is overdriven: the recorder's level was too high. Listen to it; if it rasps, record it again at a lower level, "+
				"or farther from the microphone.")
	case level.TooQuiet:
		return say(fmt.Sprintf("Ghi âm quá nhỏ: Loa đã tăng %d dB, tiếng ồn cũng to lên theo. Hãy nghe lại; lần sau hãy nói gần micrô hơn.", dB),
			fmt.Sprintf("The recording is too quiet: it was made %d dB louder, and its noise with it. "+
				"Listen to it, and speak nearer to the microphone next time.", dB))
	case level.TooNoisy:
		return say(fmt.Sprintf("Ghi âm quá ồn: lời nói chỉ to hơn tiếng ồn khoảng %d dB. Hãy nghe lại; nếu không rõ, hãy ghi lại ở nơi yên tĩnh.",
			max(1, dB)),
			fmt.Sprintf("The recording is too noisy: what is said is only about %d dB above the noise. Listen to it; "+
				"if it is not clear, record it again in a quiet place.", max(1, dB)))
	case level.NoiseOnly:
		return say(fmt.Sprintf("Ghi âm quá nhỏ và đều như tiếng ồn nên Loa không tăng hết: nó nhỏ hơn các bản tin khác %d dB. Hãy nghe lại; "+
			"nếu không nghe rõ lời, hãy ghi lại.", dB),
			fmt.Sprintf("The recording is too quiet and as steady as noise, so it was not made as loud as others: it stays %d dB below. "+
				"Listen to it; if there are no clear words, record it again.", dB))
	}
	return nil, false
}
