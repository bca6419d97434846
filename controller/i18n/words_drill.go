package i18n

// drillWords are those of the drill.
var drillWords = map[string][2]string{
	"drill_title":    {"Diễn tập", "Drill"},
	"drill_word":     {"DIỄN TẬP", "DRILL"},
	"drill_heading":  {"Diễn tập khẩn cấp", "Emergency drill"},
	"drill_not_real": {"không phải thật", "not real"},
	"drill_about": {"Làm đúng như khi khẩn cấp thật. Loa tự nói “Đây là diễn tập” lúc đầu và lúc cuối.",
		"Do exactly what you would do in an emergency. The loudspeakers say by themselves that it is a drill, first and last."},
	"drill_announcement": {"Đây là diễn tập. Xin nhắc lại: đây là diễn tập.", "This is a drill. We repeat: this is a drill."},
	"drill_repeat":       {"Phát bản tin", "Say the alert"},
	"drill_times":        {"%d lần", "%d times"},
	"drill_arm_how":      {"để diễn tập", "the drill"},
	"drill_hold":         {"2. BẮT ĐẦU DIỄN TẬP", "2. BEGIN THE DRILL"},
	"drill_hold_how":     {"giữ 1 giây, đến khi đầy vòng", "hold for 1 s, until the ring is full"},
	"drill_chime": {"Loa đang nói “Đây là diễn tập”, micro chưa lên loa",
		"The loudspeakers say that this is a drill, your microphone is not on air yet"},
	"drill_on_air": {"ĐANG DIỄN TẬP: hãy nói", "DRILL ON AIR: speak"},
	"drill_alert":  {"ĐANG DIỄN TẬP: loa đang phát", "DRILL ON AIR: the loudspeakers speak"},
	"drills":       {"Các buổi diễn tập trong 30 ngày qua", "Drills of the last 30 days"},
	"drills_none": {"Chưa có buổi diễn tập nào: nên diễn tập mỗi quý một lần.",
		"There was none: one every three months is good practice."},
}
