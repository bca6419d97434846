package i18n

// bulletinWords are those of the page of one bulletin.
var bulletinWords = map[string][2]string{
	"settings_hours": {"Khung giờ phát thường dùng", "Usual hours of airing"},
	"hours_about": {"Trang Bản tin đề nghị hai giờ này, trang Hôm nay nhắc khi chưa có gì phát. Buổi phát đã đặt không đổi.",
		"The page Bulletins offers these two hours, and Today reminds when nothing is aired then. What is scheduled does not move."},
	"hours_morning": {"Buổi sáng", "Morning"},
	"hours_evening": {"Buổi chiều", "Evening"},

	"bul_language_first": {"Tiếng phát trước", "Language heard first"},
	"bul_when_weekly":    {"Hằng tuần…", "Every week…"},
	"bul_weekdays":       {"Những ngày", "On"},
	"bul_no_weekday":     {"Chưa chọn ngày trong tuần: hãy chọn ít nhất một ngày.", "No day of the week is chosen: choose one at least."},
	"bul_weekly_at":      {"hằng tuần, %s, lúc %s", "every week, %s, at %s"},

	"bul_edit":      {"Sửa, xóa", "Edit, delete"},
	"bul_class_own": {"Buổi phát đã đặt giữ mức độ của nó.", "Programmes that are scheduled keep their own class."},
	"bul_source":    {"Nguồn tin", "Source"},
	"bul_summary":   {"Nội dung tóm tắt", "Summary"},
	"bul_text_new":  {"Lời đọc mới (để trống: giữ nguyên âm thanh)", "New words to speak (empty: the sound stays)"},
	"bul_again": {"Đổi lời đọc hoặc mức độ thì bản tin, và buổi phát dùng nó, có thể phải duyệt lại trước khi phát.",
		"With other words or another class the bulletin, and the programmes that hold it, may need approval again before they are aired."},
	"bul_sound":       {"Thay bản ghi âm", "Replace the recording"},
	"bul_sound_now":   {"Đang dùng", "In use now"},
	"bul_sound_which": {"Thay bản tiếng", "Replace the recording in"},
	"bul_sound_do":    {"Thay bằng bản mới", "Replace it by the new one"},
	"bul_sound_again": {"Bản mới thay ngay trong mọi buổi phát đang dùng bản tin này; " +
		"nếu cần duyệt, các buổi đó thôi phát cho đến khi được duyệt lại.",
		"The new one takes its place in every programme that holds this bulletin; " +
			"where approval is needed, they are off the air until it is approved again."},
	"bul_delete": {"Xóa bản tin", "Delete the bulletin"},
	"bul_delete_sure": {"Tôi hiểu: bản tin “%s” bị xóa khỏi danh sách và không lấy lại được; nhật ký phát vẫn còn.",
		"I understand: “%s” leaves the list and does not come back; the log of what was aired remains."},
	"bul_delete_unsure": {"Chưa xóa gì: hãy đánh dấu ô “Tôi hiểu” rồi bấm Xóa.",
		"Nothing was deleted: tick “I understand”, then press Delete."},
	"bul_held": {"Chưa xóa được: bản tin còn trong buổi phát sắp tới (%s). Hãy hủy hoặc sửa buổi phát đó trước.",
		"It cannot be deleted yet: it is in coming programmes (%s). Cancel or change them first."},
}
