package web

import "maps"

func init() { maps.Copy(words, villageWords) }

// villageWords are those of the village head's page, and of faults.
var villageWords = map[string][2]string{
	"village_title":       {"Thôn của tôi", "My village"},
	"village_pick":        {"Xem thôn", "Village"},
	"village_none":        {"Chưa có cụm loa nào ở đây.", "There is no loudspeaker here yet."},
	"village_today":       {"Hôm nay", "Today"},
	"village_quiet":       {"Hôm nay không có buổi phát nào.", "Nothing is aired today."},
	"village_planned":     {"Sẽ phát", "To come"},
	"village_delayed":     {"(lùi giờ vì phải chờ)", "(later: it must wait)"},
	"report":              {"Báo hỏng", "Report a fault"},
	"report_what":         {"Loa bị gì?", "What is wrong?"},
	"report_words":        {"Nói thêm (không bắt buộc)", "More (if you like)"},
	"report_send":         {"Gửi báo hỏng", "Send the report"},
	"reported":            {"Đã báo hỏng %s. Kỹ thuật viên đã nhận được.", "%s is reported. The technician has it."},
	"reported_by":         {"%s báo lúc %s", "%s reported at %s"},
	"complaint_silent":    {"Không kêu", "Silent"},
	"complaint_quiet":     {"Kêu nhỏ", "Too quiet"},
	"complaint_distorted": {"Rè, vỡ tiếng", "Distorted"},
	"complaint_noise":     {"Hú, rít", "Howls, shrieks"},
	"complaint_on_always": {"Kêu mãi không tắt", "Never stops"},
	"complaint_damaged":   {"Gãy, rơi, đứt dây", "Broken, fallen, a cable torn"},
	"complaint_other":     {"Khác", "Something else"},
	"faults_title":        {"Sự cố", "Faults"},
	"faults_none":         {"Không có sự cố nào.", "Nothing is wrong."},
	"faults_count":        {"%d cụm loa", "Loudspeakers: %d"},
	"faults_past_about":   {"Sự cố và lúc mất kết nối đã hết, mới nhất trước.", "Faults and times offline that are over, the last first."},
	"faults_past":         {"Đã hết", "Over"},
	"care_of":             {"%s đang lo", "%s looks after it"},
	"care_none":           {"chưa ai lo", "nobody looks after it"},
	"care_set":            {"Giao việc", "Hand over"},
	"care_who":            {"Ai lo?", "Who looks after it?"},
	"reports_title":       {"Người dân, trưởng thôn báo", "What people report"},
	"reports_none":        {"Không có báo hỏng nào chưa xử lý.", "No report is open."},
	"report_remark":       {"Đã làm gì?", "What was done?"},
	"report_done":         {"Đã xử lý", "Seen to"},
}
