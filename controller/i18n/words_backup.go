package i18n

// backupWords are those of the backups, and of what is wrong with the machine
// itself.
var backupWords = map[string][2]string{
	"backup_title": {"Sao lưu", "Backup"},
	"backup_about": {"Mỗi đêm máy tự sao lưu vào %s: dữ liệu, âm thanh, khóa và cài đặt. Hãy chép một bản ra ổ cứng rời mỗi tuần.",
		"Each night a backup is made in %s: data, sound, keys and settings. Copy one to a disk outside this machine each week."},
	"backup_files": {"Các bản sao lưu, mới nhất trước", "Backups, newest first"},
	"backup_none":  {"Chưa có bản sao lưu nào.", "There is none yet."},
	"backup_secret": {"Trong tệp có khóa bí mật của xã, không mã hóa: ai có tệp có thể phát ra mọi loa. Hãy cất như chìa khóa trụ sở. " +
		"Có tệp ở nơi khác thì chép vào thư mục trên, hoặc dừng máy chủ rồi chạy loa restore TỆP.",
		"The commune's private keys are in the file, not encrypted: whoever has it can speak to every loudspeaker. " +
			"Keep it like the key of the house. One from elsewhere: copy it into that folder, or stop the controller and run loa restore FILE."},
	"backup_now": {"Sao lưu ngay", "Make a backup now"},
	"backup_works": {"Đang sao lưu: %d%%. Có thể làm việc khác, không cần đợi ở đây.",
		"A backup is being made: %d%%. Go on with something else, there is no need to wait here."},
	"restore_title": {"Khôi phục…", "Restore…"},
	"restore_what": {"Toàn bộ dữ liệu trong máy (lịch phát, bản tin, âm thanh, địa bàn, cụm loa, người dùng, khóa, " +
		"nhật ký) trở về như lúc %s.",
		"All data in this machine (calendar, bulletins, sound, places, loudspeakers, people, keys, logs) goes back to what it was at %s."},
	"restore_lost": {"Mọi việc làm sau lúc đó không còn trong máy; dữ liệu hiện nay được cất trong một thư mục riêng, không xóa.",
		"Whatever was done since is in this machine no more; what is there now is set aside in a folder, not removed."},
	"restore_next": {"Bản sao lưu được kiểm tra trước; có gì sai thì không thay đổi gì. " +
		"Đúng thì máy chủ tự khởi động lại trong ít giây, các cụm loa vẫn phát lịch đang giữ, và mọi người đăng nhập lại bằng mật khẩu " +
		"của lúc đó.",
		"The backup is verified first; if anything is wrong with it nothing is changed. " +
			"If all is right the controller starts anew within seconds, loudspeakers go on with the plan they hold, " +
			"and everybody signs in again with the password of that time."},
	"restore_agree": {"Tôi đồng ý thay dữ liệu hiện nay bằng dữ liệu lúc %s", "I agree that what is there now gives way to the data of %s"},
	"restore_now":   {"Khôi phục về lúc %s", "Restore the data of %s"},
	"restore_works": {"Đang kiểm tra bản sao lưu lúc %s để khôi phục: %d%%", "The backup of %s is being verified to be restored: %d%%"},
	"restore_done": {"Dữ liệu trong máy là của lúc %s, do %s khôi phục lúc %s.",
		"The data in this machine is that of %s, restored by %s at %s."},
	"restore_old": {"Dữ liệu cũ ở thư mục %s trong thư mục dữ liệu: nhờ kỹ thuật viên xóa khi đã yên tâm.",
		"The old data is in the folder %s of the data folder: have it removed when all is well."},
	"restore_look": {"Hãy xem lại tài khoản và cụm loa đã thu hồi sau lúc sao lưu.",
		"Look again at accounts and loudspeakers that were revoked since."},
	"restore_failed": {"Không khôi phục được, dữ liệu vẫn như cũ", "Nothing was restored, the data is as it was"},
	"backup_failed":  {"Không sao lưu được", "No backup could be made"},
	"backup_old": {"Đã hơn 48 giờ không có bản sao lưu nào: hãy bấm Sao lưu ngay ở trang Cài đặt.",
		"There has been no backup for more than 48 hours: make one on the page of settings."},
	"audit_cut": {"NHẬT KÝ HỆ THỐNG ĐÃ BỊ CẮT HOẶC SỬA: giữ nguyên máy, báo người phụ trách an ninh và chạy loa audit verify.",
		"THE AUDIT LOG WAS CUT OR ALTERED: leave the machine as it is, tell whoever is responsible and run loa audit verify."},
}
