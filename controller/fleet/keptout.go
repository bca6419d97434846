package fleet

// KeepOut says which nodes were revoked and not enrolled anew: they cannot say
// anything, and it is not for want of power.
func (f *Fleet) KeepOut(nodes map[string]bool) { f.out.Store(&nodes) }

func (f *Fleet) isKeptOut(node string) bool {
	out := f.out.Load()
	return out != nil && (*out)[node]
}

var keptOutWords = sentence{
	"Đã thu hồi: thiết bị này không được kết nối nữa. Muốn dùng lại thì ghép bằng mã mới; không dùng nữa thì xóa cụm loa khỏi danh sách.",
	"Revoked: its board may connect no more. To use it again enrol it anew with a code, else remove the loudspeaker from the list."}
