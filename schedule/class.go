package schedule

// Class is the degree of a programme (mức độ): the three of Circular
// 39/2020/TT-BTTTT, and live and relay for what has no recording.
type Class string

// The classes, lowest first.
const (
	Normal    Class = "normal"    // thông thường: the commune chooses and schedules
	Relay     Class = "relay"     // tiếp sóng: a station above is passed on
	Priority  Class = "priority"  // ưu tiên: aired before normal ones
	Live      Class = "live"      // phát trực tiếp: a person is speaking now
	Emergency Class = "emergency" // khẩn cấp: aired at once
)

// Valid reports whether c is one of the known classes.
func (c Class) Valid() bool { return c.rank() > 0 }

func (c Class) rank() int {
	switch c {
	case Normal:
		return 1
	case Relay:
		return 2
	case Priority:
		return 3
	case Live:
		return 4
	case Emergency:
		return 5
	}
	return 0
}

// Level is the place in the tree that ordered a programme.
type Level int

// The levels, lowest first.
const (
	VillageLevel  Level = 0 // thôn
	CommuneLevel  Level = 1 // xã
	ProvinceLevel Level = 2 // tỉnh
)

// rank orders airings: a higher one takes the air from a lower one.
func rank(c Class, l Level) int {
	if c == Priority {
		l = 0 // the operator orders these, not their level
	}
	return c.rank()*8 + int(min(max(l, VillageLevel), ProvinceLevel))
}
