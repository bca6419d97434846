package main

import (
	"fmt"
	"time"

	"loa/node/wire"
)

// sensor is one thing that a board may know of itself.
type sensor struct {
	name, code string
	vi, en     string
	do         said // where it is not known
	value      func(*wire.Status) string
}

var noSensor = said{"bo mạch không có cảm biến này", "this board has no such sensor"}

// sensors are asked after in this order; what their values mean package health
// knows.
var sensors = []sensor{
	{"mains", wire.FaultMains, "Điện lưới", "Mains", said{"có ắc quy thì đặt mains_gpio hoặc mains_command", "on a battery, set mains_gpio or mains_command"}, func(*wire.Status) string { return "OK" }},
	{"voltage", wire.FaultVoltage, "Điện áp nguồn", "Supply voltage", noSensor, func(*wire.Status) string { return "OK" }},
	{"temperature", wire.FaultHot, "Nhiệt độ", "Temperature", noSensor, func(s *wire.Status) string { return fmt.Sprintf("%.0f °C", *s.TempC) }},
	{"modem", wire.FaultModem, "Modem 4G", "Modem", said{"không có modem, hoặc chưa cài ModemManager", "no modem, or ModemManager is not installed"}, modemWords},
	{"wear", wire.FaultWear, "Độ mòn bộ nhớ", "Wear of the flash", said{"thẻ SD không cho biết", "SD cards do not tell"}, func(s *wire.Status) string { return fmt.Sprintf("%d %%", *s.DiskWear) }},
	{"memory", wire.FaultMemory, "RAM còn trống", "Free memory", noSensor, func(s *wire.Status) string { return fmt.Sprintf("%d MiB", *s.MemFree>>20) }},
	{"load", wire.FaultLoad, "Tải", "Load", noSensor, func(s *wire.Status) string { return fmt.Sprintf("%.1f", *s.Load) }},
	{"network", wire.FaultSlow, "Đường truyền tới văn phòng", "Way to the office", said{"chạy cụm loa rồi xem lại", "start the node and look again"}, func(s *wire.Status) string { return s.Clock.RTT.Round(time.Millisecond).String() }},
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
