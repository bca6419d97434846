package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"loa/audio/ffmpeg"
	"loa/audio/speech"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/voices"
)

var (
	emptyFile = problem.New(problem.Malformed, "clip_empty",
		"Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp ghi âm và gửi lại.",
		"The file is empty. Choose the recording again and send it again.")
	notAudio = problem.New(problem.Invalid, "clip_not_audio",
		"Tệp này không phải là bản ghi âm mà hệ thống đọc được. Hãy gửi tệp wav, mp3, m4a, wma, ogg, flac, amr, hoặc video mp4, 3gp, avi, webm.",
		"This file is not a recording that can be read. Send wav, mp3, m4a, wma, ogg, flac, amr, or a video: mp4, 3gp, avi, webm.")
	truncated = problem.New(problem.Invalid, "clip_truncated",
		"Bản ghi âm bị thiếu phần cuối, có thể do máy ghi tắt giữa chừng, hoặc chép, gửi dở dang. Hãy chép lại từ máy ghi rồi gửi lại; "+
			"nếu vẫn thiếu, hãy ghi lại.",
		"The end of the recording is missing: the recorder was switched off, or it was not copied or sent completely. "+
			"Copy it again from the recorder and send it again; if it is still missing, record it again.")
	hollow = problem.New(problem.Invalid, "clip_no_data",
		"Tệp này chỉ có phần đầu của một bản ghi âm, chưa có âm thanh nào: máy ghi đã tắt trước khi lưu. Hãy chép lại từ máy ghi, hoặc ghi lại.",
		"This file is only the beginning of a recording, without any sound: the recorder was switched off before it saved. "+
			"Copy it again from the recorder, or record again.")
	noSound = problem.New(problem.Invalid, "clip_no_audio",
		"Tệp này không có âm thanh, chỉ có hình. Hãy chọn tệp ghi âm khác.",
		"This file holds no sound, only pictures. Choose another recording.")
	silent = problem.New(problem.Invalid, "clip_silent",
		"Bản ghi âm chỉ có im lặng. Hãy kiểm tra micrô, ghi lại rồi gửi lại.",
		"The recording is nothing but silence. Check the microphone, record again and send it again.")
	sentPartly = problem.New(problem.Malformed, "upload_broken_off",
		"Tệp chưa được gửi hết vì kết nối bị ngắt. Hãy gửi lại.",
		"The file did not arrive completely because the connection broke. Send it again.")
	noText = problem.New(problem.Malformed, "text_empty",
		"Chưa có nội dung để đọc. Hãy nhập văn bản có chữ hoặc số.",
		"There is nothing to speak. Type a text that has letters or digits.")
	speechDown = problem.New(problem.Unavailable, "speech_failed",
		"Chương trình đọc văn bản trên máy chủ không chạy được. Hãy nói trực tiếp, hoặc ghi âm rồi tải lên, và báo kỹ thuật viên.",
		"The speech program on the controller does not work. Speak yourself, or record the text and upload it, and tell the technician.")
	tooSlow = problem.New(problem.Unavailable, "clip_timeout",
		"Máy chủ xử lý quá lâu nên đã dừng. Hãy thử lại, hoặc chia thành các phần ngắn hơn.",
		"The controller took too long and stopped. Try again, or split it into shorter parts.")
	nothingLeft = problem.New(problem.Invalid, "leave_all",
		"Mọi phần của văn bản đều được chọn bỏ qua nên không còn gì để đọc. Hãy chọn phần cần đọc.",
		"All parts of the text are left out, so nothing is left to be said. Choose what is to be said.")
	badPlace = problem.New(problem.Invalid, "at_negative",
		"Vị trí “at” không được nhỏ hơn 0: hãy đếm chữ từ đầu văn bản, chữ đầu tiên là 0.",
		"The place “at” must not be less than 0: count the characters from the beginning of the text, the first is 0.")
	urgentLate = problem.New(problem.Unavailable, "speech_late",
		"Chưa đọc xong văn bản sau 20 giây nên chưa phát gì: hãy nói trực tiếp ngay, hoặc phát bản tin khẩn cấp đã thu sẵn.",
		"The text was not spoken within 20 seconds and nothing was aired: speak it yourself now, or air a recorded emergency.")
	urgentFull = problem.New(problem.Full, "disk_full",
		"Ổ đĩa và bộ nhớ của máy chủ đều không ghi được nên không đọc được văn bản và chưa phát gì: "+
			"hãy nói trực tiếp ngay, hoặc phát bản tin khẩn cấp đã thu sẵn.",
		"Neither the controller's disk nor its memory takes a write, so the text cannot be spoken and nothing was aired: "+
			"speak it yourself now, or air a recorded emergency.")
	yoursAreMany = problem.New(problem.TooMany, "library_yours",
		"Bạn đang gửi %d tệp cùng lúc: hãy đợi một tệp xong rồi gửi tiếp.",
		"You are sending %d files at once: wait until one is done.", maxEach)
	tooBusy = problem.New(problem.TooMany, "library_busy",
		"Máy chủ đang xử lý quá nhiều tệp. Hãy đợi vài phút rồi gửi lại.",
		"The controller is working on too many files. Wait some minutes and send it again.")
)

// RateOf is a rate as Text takes it, 0 where none was given; 0 itself is a problem.
func RateOf(given *float64) (float64, error) {
	switch {
	case given == nil:
		return 0, nil
	case *given == 0:
		return 0, badRate
	}
	return *given, nil
}

// badRate is of a rate at which no voice speaks.
var badRate = problem.New(problem.Invalid, "rate_out_of_range",
	"Tốc độ đọc phải từ %v đến %v; 1 là bình thường.",
	"The speech rate must be from %v to %v; 1 is normal.", speech.MinRate, speech.MaxRate)

func (l *Library) tooBig() error {
	return problem.New(problem.TooLarge, "clip_too_big",
		"Tệp lớn hơn giới hạn %v %s. Hãy gửi dạng nén (mp3, m4a) hoặc chia thành các phần nhỏ hơn.",
		"The file is larger than the limit of %v %s. Send it compressed (mp3, m4a) or in smaller parts.", size(l.opt.MaxBytes)...)
}

func (l *Library) tooLong() error {
	return problem.New(problem.Invalid, "clip_too_long",
		"Bản ghi âm dài hơn giới hạn %v phút. Hãy cắt thành các bản tin ngắn hơn.",
		"The recording is longer than the limit of %v minutes. Cut it into shorter bulletins.",
		l.opt.FFmpeg.MaxDuration.Minutes())
}

// size is a number of bytes in the largest unit that divides it well.
func size(n int64) []any {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "kB"}} {
		if n >= unit.bytes {
			return []any{float64(n*10/unit.bytes) / 10, unit.name}
		}
	}
	return []any{n, "bytes"}
}

// brokenOff explains an upload that could not be read to its end.
func brokenOff(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // that may still hear why
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w (%w)", sentPartly, err)
}

// errSaidTooLong is of a text that is not too long as it is written, but as it is said.
var errSaidTooLong = errors.New("too long as it is said")

// explain turns what audio and the disk say into problems. What is already one,
// and what nobody but us can mend, stays as it is.
func (l *Library) explain(ctx context.Context, err error) error {
	large := l.opt.TooLarge(err)
	if _, ok := problem.Of(err); ok && !large {
		return err
	}
	var p error
	var fault *voices.Fault
	switch {
	case large:
		p = l.tooBig()
	case store.DiskError(err) != nil:
		p = l.opt.Store.Refused(err)
	case ctx.Err() != nil:
		return err // nobody is there to read it
	case errors.As(err, &fault) && !fault.Voice.Engine.BuiltIn():
		p = fault.Problem()
	case errors.Is(err, context.DeadlineExceeded):
		p = tooSlow
	case errors.Is(err, ffmpeg.ErrTooLong):
		p = l.tooLong()
	default:
		p = l.explainSound(ctx, err)
	}
	if p == nil {
		return fmt.Errorf("library: %w", err)
	}
	return fmt.Errorf("%w (%w)", p, err)
}

// explainSound is explain for what is wrong with the recording or the text.
func (l *Library) explainSound(ctx context.Context, err error) error {
	for _, known := range []struct{ is, becomes error }{
		{ffmpeg.ErrTruncated, truncated}, // before ErrUndecodable, which these are too
		{ffmpeg.ErrHollow, hollow},
		{ffmpeg.ErrUndecodable, notAudio},
		{ffmpeg.ErrNoAudio, noSound},
		{ffmpeg.ErrSilent, silent},
		{speech.ErrEmptyText, noText},
		{speech.ErrFailed, speechDown},
	} {
		if errors.Is(err, known.is) {
			return known.becomes
		}
	}
	switch {
	case errors.Is(err, errSaidTooLong):
		return problem.New(problem.TooLarge, "text_too_long",
			"Văn bản có quá nhiều chữ số hoặc ký hiệu, đọc ra thì quá dài. Hãy chia thành nhiều bản tin.",
			"The text has so many figures or signs that it is too long when it is said. Split it into several bulletins.")
	case errors.Is(err, speech.ErrTextTooLong):
		return problem.New(problem.TooLarge, "text_too_long",
			"Văn bản dài hơn giới hạn %v ký tự. Hãy chia thành nhiều bản tin.",
			"The text is longer than the limit of %v characters. Split it into several bulletins.", l.opt.MaxText)
	case errors.Is(err, speech.ErrRate):
		return badRate
	case errors.Is(err, speech.ErrUnknownVoice):
		return problem.New(problem.Invalid, "voice_unknown",
			"Không có giọng đọc này. Hãy chọn một trong các giọng: %v.",
			"There is no such voice. Choose one of: %v.", l.someVoices(ctx))
	}
	return nil
}

// someVoices names up to eight voices, the Vietnamese first.
func (l *Library) someVoices(ctx context.Context) string {
	const most = 8
	all, err := l.Voices(ctx)
	if err != nil || len(all) == 0 {
		return speech.DefaultVoice
	}
	slices.SortStableFunc(all, func(a, b voices.Voice) int { return rank(a) - rank(b) })
	var names []string
	for _, v := range all[:min(most, len(all))] {
		names = append(names, v.ID())
	}
	return strings.Join(names, ", ")
}

func rank(v voices.Voice) int {
	if !v.Engine.BuiltIn() || strings.HasPrefix(v.Name, speech.DefaultVoice) {
		return 0
	}
	return 1
}
