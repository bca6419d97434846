package disk

import "fmt"

// Sentence says what is wrong and what to do, for the office.
func (t Trouble) Sentence() (vi, en string) {
	const stillVI, stillEN = "Phát khẩn cấp và dừng loa vẫn làm được", "Emergencies and stopping still work"
	free := mega(t.Free)
	switch t.Code {
	case Low:
		return fmt.Sprintf("Ổ đĩa máy văn phòng sắp đầy, còn %s: hãy xóa bớt bản ghi và bản sao lưu cũ, hoặc nhờ kỹ thuật viên.", free),
			fmt.Sprintf("The office machine's disk is filling up, %s are left: remove old recordings and backups, or ask the technician.", free)
	case AlmostOut:
		return fmt.Sprintf("Ổ đĩa máy văn phòng gần đầy hẳn, chỉ còn %s: hãy xóa bớt tệp ngay, sắp không ghi được gì nữa.", free),
			fmt.Sprintf("The office machine's disk is nearly full, only %s are left: free some space now, soon nothing can be written.", free)
	case Full:
		return "Ổ đĩa máy văn phòng đã đầy, không ghi được gì: hãy xóa bớt tệp ngay. " + stillVI + ".",
			"The office machine's disk is full and nothing can be written: free some space now. " + stillEN + "."
	case ReadOnly:
		return "Máy văn phòng không được ghi vào ổ đĩa dữ liệu: hãy gọi kỹ thuật viên (ổ đĩa chỉ đọc, hoặc sai quyền thư mục). " + stillVI + ".",
			"The office machine may not write to its data disk: call the technician (a disk that is read-only, or wrong rights of the folder). " +
				stillEN + "."
	case Unwritten:
		return t.unwritten()
	}
	return "Máy văn phòng ghi hoặc đọc dữ liệu bị lỗi: hãy gọi kỹ thuật viên xem ổ đĩa, đừng tắt máy nếu đang phát. " + stillVI + ".",
		"The office machine fails to write or read its data: call the technician to look at the disk, " +
			"and leave it on while anything is on air. " + stillEN + "."
}

func (t Trouble) unwritten() (vi, en string) {
	if t.Kept {
		return fmt.Sprintf("%d việc đã làm nhưng chưa ghi được vào sổ; sẽ tự ghi khi ổ đĩa ghi được.", t.Count),
			fmt.Sprintf("%d things are done and could not be written down; they will be, by themselves, when the disk takes it.", t.Count)
	}
	return fmt.Sprintf("%d việc đã làm nhưng chưa ghi được vào sổ, tắt máy lúc này là mất: hãy để máy chạy và xử lý ổ đĩa.", t.Count),
		fmt.Sprintf("%d things are done and could not be written down, and are lost if this machine stops now: leave it on and see to the disk.",
			t.Count)
}

// mega is a number of bytes as people say it.
func mega(bytes int64) string {
	if bytes >= 10<<30 {
		return fmt.Sprintf("%d GB", bytes>>30)
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}
