package fleet

import "loa/node/wire"

// sentences of faults and states: cause, and what to do.
type sentence struct{ vi, en string }

var faultWords = map[string]sentence{
	wire.FaultSound: {"Không có thiết bị âm thanh: kiểm tra dây nối card âm thanh và âm li của cụm loa.", "No sound device: check the sound card's and the amplifier's wiring."},
	wire.FaultClock: {"Cụm loa chưa biết giờ nên không phát theo lịch: sẽ tự hết khi nối được với xã; nếu kéo dài, kiểm tra mạng.", "The loudspeaker does not know the time and plays nothing scheduled: it heals when the office is reached; if it stays, check the network."},
	wire.FaultClips: {"Sắp đến giờ phát mà chưa nhận đủ tệp âm thanh: kiểm tra mạng của cụm loa.", "An airing is near and its clips have not all arrived: check the loudspeaker's network."},
	wire.FaultDisk:  {"Bộ nhớ của cụm loa sắp đầy: báo kỹ thuật viên.", "The loudspeaker's storage is nearly full: tell the technician."},
	wire.FaultStore: {"Cụm loa không ghi được vào bộ nhớ: báo kỹ thuật viên thay thẻ nhớ.", "The loudspeaker cannot write to its storage: ask the technician to replace it."},
}

// unknownFault is said of a code from a newer node.
var unknownFault = sentence{"Cụm loa báo một sự cố chưa rõ tên: cập nhật phần mềm máy chủ.", "The loudspeaker reports a fault this controller does not know: update the controller."}

// mutes are the faults that keep a horn silent.
var mutes = map[string]bool{wire.FaultSound: true, wire.FaultClock: true, wire.FaultClips: true}

func wordsOf(code string) sentence {
	if s, ok := faultWords[code]; ok {
		return s
	}
	return unknownFault
}
