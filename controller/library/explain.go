package library

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"

	"loa/audio"
	"loa/controller/problem"
	"loa/controller/store"
)

var (
	errTooBig = errors.New("upload is over the limit")
	errEmpty  = errors.New("upload is empty")
)

// explain turns what went wrong into what a person can do about it. Errors of
// ours pass as they are.
func (l *Library) explain(err error) error {
	const bad, big = http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errEmpty):
		return problem.New(bad, "file_empty",
			"Tệp rỗng, không có âm thanh: hãy chọn lại tệp ghi âm.",
			"The file is empty: choose the recording again.")
	case errors.Is(err, errTooBig):
		return problem.New(big, "file_too_big",
			"Tệp lớn hơn %d MB: hãy cắt ngắn hoặc lưu dạng m4a, mp3 rồi tải lại.",
			"The file is over %d MB: shorten it or save it as m4a or mp3, and upload it again.", l.opt.MaxBytes>>20)
	case errors.Is(err, audio.ErrTooLong):
		return problem.New(big, "recording_too_long",
			"Bản ghi dài quá %d phút: hãy chia thành nhiều phần.",
			"The recording is longer than %d minutes: split it into parts.", int(l.maxDuration().Minutes()))
	case errors.Is(err, audio.ErrTruncated):
		return problem.New(bad, "recording_truncated",
			"Bản ghi bị thiếu phần cuối: hãy gửi lại từ điện thoại hoặc ghi âm lại.",
			"The end of the recording is missing: send it again from the phone, or record it anew.")
	case errors.Is(err, audio.ErrNoAudio):
		return problem.New(bad, "no_audio",
			"Tệp này không có tiếng: hãy chọn tệp ghi âm (m4a, mp3, wav…).",
			"There is no sound in this file: choose a recording (m4a, mp3, wav…).")
	case errors.Is(err, audio.ErrSilent):
		return problem.New(bad, "recording_silent",
			"Bản ghi chỉ có im lặng: hãy kiểm tra micro rồi ghi âm lại.",
			"There is nothing but silence: check the microphone and record it anew.")
	case errors.Is(err, audio.ErrUndecodable):
		return problem.New(bad, "not_a_recording",
			"Không đọc được tệp này như một bản ghi âm: hãy chọn tệp wav, mp3, m4a, ogg, amr hoặc 3gp.",
			"This file cannot be read as a recording: choose a wav, mp3, m4a, ogg, amr or 3gp file.")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, store.ErrFull):
		return problem.New(http.StatusInsufficientStorage, "disk_full",
			"Ổ đĩa của máy chủ đã đầy nên chưa lưu được: hãy xóa bớt tệp rồi thử lại.",
			"The server's disk is full and nothing was stored: free some space and try again.")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled):
		return problem.New(http.StatusBadRequest, "upload_broken",
			"Việc tải lên bị ngắt giữa chừng: hãy thử lại.",
			"The upload was cut off: try again.")
	}
	return err
}

// explainSpeech does the same for a text.
func (l *Library) explainSpeech(ctx context.Context, err error, voice string) error {
	const bad = http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, audio.ErrEmptyText):
		return problem.New(bad, "text_empty",
			"Chưa có nội dung để đọc: hãy nhập văn bản.", "There is nothing to speak: type a text.")
	case errors.Is(err, audio.ErrTextTooLong):
		return problem.New(bad, "text_too_long",
			"Văn bản quá dài cho một lần đọc: hãy chia thành nhiều phần.", "The text is too long to be spoken at once: split it.")
	case errors.Is(err, audio.ErrUnknownVoice):
		return problem.New(bad, "voice_unknown",
			"Không có giọng đọc “%s”. Các giọng có thể dùng: %s.", "There is no voice “%s”. Voices that exist: %s.", voice, l.someVoices(ctx))
	case errors.Is(err, audio.ErrSpeechRate):
		return problem.New(bad, "rate_range",
			"Tốc độ đọc phải từ %v đến %v.", "The rate must be between %v and %v.", audio.MinSpeechRate, audio.MaxSpeechRate)
	case errors.Is(err, audio.ErrSpeech):
		l.opt.Logger.Error("speech failed", "err", err)
		return problem.New(http.StatusBadGateway, "speech_failed",
			"Chương trình đọc văn bản bị lỗi: hãy thử lại, hoặc ghi âm bằng giọng người.",
			"The speech program failed: try again, or record a voice.")
	}
	return l.explain(err)
}

// someVoices names a few voices, Vietnamese ones first.
func (l *Library) someVoices(ctx context.Context) string {
	voices, err := l.opt.Speech.Voices(ctx)
	if err != nil {
		return audio.DefaultVoice
	}
	var first, rest []string
	for _, v := range voices {
		if strings.HasPrefix(v.Name, "vi") {
			first = append(first, v.Name)
		} else {
			rest = append(rest, v.Name)
		}
	}
	all := append(first, rest...)
	return strings.Join(all[:min(len(all), 8)], ", ")
}

func (l *Library) maxDuration() time.Duration {
	if l.opt.FFmpeg.MaxDuration > 0 {
		return l.opt.FFmpeg.MaxDuration
	}
	return time.Hour
}
