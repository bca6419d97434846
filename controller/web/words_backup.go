package web

import "maps"

func init() { maps.Copy(words, backupWords) }

// backupWords are those of the backups, and of what is wrong with the machine
// itself.
var backupWords = map[string][2]string{
	"backup_title":  {"Sao lưu", "Backup"},
	"backup_about":  {"Mỗi đêm máy tự sao lưu vào %s: dữ liệu, âm thanh, khóa và cài đặt. Hãy chép một bản ra ổ cứng rời mỗi tuần.", "Each night a backup is made in %s: data, sound, keys and settings. Copy one to a disk outside this machine each week."},
	"backup_files":  {"Các bản sao lưu, mới nhất trước", "Backups, newest first"},
	"backup_none":   {"Chưa có bản sao lưu nào.", "There is none yet."},
	"backup_secret": {"Trong tệp có khóa bí mật của xã, không mã hóa: ai có tệp có thể phát ra mọi loa. Hãy cất như chìa khóa trụ sở. Khôi phục: dừng máy chủ rồi chạy loa restore TỆP.", "The commune's private keys are in the file, not encrypted: whoever has it can speak to every loudspeaker. Keep it like the key of the house. To restore: stop the controller and run loa restore FILE."},
	"backup_now":    {"Sao lưu ngay", "Make a backup now"},
	"backup_failed": {"Không sao lưu được", "No backup could be made"},
	"backup_old":    {"Đã hơn 48 giờ không có bản sao lưu nào: hãy bấm Sao lưu ngay ở trang Cài đặt.", "There has been no backup for more than 48 hours: make one on the page of settings."},
	"audit_cut":     {"NHẬT KÝ HỆ THỐNG ĐÃ BỊ CẮT HOẶC SỬA: giữ nguyên máy, báo người phụ trách an ninh và chạy loa audit verify.", "THE AUDIT LOG WAS CUT OR ALTERED: leave the machine as it is, tell whoever is responsible and run loa audit verify."},
}
