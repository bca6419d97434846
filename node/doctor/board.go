package doctor

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"loa/node/health"
	"loa/node/wire"
	"loa/node/wire/checkup"
)

// sensor is one thing that a board may know of itself.
type sensor struct {
	name, code string
	vi, en     string
	do         said // where it is not known
	value      func(*wire.Status) string
}

var noSensor = say("bo mạch không có cảm biến này", "this board has no such sensor")

// sensors are asked after in this order; what their values mean package health
// knows.
var sensors = []sensor{
	{"mains", wire.FaultMains, "Điện lưới", "Mains",
		say("có ắc quy thì đặt mains_gpio hoặc mains_command", "on a battery, set mains_gpio or mains_command"),
		func(*wire.Status) string { return "OK" }},
	{"voltage", wire.FaultVoltage, "Điện áp nguồn", "Supply voltage", noSensor, func(*wire.Status) string { return "OK" }},
	{"temperature", wire.FaultHot, "Nhiệt độ", "Temperature", noSensor,
		func(s *wire.Status) string { return fmt.Sprintf("%.0f °C", *s.TempC) }},
	{"modem", wire.FaultModem, "Modem 4G", "Modem",
		say("không có modem, hoặc chưa cài ModemManager", "no modem, or ModemManager is not installed"), modemWords},
	{"wear", wire.FaultWear, "Độ mòn bộ nhớ", "Wear of the flash", say("thẻ SD không cho biết", "SD cards do not tell"),
		func(s *wire.Status) string { return fmt.Sprintf("%d %%", *s.DiskWear) }},
	{"memory", wire.FaultMemory, "RAM còn trống", "Free memory", noSensor,
		func(s *wire.Status) string { return fmt.Sprintf("%d MiB", *s.MemFree>>20) }},
	{"load", wire.FaultLoad, "Tải", "Load", noSensor, func(s *wire.Status) string { return fmt.Sprintf("%.1f", *s.Load) }},
	{"network", wire.FaultSlow, "Đường truyền tới văn phòng", "Way to the office",
		say("chạy cụm loa rồi xem lại", "start the node and look again"),
		func(s *wire.Status) string { return s.Clock.RTT.Round(time.Millisecond).String() }},
}

func modemWords(s *wire.Status) string {
	text := s.Modem.State
	for _, w := range []string{s.Modem.Operator, s.Modem.Access} {
		if w != "" {
			text += ", " + w
		}
	}
	if s.Modem.Signal != nil {
		text += fmt.Sprintf(", %d %%", *s.Modem.Signal)
	}
	return text
}

// board is what the board's sensors say: those of the node that runs, which
// holds their lines.
func (b *boardExam) board(ctx context.Context) {
	var s wire.Status
	if b.now != nil {
		s = b.now.Status
	} else {
		s = b.config.Board(ctx)
	}
	wrong := map[string]health.Finding{}
	for _, f := range health.Judge(&s, runtime.NumCPU(), func(string) bool { return false }) {
		wrong[f.Code] = f
	}
	for _, l := range sensors {
		if l.code == wire.FaultModem && b.tells(l.name, wire.FaultNoModem) {
			continue
		}
		f, open := wrong[l.code], b.fault(l.code)
		switch vi, en := b.opt.Fault(l.code); {
		case open != nil || f.Wrong != nil && *f.Wrong:
			b.Bad(l.name, say(vi, en), said{}, words(f.Detail))
		case f.Wrong == nil:
			b.Unknown(l.name, say(l.vi+": chưa rõ", l.en+": not known"), l.do, nil)
		default:
			b.OK(l.name, l.vi+": "+l.value(&s), l.en+": "+l.value(&s))
		}
	}
}

func (b *boardExam) disk() {
	if !b.tells("disk", wire.FaultDisk) {
		s := b.config.Board(context.Background())
		if health.DiskLow(s.DiskFree) {
			vi, en := b.opt.Fault(wire.FaultDisk)
			b.Bad("disk", say(vi, en), said{}, nil)
		} else if s.DiskFree == nil {
			b.Unknown("disk", say("Chỗ trống: chưa rõ", "Room on the flash: not known"), said{}, nil)
		} else {
			b.OK("disk", fmt.Sprintf("Bộ nhớ còn %d MiB", *s.DiskFree>>20), fmt.Sprintf("%d MiB are free", *s.DiskFree>>20))
		}
	}
	if b.tells("writable", wire.FaultReadOnly, wire.FaultStore) {
		return
	}
	b.Is("writable", checkup.TryWrite(b.config.Data), say("Ghi được vào bộ nhớ", "The flash can be written"),
		say("Không ghi được vào "+b.config.Data, "Nothing can be written to "+b.config.Data),
		say("thẻ nhớ hỏng hoặc chỉ đọc: dmesg | grep -i -e mmc -e remount; thay thẻ",
			"the flash is broken or read-only: dmesg | grep -i -e mmc -e remount; replace it"))
}
