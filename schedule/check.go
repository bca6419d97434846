package schedule

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"loa/schedule/figure"
)

// Limits on a programme. A rundown of six hours is longer than any station's
// day; the bounds keep a mistake from becoming a nuisance.
const (
	MaxLength    = 6 * time.Hour
	MaxStartLate = 6 * time.Hour
	MaxItems     = 200
	MaxRepeat    = 100
	MaxTitle     = 200 // runes
	MinGainDB    = -40
	MaxGainDB    = 12
	maxCronLines = 24
	maxDates     = 1000
)

// Invalid says why a programme cannot be aired, to the person who wrote it.
type Invalid struct{ Code, VI, EN string }

func (e *Invalid) Error() string { return e.EN }

func invalid(code, vi, en string, args ...any) error {
	return &Invalid{Code: code, VI: fmt.Sprintf(vi, figure.VI(args)...), EN: fmt.Sprintf(en, figure.EN(args)...)}
}

// CheckYear returns an *Invalid for a year that only a slip of the hand writes: JSON and
// the calendar do not hold them all.
func CheckYear(t time.Time) error {
	if y := t.UTC().Year(); y < 1970 || y >= 9999 {
		return invalid("year_invalid", "Năm %d không đúng: hãy xem lại ngày giờ.", "The year %d cannot be right: look at the dates again.", y)
	}
	return nil
}

var errLocalZone = errors.New("name a place, as Asia/Ho_Chi_Minh")

// Check returns an *Invalid if the programme cannot be aired as it is: no
// title, an empty or endless rundown, a rule that never fires at or after now
// or fires again before its rundown has ended.
func (p *Programme) Check(now time.Time) error {
	switch {
	case strings.TrimSpace(p.Title) == "":
		return invalid("title_missing", "Buổi phát chưa có tên: hãy đặt tên.", "The programme has no title: give it one.")
	case utf8.RuneCountInString(p.Title) > MaxTitle:
		return invalid("title_long", "Tên buổi phát dài quá %d chữ: hãy rút ngắn.", "The title is longer than %d characters: shorten it.",
			MaxTitle)
	case !p.Class.Valid():
		return invalid("class_unknown", "Mức độ “%s” không có: hãy chọn normal, relay, priority hoặc emergency.",
			"There is no class “%s”: choose normal, relay, priority or emergency.", string(p.Class))
	case p.StartLate < 0 || p.StartLate > MaxStartLate:
		return invalid("start_late_range", "Thời gian cho phép phát trễ phải từ 0 đến %v giờ.", "The late start must be between 0 and %v hours.",
			MaxStartLate.Hours())
	}
	if err := p.checkRundown(); err != nil {
		return err
	}
	return p.checkRule(now)
}

func (p *Programme) checkRundown() error {
	if len(p.Rundown) == 0 || len(p.Rundown) > MaxItems {
		return invalid("rundown_size", "Buổi phát cần từ 1 đến %d mục: hãy thêm bản tin hoặc nhạc hiệu.",
			"A rundown has 1 to %d items: add a bulletin or the chime.", MaxItems)
	}
	for i, it := range p.Rundown {
		switch {
		case it.Kind != Chime && it.Kind != Clip && it.Kind != Gap && it.Kind != Stream:
			return invalid("item_kind", "Mục %d không rõ là gì: mỗi mục là chime, clip, bulletin, stream hoặc gap_s.",
				"Item %d is unclear: each is a chime, clip, bulletin, stream or gap_s.", i+1)
		case it.Kind == Stream && !ValidSource(it.Source):
			return invalid("item_source", "Địa chỉ tiếp sóng của mục %d phải bắt đầu bằng http:// hoặc https://.",
				"The stream of item %d needs an address that begins with http:// or https://.", i+1)
		case it.Length <= 0 || it.Length > MaxLength:
			return invalid("item_length", "Mục %d phải dài hơn 0 và không quá %v giờ.", "Item %d must be longer than 0 and at most %v hours.", i+1,
				MaxLength.Hours())
		case it.Repeat < 0 || it.Repeat > MaxRepeat:
			return invalid("item_repeat", "Mục %d lặp lại từ 1 đến %d lần.", "Item %d repeats 1 to %d times.", i+1, MaxRepeat)
		case math.IsNaN(it.GainDB) || it.GainDB < MinGainDB || it.GainDB > MaxGainDB:
			return invalid("item_gain", "Mức tăng âm của mục %d phải từ %d đến %d dB.", "The gain of item %d must be between %d and %d dB.", i+1,
				MinGainDB, MaxGainDB)
		}
	}
	if d := p.Length(); d > MaxLength {
		return invalid("rundown_long", "Buổi phát dài %v, quá %v giờ: hãy chia ra nhiều buổi.", "The rundown lasts %v, over %v hours: split it.",
			d.Round(time.Second), MaxLength.Hours())
	}
	return nil
}

// MaxSource is the longest address of a stream, bytes.
const MaxSource = 2000

// ValidSource reports whether s is the address of a stream that a controller
// may be asked to pass on: http or https, with a host.
func ValidSource(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= MaxSource && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func (p *Programme) checkRule(now time.Time) error {
	r := &p.Rule
	if r.At.IsZero() == (len(r.Cron) == 0) {
		return invalid("rule_one", "Hãy chọn một trong hai: một giờ phát (at) hoặc lịch lặp lại (cron).",
			"Give either one start (at) or a repeating rule (cron).")
	}
	loc, err := r.location()
	if err != nil {
		return invalid("time_zone", "Múi giờ “%s” không có: hãy dùng tên như Asia/Ho_Chi_Minh.",
			"There is no time zone “%s”: use a name such as Asia/Ho_Chi_Minh.", r.Zone)
	}
	if len(r.Cron) > maxCronLines || len(r.Except)+len(r.Extra)+len(r.Skip) > maxDates {
		return invalid("rule_long", "Lịch lặp quá dài: tối đa %d dòng và %d ngày riêng.",
			"The rule is too long: at most %d lines and %d single dates.", maxCronLines, maxDates)
	}
	for _, line := range r.Cron {
		parsed, err := parseCron(line, loc)
		if err != nil {
			return misread(line)
		}
		if err := parsed.comes(line); err != nil {
			return err
		}
	}
	for _, d := range r.Except {
		if _, err := time.Parse(time.DateOnly, string(d)); err != nil {
			return invalid("except_date", "Ngày trừ ra “%s” phải viết như 2027-02-17.", "The excepted date “%s” must be written as 2027-02-17.", d)
		}
	}
	if r.EveryWeeks < 0 || r.EveryWeeks > 52 || r.EveryWeeks > 1 && r.From.IsZero() {
		return invalid("every_weeks", "Lịch cách tuần cần ngày bắt đầu (from) và số tuần từ 1 đến 52.",
			"A rule of every few weeks needs its first day (from) and 1 to 52 weeks.")
	}
	return p.checkStarts(now)
}

// spacingStarts is how many starts are looked at for airings that overlap
// their own programme: over a year of a daily rule.
const spacingStarts = 500

func (p *Programme) checkStarts(now time.Time) error {
	length := p.Length()
	var last time.Time
	n := 0
	// A start that lies back by less than the late start may still be aired.
	from := now.Add(-p.StartLate)
	for _, days := range horizon {
		if n >= spacingStarts {
			break
		}
		to := from.AddDate(0, 0, days)
		for _, s := range p.Rule.Starts(from, to) {
			if n > 0 && s.Sub(last) < length {
				return invalid("overlaps_itself", "Buổi phát dài %v nhưng lịch lặp lại sau %v: hãy giãn lịch hoặc rút ngắn buổi phát.",
					"The rundown lasts %v but the rule fires again after %v: space the rule or shorten the rundown.", length.Round(time.Second),
					s.Sub(last))
			}
			last = s
			n++
		}
		from = to
	}
	if n == 0 {
		return p.Rule.over(now)
	}
	return nil
}
