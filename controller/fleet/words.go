package fleet

import (
	"maps"
	"slices"
	"strings"
	"time"

	"loa/node/wire"
	"loa/schedule"
)

// sentences of faults and states: cause, and what to do.
type sentence struct{ vi, en string }

var faultWords = map[string]sentence{
	wire.FaultSound: {"Không có thiết bị âm thanh: kiểm tra dây nối card âm thanh và âm li của cụm loa.",
		"No sound device: check the sound card's and the amplifier's wiring."},
	wire.FaultClock: {"Cụm loa chưa biết giờ nên không phát theo lịch: sẽ tự hết khi nối được với xã; nếu kéo dài, kiểm tra mạng.",
		"The loudspeaker does not know the time and plays nothing scheduled: it heals when the office is reached; " +
			"if it stays, check the network."},
	wire.FaultClips: {"Sắp đến giờ phát mà chưa nhận đủ tệp âm thanh: kiểm tra mạng của cụm loa.",
		"An airing is near and its clips have not all arrived: check the loudspeaker's network."},
	wire.FaultDisk: {"Bộ nhớ của cụm loa đầy hoặc sắp đầy: vẫn phát, kể cả KHẨN CẤP, nhưng bản tin và nhật ký mới chỉ ở trong RAM, " +
		"tắt điện là mất; kỹ thuật viên xóa tệp thừa trên thẻ nhớ hoặc thay thẻ lớn hơn.",
		"The loudspeaker's storage is full, or nearly: it plays on, emergencies too, but new bulletins and proof are only in memory and lost " +
			"without power; remove what else is on the card, or fit a larger one."},
	wire.FaultCert: {"Chứng thư của cụm loa sắp hết hạn mà chưa tự gia hạn được: kiểm tra mạng tới xã; " +
		"nếu vẫn còn báo, ghép lại cụm loa bằng mã mới.",
		"The loudspeaker's certificate ends soon and could not be renewed: check its network; if this stays, enrol it anew with a code."},
	wire.FaultStore: {"Bộ nhớ của cụm loa hỏng, không ghi được: " +
		"vẫn phát, kể cả KHẨN CẤP, nhưng lịch và nhật ký mới chỉ ở trong RAM, tắt điện là mất; thay thẻ nhớ sớm, trước mùa mưa bão.",
		"The loudspeaker's storage fails and cannot be written: it plays on, emergencies too, but a new plan and proof are only in memory and " +
			"lost without power; replace the card soon."},
	wire.FaultReadOnly: {"Bộ nhớ của cụm loa đã thành chỉ đọc, thường do thẻ nhớ hỏng hoặc mất điện đột ngột: " +
		"vẫn phát, kể cả KHẨN CẤP, nhưng lịch và nhật ký mới chỉ ở trong RAM, tắt điện là mất; " +
		"khởi động lại bo mạch một lần, còn báo thì thay thẻ nhớ.",
		"The loudspeaker's storage has turned read-only, as it does when the card fails or after a power cut: " +
			"it plays on, emergencies too, but a new plan and proof are only in memory and lost without power; " +
			"restart the board once, and replace the card if this stays."},
	wire.FaultClip: {"Tệp âm thanh nhận về bị sai nên chưa phát được, cụm loa đang tải lại: nếu kéo dài, tải bản ghi lên lại ở văn phòng.",
		"A clip arrived spoilt and cannot be played; it is fetched again: if this stays, upload the recording anew at the office."},
	wire.FaultAmp: {"Âm li không lên nguồn hoặc không tắt được: kiểm tra dây nguồn, rơ-le và dây điều khiển của âm li; loa vẫn cố phát.",
		"The amplifier's power cannot be switched: check its supply, relay and control wire; the loudspeaker plays all the same."},
	wire.FaultMixer: {"Không đặt được âm lượng của card âm thanh nên loa có thể phát nhỏ hoặc im: " +
		"xem tên âm lượng bằng amixer scontents rồi sửa mục mixer_control hoặc mixer trong cấu hình cụm loa.",
		"The sound card's own volume could not be set, so the horn may be quiet or silent: " +
			"find its name by amixer scontents, then correct mixer_control or mixer in the loudspeaker's settings."},

	wire.FaultEar: {"Không nghe được micro kiểm tra của cụm loa: kiểm tra micro, dây và mục ear trong cấu hình.",
		"The loudspeaker's test microphone gives nothing: check it, its cable, and ear in the settings."},
	wire.FaultMuteHorn: {"Đã phát mà micro không nghe thấy loa: kiểm tra âm li, dây loa và củ loa.",
		"It played, and its microphone heard no horn: check the amplifier, the line and the horn."},
	wire.FaultHorn: {"Đường dây loa có tín hiệu mà micro không nghe thấy loa: củ loa hỏng hoặc đứt dây vào củ loa.",
		"The line carries sound and its microphone hears no horn: the horn is dead, or its own wires are off."},
	wire.FaultLine: {"Tiếng không tới cuối đường dây loa: đứt dây, hoặc âm li không ra tiếng; kiểm tra âm li trước, rồi dò dây.",
		"The sound does not reach the end of the loudspeaker line: it is cut, or the amplifier gives nothing; " +
			"check the amplifier, then follow the line."},
	wire.FaultWeakHorn: {"Loa kêu nhỏ hơn hẳn lúc lắp: có thể một củ loa hỏng hoặc tiếp xúc kém; kiểm tra từng củ loa và mối nối.",
		"The horn is much weaker than when it was installed: one of a pair may be dead, or a contact bad; check each horn and joint."},
	wire.FaultStuckAmp: {"Âm li vẫn có điện khi đã tắt: rơ-le dính hoặc đấu sai; thay rơ-le kẻo âm li ù và tốn điện cả ngày.",
		"The amplifier has power though it is switched off: its relay sticks, or is wired wrongly; " +
			"replace it, or it hums and draws current all day."},
	wire.FaultMains: {"Mất điện lưới{since}, cụm loa đang chạy bằng ắc quy: kiểm tra điện và cầu dao; ắc quy hết thì loa im.",
		"No mains{since}, the loudspeaker runs on its battery: check the supply and the breaker; it is silent when the battery is empty."},
	wire.FaultVoltage: {"Nguồn của bo mạch quá thấp nên cụm loa có thể tự tắt: thay bộ nguồn hoặc dây nguồn.",
		"The board's supply voltage is too low and it may stop at any time: replace the supply or its cable."},
	wire.FaultHot: {"Cụm loa quá nóng: che nắng, mở lỗ thông gió của hộp.",
		"The loudspeaker is too hot: shade its box and open its vents."},
	wire.FaultWear: {"Bộ nhớ của cụm loa sắp hết tuổi thọ: báo kỹ thuật viên thay trước khi hỏng.",
		"The loudspeaker's flash is nearly worn out: ask the technician to replace it before it fails."},
	wire.FaultMemory: {"Cụm loa sắp hết bộ nhớ RAM: khởi động lại cụm loa; nếu lặp lại, báo kỹ thuật viên.",
		"The loudspeaker is short of memory: restart it; if it comes back, tell the technician."},
	wire.FaultLoad: {"Cụm loa đang quá tải nên tiếng có thể ngắt quãng: tắt phần mềm khác trên bo mạch, hoặc báo kỹ thuật viên.",
		"The board is overloaded and the sound may stutter: stop other programs on it, or tell the technician."},
	wire.FaultModem: {"SIM hết dữ liệu hoặc mất sóng: nạp dữ liệu cho SIM, kiểm tra SIM và ăng-ten.",
		"The SIM has no data left, or there is no signal: top it up, check the SIM and the antenna."},
	wire.FaultNoModem: {"Không còn thấy modem 4G: kiểm tra modem có cắm chặt và đủ nguồn, rồi khởi động lại bo mạch.",
		"The 4G modem is no longer found: check that it sits firmly and has power, then restart the board."},
	wire.FaultClockError: {"Cụm loa biết giờ không đủ chính xác nên có thể phát lệch với loa bên cạnh: kiểm tra mạng của cụm loa.",
		"The loudspeaker knows the time too roughly to play in step with its neighbours: check its network."},
	FaultTwins: {"Hai thiết bị dùng chung một danh tính: có thể thẻ nhớ đã bị sao chép; " +
		"thiết bị đang chạy được giữ, thiết bị kia bị từ chối. Tìm thiết bị thứ hai và ghép lại nó bằng mã mới; " +
		"nếu không tìm thấy, thu hồi cụm loa này rồi ghép lại.",
		"Two boards use one identity: a memory card may have been copied; " +
			"the one that runs is kept, the other turned away. Find the second one and enrol it anew with a code; " +
			"if it cannot be found, revoke this loudspeaker and enrol it again."},
	FaultWrongTime: {"Đồng hồ sai: cụm loa báo những thời điểm không thể có, nên nhật ký của nó không được tính là đã phát; " +
		"khởi động lại cụm loa, nếu còn báo thì kiểm tra thẻ nhớ và ghép lại.",
		"Wrong clock: the loudspeaker tells of times that cannot be, and what it says of them does not count as heard; " +
			"restart it, and if this stays check its memory card and enrol it again."},
	FaultFlood: {"Cụm loa gửi quá nhiều tin trong một lúc nên tin của nó bị bỏ bớt, các cụm khác không bị ảnh hưởng: " +
		"khởi động lại cụm loa; nếu còn báo, thu hồi rồi ghép lại vì có thể người khác đang dùng danh tính của nó.",
		"The loudspeaker says far too much at once; some of its own words are dropped, others are not affected: restart it; " +
			"if this stays, revoke it and enrol it again, for somebody else may be using its identity."},
	wire.FaultSlow: {"Mạng của cụm loa quá chậm nên phát trực tiếp có thể bị ngắt: kiểm tra sóng và SIM.",
		"The loudspeaker's network is too slow and live calls may be cut: check the signal and the SIM."},
}

// unknownFault is said of a code from a newer node.
var unknownFault = sentence{"Cụm loa báo một sự cố chưa rõ tên: cập nhật phần mềm máy chủ.",
	"The loudspeaker reports a fault this controller does not know: update the controller."}

// mutes are the faults that keep a horn silent.
var mutes = map[string]bool{wire.FaultSound: true, wire.FaultClock: true, wire.FaultClips: true}

// wordsOf is what a fault is called that began then; zero: not known when.
func wordsOf(code string, since time.Time) sentence {
	s, ok := faultWords[code]
	if !ok {
		return unknownFault
	}
	vi, en := "", ""
	if !since.IsZero() {
		at := since.In(schedule.Zone()).Format("15:04")
		vi, en = " từ "+at, " since "+at
	}
	return sentence{strings.Replace(s.vi, "{since}", vi, 1), strings.Replace(s.en, "{since}", en, 1)}
}

// FaultCodes are those of all faults that have words here, sorted.
func FaultCodes() []string { return slices.Sorted(maps.Keys(faultWords)) }

// FaultSentence is what a fault of this code is called, in both languages.
func FaultSentence(code string) (vi, en string) {
	s := wordsOf(code, time.Time{})
	return s.vi, s.en
}

// longest is how long ago a fault may have begun of which a node tells only now.
const longest = 24 * time.Hour

// began is when a fault began by the node's own word, if that can be: it may have been cut off meanwhile.
func began(said, now time.Time) time.Time {
	if said.IsZero() || said.After(now) || now.Sub(said) > longest {
		return now
	}
	return said
}

// lastWords says why a node fell silent, if what it said last tells.
func lastWords(n *node) (vi, en string, ok bool) {
	for _, f := range n.Faults {
		switch f.Code {
		case wire.FaultMains:
			vi, _, _ = strings.Cut(f.VI, ",")
			en, _, _ = strings.Cut(f.EN, ",")
			return vi + ", rồi mất kết nối: ắc quy có thể đã hết; kiểm tra điện và cầu dao", en +
				", then cut off: the battery may be empty; check the supply and the breaker", true
		case wire.FaultModem:
			return "Mất kết nối; trước đó sóng yếu hoặc SIM hết dữ liệu: nạp dữ liệu cho SIM, kiểm tra ăng-ten",
				"Cut off; before that its signal was weak or its SIM had no data: top up the SIM, check the antenna", true
		}
	}
	if n.Status != nil && n.Status.Modem != nil && n.Status.Modem.State != wire.ModemGone { // the way to it is a SIM's
		return "Mất kết nối, cụm loa này dùng 4G: có thể mất điện, SIM hết dữ liệu hoặc mất sóng; " +
				"kiểm tra điện, nạp dữ liệu cho SIM, kiểm tra ăng-ten",
			"Cut off, and it is on 4G: no power, no data left on its SIM, or no signal; check the mains, top up the SIM, check the antenna", true
	}
	return "", "", false
}
