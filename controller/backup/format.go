package backup

import (
	"regexp"
	"strings"
	"time"

	"loa/controller/problem"
)

// Format is the version of the file. 1, November 2026: the first.
const Format = 1

// Names of what is in the file.
const (
	headerName   = "loa-backup.json"
	manifestName = "manifest.json"
	settingsName = "settings.yaml"
	trustFolder  = "trust"
)

// Bounds of what a file may hold. Sound and database are bounded by what the
// header says, and that by the room on the disk.
const (
	maxHeader   = 64 << 10
	maxManifest = 256 << 20
	maxSmall    = 32 << 20 // of a key, the list of certificates or the settings
	maxFiles    = 1 << 20
	maxName     = 240
)

// Header begins the file.
type Header struct {
	Format  int       `json:"loa_backup"`
	Commune string    `json:"commune"`
	Version string    `json:"version"` // of the program
	At      time.Time `json:"at"`
	Files   int       `json:"files"`
	Bytes   int64     `json:"bytes"`
}

// Entry is one file in the manifest.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type manifest struct {
	Files []Entry `json:"files"`
}

// allowed are the names that a file may have. None leads out of the folder.
var allowed = regexp.MustCompile(`^(?:loa\.db|settings\.yaml|(?:clips|recordings)/[0-9a-f]{2}/[0-9a-f]{64}\.opus|originals/[0-9a-f]{2}/[0-9a-f]{64}|trust(?:/[A-Za-z0-9_@+=-][A-Za-z0-9._@+=-]*)+)$`)

// fits reports whether a file of a name and a size has a place in a backup.
func fits(name string, size int64) bool {
	small := strings.HasPrefix(name, trustFolder+"/") || name == settingsName
	return size >= 0 && len(name) <= maxName && allowed.MatchString(name) && (!small || size <= maxSmall)
}

// The errors that a person can act on.
var (
	ErrDamaged error = problem.New(problem.Invalid, "backup_damaged",
		"Tệp sao lưu bị hỏng hoặc không phải của Loa: hãy dùng tệp khác. Chưa thay đổi gì trên máy này.",
		"The backup is damaged, or not one of Loa's: use another one. Nothing on this machine was changed.")
	ErrFormat error = problem.New(problem.Invalid, "backup_newer",
		"Tệp sao lưu do bản Loa mới hơn tạo: hãy cài bản Loa đó rồi khôi phục lại.",
		"A newer version of Loa made this backup: install that version and restore again.")
	ErrRoom error = problem.New(problem.Full, "backup_no_room",
		"Ổ đĩa không đủ chỗ trống: hãy xóa bớt tệp, hoặc chọn thư mục ở ổ đĩa khác (cài đặt backups).",
		"There is not enough room on the disk: remove something, or choose a folder on another disk (setting backups).")
	ErrBusy error = problem.New(problem.Conflict, "backup_busy",
		"Đang sao lưu hoặc khôi phục rồi: hãy đợi vài phút.", "A backup is being made or restored already: wait a few minutes.")
	ErrNothing error = problem.New(problem.Conflict, "backup_standing_in",
		"Máy đang chạy bằng bản dự phòng nên chưa có gì để sao lưu: hãy khôi phục một bản sao lưu trước.",
		"The machine runs on a stand-in and there is nothing to back up: restore a backup first.")
	ErrOnAir error = problem.New(problem.Conflict, "restore_on_air",
		"Đang có phát trực tiếp nên chưa khôi phục: hãy dừng, hoặc đợi phát xong rồi làm lại. Chưa thay đổi gì trên máy này.",
		"Somebody is on air, so nothing is restored yet: stop it, or try again when it has ended. Nothing on this machine was changed.")
	ErrKept error = problem.New(problem.Internal, "restore_kept",
		"Không cất được dữ liệu đang có sang bên nên không khôi phục: máy vẫn chạy với dữ liệu như cũ. Hãy báo kỹ thuật viên.",
		"What is there could not be set aside, so nothing was restored: the controller goes on with the data that it had. Tell your technician.")
	ErrPending error = problem.New(problem.Conflict, "restore_pending",
		"Có một lần khôi phục đang làm dở: hãy khởi động máy chủ Loa để nó làm nốt rồi thử lại.",
		"A restore is half way: start the controller, which finishes it, and try again.")
	ErrNotEmpty error = problem.New(problem.Conflict, "data_not_empty",
		"Thư mục dữ liệu đang có dữ liệu: thêm --replace để cất dữ liệu cũ sang bên cạnh rồi khôi phục.",
		"The data folder is not empty: add --replace to set the old data aside and restore.")
	ErrCommune error = problem.New(problem.Conflict, "backup_commune",
		"Tệp sao lưu là của xã khác với tệp cài đặt: hãy sửa dòng commune trong tệp cài đặt cho đúng.",
		"The backup is of another commune than the settings: correct the line commune in the settings.")
)
