package warning

import (
	"slices"
	"strings"
	"time"

	"loa/controller/neighbour/cap"
	"loa/controller/store"
	"loa/controller/text"
)

// What a message is judged by.
const (
	margin    = 1.0             // kilometres: a horn carries, and a pole's place is read off a telephone
	ahead     = 5 * time.Minute // a sender's clock may be in front of ours
	usual     = 24 * time.Hour  // that a message holds which does not say how long
	mostSaid  = 360             // characters, as of an alert on telephones (WEA): it is heard, twice, and spoken within 3 s
	tooOld    = 24 * time.Hour
	mostTitle = 150 // characters
)

// reasons are why a warning does not sound by itself.
var reasons = map[string][2]string{
	"status": {"chỉ là bản tin thử hoặc kỹ thuật", "it is only a test, or technical"},
	"exercise": {"là diễn tập ở nơi gửi: chỉ phát được như diễn tập",
		"it is an exercise: it can be aired as a drill and as nothing else"},
	"scope":    {"không dành cho mọi người", "it is not for everybody"},
	"type":     {"chỉ để trả lời nơi gửi khác", "it only answers another office"},
	"language": {"không có phần tiếng Việt", "there is nothing in Vietnamese"},
	"place":    {"không nói về nơi nào có loa của xã", "it is about no place where the commune has loudspeakers"},
	"old":      {"gửi đã quá 24 giờ", "it was sent more than 24 hours ago"},
	"future": {"giờ gửi ở tương lai: đồng hồ nơi gửi sai, hoặc bị giả",
		"it was sent in the future: the sender's clock is wrong, or it is forged"},
	"reference": {"hủy hoặc sửa bản tin mà xã không nhận được từ nơi này",
		"it cancels or changes what the commune did not get from this sender"},
	"nothing":    {"không có gì để đọc", "there is nothing to be read out"},
	"not_urgent": {"không khẩn cấp: hãy đưa vào lịch phát nếu cần", "it is not urgent: put it into the calendar if it is needed"},
	"not_signed": {"không có chữ ký của nơi gửi đã ghim: chờ người xem",
		"it is not signed by a sender that is pinned: somebody has to look"},
	"weak": {"chữ ký theo cách cũ (SHA-1), giả được: chờ người xem",
		"it is signed in an old way (SHA-1) that can be forged: somebody has to look"},
	"later":     {"chưa đến giờ có hiệu lực: chờ người xem", "it does not hold yet: somebody has to look"},
	"no_source": {"không qua nguồn nào được ghim: chờ người xem", "it came by no source that is pinned: somebody has to look"},
	"by_hand":   {"nguồn này không được tự phát ở mức này", "this source may not air by itself at this severity"},
	"right": {"người cho phép tự phát không còn quyền phát khẩn cấp ở đó",
		"who let it air by itself has no right to air emergencies there any more"},
	"failed":      {"tự phát không được: xem nhật ký của máy chủ", "it could not be aired by itself: see the server's log"},
	"cancel_hand": {"nơi gửi đã hủy: chờ người phát cải chính", "its sender cancelled it: somebody has to air the correction"},
}

// judged is what may become of a message.
type judged struct {
	state     store.WarningState
	why       string
	urgent    bool
	drill     bool
	severity  string
	title     string
	words     string
	areas     []string
	automatic bool
}

// judge decides what may become of a message that came by a source at an instant. It is
// about the areas of which one place at least is covered; all is the one that stands for all
// of them. cap.Update and cap.Cancel are judged further by what they refer to.
func judge(m cap.Message, from store.WarningSource, signed, weak bool, at time.Time, places map[string][]cap.Place, all string) judged {
	j := judged{state: store.WarningShown, severity: "Unknown"}
	infos := m.In("vi")
	about := map[string]bool{}
	var said []cap.Info
	for _, i := range infos {
		here := false
		for area, points := range places {
			if slices.ContainsFunc(points, func(p cap.Place) bool { return i.Covers(p, margin) }) {
				about[area], here = true, true
			}
		}
		if here {
			said = append(said, i)
		}
	}
	for area := range about {
		j.areas = append(j.areas, area)
	}
	slices.Sort(j.areas)
	if len(about) > 0 && len(about) == len(places) {
		j.areas = []string{all}
	}
	j.tell(m, said)
	if len(said) == 0 && len(infos) > 0 { // shown all the same
		j.tell(m, infos[:1])
	}
	j.why = unfit(m, infos, said, j, at)
	if j.why != "" {
		return j
	}
	j.state, j.drill = store.WarningProposed, m.Status == cap.Exercise
	j.why = byHand(m, said, from, j, signed, weak, at)
	j.automatic = j.why == ""
	return j
}

// tell takes the words of what is said, and the gravest of its severities.
func (j *judged) tell(m cap.Message, said []cap.Info) {
	order := []string{"Extreme", "Severe", "Moderate", "Minor", "Unknown"}
	var words []string
	for _, i := range said {
		j.urgent = j.urgent || i.Urgent() && !i.AllClear()
		if slices.Index(order, i.Severity) < slices.Index(order, j.severity) {
			j.severity = i.Severity
		}
		title, rest := i.Said()
		if j.title == "" {
			j.title = text.Line(title, mostTitle)
		}
		words = append(words, sentence(title), sentence(rest))
	}
	j.words = fitting(strings.TrimSpace(strings.Join(words, " ")), mostSaid)
	if j.title == "" {
		j.title = text.Line(m.Identifier, mostTitle)
	}
}

// unfit is why a message cannot sound here at all; "": it can.
func unfit(m cap.Message, infos, said []cap.Info, j judged, at time.Time) string {
	switch {
	case m.Scope != cap.Public:
		return "scope"
	case m.Status != cap.Actual && m.Status != cap.Exercise:
		return "status"
	case m.Type == cap.Ack || m.Type == cap.Error:
		return "type"
	case m.Sent.After(at.Add(ahead)):
		return "future"
	case at.Sub(m.Sent) > tooOld:
		return "old"
	case m.Type == cap.Cancel: // it is heard where that was heard
		return ""
	case len(infos) == 0:
		return "language"
	case len(said) == 0:
		return "place"
	case j.words == "":
		return "nothing"
	}
	return ""
}

// byHand is why a person has to look first; "": nobody has to.
func byHand(m cap.Message, said []cap.Info, from store.WarningSource, j judged, signed, weak bool, at time.Time) string {
	notYet := func(i cap.Info) bool { return i.Effective.After(at) || i.Onset.After(at.Add(6*time.Hour)) }
	switch {
	case j.drill:
		return "exercise"
	case m.Type != cap.Cancel && !j.urgent:
		return "not_urgent"
	case from.ID == "":
		return "no_source"
	case from.Automatic == "" || m.Type != cap.Cancel && from.Automatic == "extreme" && j.severity != "Extreme":
		return "by_hand"
	case !signed:
		return "not_signed"
	case weak:
		return "weak"
	case slices.ContainsFunc(said, notYet):
		return "later"
	}
	return ""
}

// sentence is a text with an end.
func sentence(s string) string {
	s = strings.Join(strings.Fields(text.Clean(s)), " ")
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}

// fitting ends a text after the last sentence, or else the last word, that has room.
func fitting(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	head := string(r[:most])
	if i := strings.LastIndexAny(head, ".!?"); i > len(head)/2 {
		return head[:i+1]
	}
	if i := strings.LastIndexByte(head, ' '); i > 0 {
		return head[:i] + "…"
	}
	return head + "…"
}
