package template

import (
	"strconv"
	"strings"

	"loa/controller/i18n"
)

// agree is a problem of two fields that cannot both be so.
func agree(values map[string]string) error {
	for _, check := range []func(map[string]string) error{inOrder, atNight, apart, grown} {
		if err := check(values); err != nil {
			return err
		}
	}
	return nil
}

// The night that “đêm nay” means, minutes from midnight.
const (
	nightBegins = 18 * 60
	nightEnds   = 6 * 60
)

// atNight is a problem of an hour that is by day and is said to be of tonight.
func atNight(values map[string]string) error {
	at, ok := minuteOf(values[whenAt.ID])
	if !ok || values[today.ID] != "tonight" || at >= nightBegins || at < nightEnds {
		return nil
	}
	return whenAt.problem("field_night", "giờ này không phải là đêm: hãy chọn “Hôm nay”, hoặc viết giờ từ 18:00 đến 5:59",
		"this hour is not at night: choose “Today”, or write an hour from 18:00 to 5:59")
}

// apart is a problem of people who are sent to where it is dangerous, and of a fire that
// moves to where it is.
func apart(values map[string]string) error {
	for _, pair := range [][2]Field{{shelter, where}, {shelter, toward}, {toward, where}} {
		a, b := values[pair[0].ID], values[pair[1].ID]
		if a == "" || b == "" || !same([]string{strings.Join(strings.Fields(a), " ")}, []string{strings.Join(strings.Fields(b), " ")}) {
			continue
		}
		return pair[0].problem("field_same_place", "nơi này cũng là “"+pair[1].Name(i18n.VI)+"”: hãy viết một nơi khác",
			"this is the same place as “"+pair[1].Name(i18n.EN)+"”: write another one")
	}
	return nil
}

// ages are how old a person may be that is called so.
var ages = []struct {
	called   string
	from, to int
}{{"bé", 0, 15}, {"cháu", 0, 40}, {"cụ", 50, 200}, {"ông", 18, 200}, {"bà", 18, 200}}

// grown is a problem of an age that does not fit how the person is called: a figure too
// many, and people look for somebody else.
func grown(values map[string]string) error {
	old, err := strconv.Atoi(values[age.ID])
	for _, a := range ages {
		if err != nil || !beginsWith(values[person.ID], a.called) || old >= a.from && old <= a.to {
			continue
		}
		return age.problem("field_age", "“"+a.called+"” mà "+strconv.Itoa(old)+" tuổi: hãy xem lại tuổi hoặc cách gọi",
			"“"+a.called+"” is not said of a person of "+strconv.Itoa(old)+" years: look again at the age, or at how they are called")
	}
	return nil
}
