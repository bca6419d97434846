package web

import "maps"

func init() { maps.Copy(words, nodesWords) }

// nodesWords are those of the loudspeakers' page: bars, map, a node's own page.
var nodesWords = map[string][2]string{
	"beat_day":         {"24 giờ qua", "The last 24 hours"},
	"beat_month":       {"30 ngày qua", "The last 30 days"},
	"beat_switch":      {"Xem lại", "Look back"},
	"beat_was_good":    {"tốt", "good"},
	"beat_was_fault":   {"sự cố", "fault"},
	"beat_was_offline": {"mất kết nối", "offline"},
	"beat_was_unknown": {"chưa rõ", "unknown"},
	"beat_wholly":      {"%s – %s: %s (%s)", "%s – %s: %s (%s)"},
	"beat_partly":      {"%s – %s: có lúc %s, tổng cộng %s", "%s – %s: at times %s, %s in all"},
	"beat_sum":         {"%s: %s", "%s: %s"},
	"beat_legend":      {"Vạch cao là tốt, thấp dần là sự cố, mất kết nối, chưa rõ.", "A tall bar is good; lower ones are fault, offline, unknown."},
	"days_hours":       {"%d ngày %d giờ", "%d days %d h"},

	"fact_signal":    {"Sóng", "Signal"},
	"fact_mains":     {"Điện lưới", "Mains"},
	"fact_mains_on":  {"có điện", "on"},
	"fact_mains_off": {"mất điện", "off"},
	"fact_temp":      {"Nhiệt độ", "Temperature"},
	"fact_version":   {"Phiên bản", "Version"},
	"fact_clock":     {"Sai giờ", "Clock error"},
	"fact_clips":     {"Tệp đã có", "Clips held"},
	"fact_word":      {"Báo về lúc", "Last word"},
	"fact_unknown":   {"chưa rõ", "unknown"},
	"fact_clock_not": {"chưa biết giờ", "time not known"},

	"selftest":             {"Tự kiểm tra loa", "Test of the horn"},
	"selftest_about":       {"Loa phát một giai điệu nhỏ dài 1 giây khi không bận, micro cạnh loa nghe lại. Kết quả hiện ở trên sau khoảng 10 giây.", "The loudspeaker plays a quiet melody of a second when it is not on air, and its microphone listens. The result is shown above after about ten seconds."},
	"selftest_do":          {"Kiểm tra ngay", "Test it now"},
	"selftest_heard":       {"micro nghe thấy loa", "heard by its microphone"},
	"selftest_not_heard":   {"micro không nghe thấy loa", "not heard by its microphone"},
	"selftest_cannot_tell": {"không phân biệt được, xung quanh ồn", "cannot tell, it is noisy there"},

	"node_add":       {"Thêm ở đây", "Add one here"},
	"node_open":      {"Chỉnh, thử, thay", "Set, test, replace"},
	"node_settings":  {"Tên, chỗ đặt, âm lượng", "Name, place, volume"},
	"node_test":      {"Phát thử", "Play a test"},
	"node_board":     {"Bo mạch", "The board"},
	"node_all":       {"Tất cả cụm loa", "All loudspeakers"},
	"node_is_saved":  {"Đã làm xong.", "Done."},
	"place_title":    {"Vị trí", "Position"},
	"place_label":    {"Vĩ độ, kinh độ", "Latitude, longitude"},
	"place_about":    {"Đứng cạnh cụm loa và dùng vị trí của điện thoại, hoặc chép từ ứng dụng bản đồ. Bỏ trống là xóa vị trí.", "Stand beside the loudspeaker and use the phone's position, or copy it from a map. Left empty, it is forgotten."},
	"place_tap":      {"Hoặc chạm vào chỗ của nó trên bản đồ.", "Or tap its place on the map."},
	"place_here":     {"Dùng vị trí của điện thoại này", "Use this phone's position"},
	"place_asking":   {"Đang tìm vị trí…", "Looking for the position…"},
	"place_found":    {"Sai số khoảng %s m: bấm Lưu nếu đúng.", "Within about %s m: save it if that is right."},
	"place_denied":   {"Điện thoại không cho xem vị trí: hãy bật định vị và cho phép trang này, hoặc gõ tọa độ.", "The phone does not give its position: switch it on and allow it for this page, or type it."},
	"place_insecure": {"Trang này chưa an toàn (https) nên điện thoại không cho biết vị trí: hãy mở trang https, hoặc gõ tọa độ.", "This page is not secure (https), so the phone does not tell its position: open the https page, or type it."},
	"place_tapped":   {"Đã chọn trên bản đồ: bấm Lưu nếu đúng.", "Chosen on the map: save it if that is right."},

	"map_title":   {"Bản đồ", "Map"},
	"map_about":   {"Bản đồ %d cụm loa: mỗi dấu là một đường dẫn.", "Map of %d loudspeakers: each sign is a link."},
	"map_none":    {"Chưa cụm loa nào có vị trí. Mở một cụm loa rồi chọn Vị trí.", "No loudspeaker has a position yet. Open one and choose Position."},
	"map_without": {"Chưa có vị trí (%d)", "Without a position (%d)"},
	"map_north":   {"Bắc ↑", "N ↑"},
}
