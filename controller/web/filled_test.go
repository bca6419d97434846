package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/schedule"
)

var floodFields = object{"where": "thôn 1", "shelter": "nhà văn hóa thôn 3", "level": 4.5, "river": "sông La Ngà"}

const floodSaid = "Nước lũ đang lên nhanh ở thôn 1. Mực nước sông La Ngà đã lên 4,5 mét. Bà con đến nhà văn hóa thôn 3 ngay. Đưa người " +
	"già và trẻ em đi trước. Không đi qua ngầm tràn, không lội qua nước chảy."

// An emergency of a template says what its fields say, behind the sound of its
// hazard; what is missing is asked for before anything is aired, and its rights and
// records are those of a text that is typed.
func TestATemplateIsAired(t *testing.T) {
	o := start(t)
	all := o.ask(t, "GET", "/api/v1/templates", nil).items()
	require.Len(t, all, 10)
	flood := all[1]
	require.Equal(t, []any{"flood", "Flood", true}, []any{flood["id"], flood["en"], flood["alert"]})
	require.Equal(t, object{"id": "level", "vi": "Mực nước, mét", "en": "Water level, metres", "kind": "number", "required": false,
		"min": 0.1, "max": 50.0}, flood["fields"].(array)[3])

	require.Equal(t, object{"title": "Lũ, nước dâng: thôn 1", "text": floodSaid},
		o.ask(t, "POST", "/api/v1/templates/flood/text", object{"fields": floodFields}).object(200))
	o.ask(t, "POST", "/api/v1/templates/flood/text", object{"fields": object{"where": "thôn 1"}}).problem(422, "field_missing")
	o.ask(t, "POST", "/api/v1/templates/flood/text", object{"fields": object{"where": "x", "shelter": "x", "level": "cao"}}).problem(422,
		"field_number")
	o.ask(t, "POST", "/api/v1/templates/flood/text", object{"fields": object{"where": array{1}, "shelter": "x"}}).problem(422, "field_type")
	o.ask(t, "POST", "/api/v1/templates/war/text", object{"fields": object{}}).problem(422, "template_unknown")

	o.ask(t, "POST", "/api/v1/arm", object{"template": "flood", "fields": object{"where": "thôn 1"}}).problem(422, "field_missing")
	armed := o.ask(t, "POST", "/api/v1/arm", object{"template": "flood", "fields": floodFields}).object(201)["armed"]
	emergency := func(edits ...func(object)) object {
		return village(append([]func(object){with("class", "emergency"), with("armed", armed), with("template", "flood"),
			with("fields", floodFields)}, edits...)...)
	}
	o.ask(t, "POST", "/api/v1/calls", emergency(with("text", "Lũ"))).problem(422, "sources_many")
	o.ask(t, "POST", "/api/v1/calls", emergency(with("class", "live"), with("armed", ""))).problem(422, "recorded_live")
	o.ask(t, "POST", "/api/v1/calls", emergency(with("armed", ""))).problem(403, "not_armed")
	began := time.Now()
	call := o.begin(t, emergency())
	t.Logf("on the air %v after it was asked for", time.Since(began))
	require.Equal(t, "Lũ, nước dâng: thôn 1", call["title"])
	said := call["said"].(object)
	require.Equal(t, floodSaid, said["text"])
	require.Contains(t, said["spoken"], "bốn phẩy năm mét")
	clip := clipNamed(t, o, said["clips"].(array)[0].(string))
	require.Equal(t, "urgent", clip["style"])
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	line := o.ask(t, "GET", "/api/v1/audit?action=call.begin", nil).items()[0]
	rundown := line["after"].(object)["rundown"].(array)
	require.Equal(t, []any{"chime", 1.0}, []any{rundown[0].(object)["kind"], rundown[0].(object)["repeat"]},
		"then the sound of the flood, which is in the clip")
	tone, _ := tune.Attention("flood")
	require.Greater(t, rundown[1].(object)["length"], float64(audio.Length(int64(len(tone)))+20*time.Second), "and all of it twice")
	require.Equal(t, floodSaid, line["after"].(object)["said"].(object)["text"], "it stands on record")
}

// A drill says what the emergency would say, between the words that it is a drill.
func TestATemplateIsRehearsed(t *testing.T) {
	o := start(t)
	armed := o.ask(t, "POST", "/api/v1/arm/drill", object{"template": "fire",
		"fields": object{"where": "đồi 5", "shelter": "trường học"}}).object(201)["armed"]
	call := o.begin(t, drill(armed.(string), with("template", "fire"), with("fields", object{"where": "đồi 5", "shelter": "trường học"})))
	past := object{"dam": "Sông Pha", "at": "0:00", "today": "today", "where": "thôn 1"}
	if time.Now().In(schedule.Zone()).Hour() >= 2 {
		o.ask(t, "POST", "/api/v1/templates/dam/text", object{"fields": past}).problem(422, "field_at_past")
		o.ask(t, "POST", "/api/v1/arm", object{"template": "dam", "fields": past}).problem(422, "field_at_past")
	}
	o.ask(t, "POST", "/api/v1/templates/dam/text", object{"fields": past, "drill": true}).object(200)
	require.Equal(t, []any{"Diễn tập: Cháy rừng: đồi 5", true, "live"}, []any{call["title"], call["drill"], call["class"]})
	require.Contains(t, call["said"].(object)["text"], "Cháy rừng ở đồi 5!")
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
}

// A bulletin of a template is spoken for horns, and an emergency as one.
func TestATemplateIsABulletin(t *testing.T) {
	o := start(t)
	fields := object{"where": "thôn 1", "day": tomorrow(), "from": "7h", "until": "17:00", "reason": "sửa đường ống"}
	b := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Ngừng cấp nước", "template": "water", "fields": fields}).object(201)
	clip := clipNamed(t, o, b["clips"].(object)["vi"].(string))
	said := "Tạm ngừng cấp nước ở thôn 1, từ 7 giờ đến 17 giờ, " + saidTomorrow() + ". Lý do: sửa đường ống. Bà con trữ nước trước để dùng."
	require.Equal(t, []any{said, said, "outdoor"}, []any{b["summary"], clip["text"], clip["style"]})
	require.Contains(t, string(o.ask(t, "GET", "/bulletins/"+b["id"].(string), nil).body), "đọc cho loa ngoài trời")
	fields["reason"] = "súc rửa bể"
	changed := o.ask(t, "PUT", "/api/v1/bulletins/"+b["id"].(string), object{"title": "Ngừng cấp nước", "template": "water",
		"fields": fields}).object(200)
	require.NotEqual(t, b["clips"], changed["clips"])
	urgent := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Lũ", "class": "emergency", "template": "flood",
		"fields": floodFields}).object(201)
	require.Equal(t, "urgent", clipNamed(t, o, urgent["clips"].(object)["vi"].(string))["style"])
	fields["day"] = "2025-08-15"
	o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Nước", "template": "water", "fields": fields}).problem(422, "field_day_past")
	o.ask(t, "POST", "/api/v1/templates/water/text", object{"fields": fields}).problem(422, "field_day_past")
	fields["day"], fields["until"] = tomorrow(), "6:00"
	o.ask(t, "POST", "/api/v1/templates/water/text", object{"fields": fields}).problem(422, "field_until")
	delete(fields, "day")
	o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Nước", "template": "water", "fields": fields}).problem(422, "field_missing")
	o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Nước"}).problem(422, "bulletin_clip_missing")
}

// tomorrow is a day to come, as a field takes it; saidTomorrow is how it is said.
func tomorrow() string { return time.Now().In(schedule.Zone()).AddDate(0, 0, 1).Format(time.DateOnly) }

func saidTomorrow() string {
	return time.Now().In(schedule.Zone()).AddDate(0, 0, 1).Format("ngày 2 tháng 1")
}

func clipNamed(t *testing.T, o *office, id string) object {
	t.Helper()
	for _, c := range o.ask(t, "GET", "/api/v1/clips", nil).items() {
		if c["id"] == id {
			return c
		}
	}
	require.FailNow(t, "no clip "+id)
	return nil
}
