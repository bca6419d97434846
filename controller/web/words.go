package web

import "fmt"

// words is the message catalogue: every sentence of the pages, Vietnamese and
// English. The words of the domain are those of the README's glossary.
var words = map[string][2]string{
	"title":         {"Hôm nay", "Today"},
	"at":            {"Số liệu lúc %s", "As of %s"},
	"other_lang":    {"English", "Tiếng Việt"},
	"stale":         {"Mất liên lạc với máy chủ: số liệu dưới đây là cũ.", "The link to the server is lost: what you see below is old."},
	"on_air_now":    {"Đang phát", "On air"},
	"on_air_nodes":  {"trên %d cụm loa, từ %s", "on %d loudspeakers, since %s"},
	"silent_now":    {"Không phát", "Nothing on air"},
	"next_airing":   {"Lần phát tới", "Next airing"},
	"next_none":     {"Không có lịch phát trong 48 giờ tới", "Nothing is scheduled for the next 48 hours"},
	"in_time":       {"còn %s", "in %s"},
	"good_of":       {"%d/%d cụm loa tốt", "%d of %d loudspeakers good"},
	"all_good":      {"Tất cả cụm loa đều tốt", "All loudspeakers are good"},
	"look_at":       {"Cần xem", "Look at"},
	"villages":      {"Các thôn", "Villages"},
	"no_nodes":      {"Chưa có cụm loa", "No loudspeaker yet"},
	"last_heard":    {"Phát lần cuối", "Last heard"},
	"next":          {"Lần tới", "Next"},
	"none":          {"không có", "none"},
	"since":         {"từ %s", "since %s"},
	"never":         {"chưa từng", "never"},
	"volume":        {"Âm lượng", "Volume"},
	"log":           {"Nhật ký phát", "Proof of play"},
	"log_empty":     {"Chưa có lần phát nào. Khi một bản tin phát xong, mỗi cụm loa tự báo về đây.", "Nothing has been aired yet. When a bulletin ends, each loudspeaker reports here by itself."},
	"heard_by":      {"%d/%d cụm loa đã phát đủ", "heard whole by %d of %d"},
	"node":          {"Cụm loa", "Loudspeaker"},
	"began":         {"Bắt đầu", "Began"},
	"heard_for":     {"Đã phát", "Heard"},
	"result":        {"Kết quả", "Result"},
	"problem_title": {"Không mở được trang", "The page cannot be shown"},
	"back":          {"Về trang chính", "Back to the main page"},

	"seconds": {"%d giây", "%d s"},
	"minutes": {"%d phút", "%d min"},
	"hours":   {"%d giờ %d phút", "%d h %d min"},
	"days":    {"%d ngày", "%d days"},

	"state_good":    {"Tốt", "Good"},
	"state_on_air":  {"Đang phát", "On air"},
	"state_offline": {"Mất kết nối", "Offline"},
	"state_fault":   {"Sự cố", "Fault"},
	"state_unknown": {"Chưa rõ", "Unknown"},

	"outcome_heard":      {"Đã phát đủ", "Heard"},
	"outcome_partly":     {"Phát một phần", "Partly heard"},
	"outcome_pending":    {"Đang phát", "Under way"},
	"outcome_unreported": {"Chưa báo về", "No word yet"},
	"outcome_not_heard":  {"Không phát", "Not heard"},

	"reason_preempted":       {"nhường cho bản tin mức độ cao hơn", "a higher class had the air"},
	"reason_displaced":       {"quá giờ cho phép vì đang phát bản tin khác", "too late, another was on air"},
	"reason_replaced":        {"bản tin khẩn cấp sau thay thế", "a later emergency took its place"},
	"reason_quiet_hours":     {"giờ yên tĩnh", "quiet hours"},
	"reason_missing_clip":    {"chưa nhận được tệp âm thanh", "the clip had not arrived"},
	"reason_bad_clip":        {"tệp âm thanh hỏng", "the clip is damaged"},
	"reason_no_sound_device": {"không có thiết bị âm thanh", "no sound device"},
	"reason_clock_unknown":   {"cụm loa chưa biết giờ", "the loudspeaker did not know the time"},
	"reason_late":            {"trễ", "late"},
	"reason_muted":           {"âm lượng bằng 0", "the volume is 0"},
	"reason_off":             {"cụm loa đang tắt hoặc khởi động lại", "the loudspeaker was off or restarting"},
	"reason_cancelled":       {"đã hủy khi đang phát", "cancelled while on air"},
	"reason_other":           {"lý do khác", "another reason"}, // of a newer node
	"reason_expired":         {"bản tin hết hạn", "the bulletin had expired"},
}

// say returns a sentence. A key that is missing shows itself, and fails a test.
func say(lang language, key string, args ...any) string {
	pair, ok := words[key]
	if !ok {
		return key
	}
	text := pair[0]
	if lang == en {
		text = pair[1]
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}
