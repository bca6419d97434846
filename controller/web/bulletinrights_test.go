package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// triggers airs a recorded alert, and is refused with a code or not at all ("").
func (p *somebody) triggers(t *testing.T, refused string, edits ...func(object)) object {
	t.Helper()
	p.linked(t)
	armed := p.does(t, "POST", "/api/v1/arm", object{}).object(201)["armed"]
	call := object{"class": "emergency", "targets": object{"areas": array{"la-da"}}, "armed": armed}
	for _, edit := range edits {
		edit(call)
	}
	r := p.does(t, "POST", "/api/v1/calls", call)
	if refused != "" {
		r.problem(r.status, refused)
		return nil
	}
	return r.object(201)
}

// A writer of one village bends nothing of the commune's: not what is
// approved, not what is drafted, and hears none of it before it is approved.
func TestAVillageDoesNotChangeTheCommunes(t *testing.T) {
	o := start(t)
	head, speaker := o.somebody(t, "lan", "admin", "la-da"), o.somebody(t, "bay", "speaker", "la-da")
	writer, village, other := o.somebody(t, "hoa", "operator", "la-da"), o.somebody(t, "ba", "operator", "thon-1"), o.somebody(t, "tu",
		"head", "thon-2")
	sound, evil := head.does(t, "POST", "/api/v1/speech", object{"text": "Lũ về, hãy lên cao."}).object(201)["id"], village.does(t, "POST",
		"/api/v1/speech", object{"text": "Ai cũng được tiền."}).object(201)["id"]
	flood := head.does(t, "POST", "/api/v1/bulletins", object{"title": "Lũ", "class": "emergency", "clips": object{"vi": sound}}).object(201)
	path := "/api/v1/bulletins/" + flood["id"].(string)
	require.Equal(t, []any{"approved", "la-da"}, []any{approvalOf(flood)["state"], flood["area"]})

	bent := object{"title": "Lũ", "class": "emergency", "clips": object{"vi": evil}}
	village.does(t, "PUT", path, bent).problem(403, "forbidden")
	bent["area"] = "thon-1"
	village.does(t, "PUT", path, bent).problem(403, "forbidden")
	village.does(t, "DELETE", path, nil).problem(403, "forbidden")
	require.Equal(t, 403, o.form(t, "/bulletins/"+flood["id"].(string)+"/delete", nil, "Cookie", village.cookie).status)
	village.does(t, "POST", path+"/submit", nil).problem(403, "forbidden")
	village.does(t, "POST", "/api/v1/bulletins", object{"title": "Giả", "area": "la-da", "clips": object{"vi": evil}}).problem(403,
		"forbidden")
	bent["area"] = "la-da"
	writer.does(t, "PUT", path, bent).problem(403, "forbidden") // an approved emergency needs more than a pen
	writer.does(t, "DELETE", path, nil).problem(403, "forbidden")
	call := speaker.triggers(t, "", with("bulletin", flood["id"]))
	require.Equal(t, []any{"Cô LAN", nil, array{sound}}, []any{call["approver"], call["bypass"], call["said"].(object)["clips"]})
	require.Equal(t, approvalOf(flood)["digest"], call["said"].(object)["digest"])

	// what is not approved is heard by those who have a right there
	draft := writer.does(t, "POST", "/api/v1/bulletins", object{"title": "Chưa công bố", "draft": true,
		"clips": object{"vi": o.clip(t, "Chưa ai được nghe.")}}).object(201)
	quiet := draft["clips"].(object)["vi"].(string)
	for _, p := range []*somebody{village, other} {
		p.does(t, "GET", "/api/v1/bulletins/"+draft["id"].(string), nil).problem(403, "forbidden")
		p.does(t, "GET", "/api/v1/clips/"+quiet+"/audio", nil).problem(403, "forbidden")
		require.Equal(t, 200, p.does(t, "GET", "/api/v1/clips/"+sound.(string)+"/audio", nil).status, "the approved one is for all")
		listed := p.does(t, "GET", "/api/v1/bulletins", nil).items()
		require.Len(t, listed, 1)
		require.Equal(t, "Lũ", listed[0]["title"])
		require.NotContains(t, string(p.does(t, "GET", "/api/v1/clips", nil).body), quiet)
	}
	require.NotContains(t, string(village.does(t, "GET", "/bulletins", nil).body), "Chưa công bố")
	other.does(t, "GET", "/api/v1/clips/"+evil.(string)+"/audio", nil).problem(403, "forbidden") // of the next village
	with := func(key string, value any) object {
		return programme(with("targets", object{"areas": array{"thon-1"}}), with("rundown", array{object{key: value}}))
	}
	village.does(t, "POST", "/api/v1/programmes", with("clip", quiet)).problem(422, "clip_unknown")
	village.does(t, "POST", "/api/v1/programmes", with("bulletin", draft["id"])).problem(422, "bulletin_unknown")
	village.does(t, "POST", "/api/v1/bulletins", object{"title": "x", "clips": object{"vi": quiet}}).problem(422, "clip_unknown")
	village.does(t, "POST", "/api/v1/programmes", with("bulletin", flood["id"])).object(201)
	own := village.does(t, "POST", "/api/v1/bulletins", object{"title": "Họp thôn", "clips": object{"vi": evil}}).object(201)
	require.Equal(t, "thon-1", own["area"], "what a village makes is the village's")
	require.Equal(t, 200, writer.does(t, "GET", "/api/v1/bulletins/"+own["id"].(string), nil).status)
}

// A trigger airs what was approved, whatever is written since; a draft, or one
// that was returned, is aired by nobody who does not say so, and then it stands
// on record with what.
func TestATriggerAirsWhatWasApproved(t *testing.T) {
	o := start(t)
	head, writer, speaker, operator := o.somebody(t, "lan", "admin", "la-da"), o.somebody(t, "hoa", "operator", "la-da"), o.somebody(t,
		"bay", "speaker", "la-da"), o.somebody(t, "tam", "operator", "la-da")
	first, second := o.clip(t, "Một."), o.clip(t, "Hai.")
	b := writer.does(t, "POST", "/api/v1/bulletins", object{"title": "Lũ", "class": "emergency", "clips": object{"vi": first}}).object(201)
	id, path := b["id"].(string), "/api/v1/bulletins/"+b["id"].(string)
	digest := func() any { return approvalOf(o.ask(t, "GET", path, nil).object(200))["digest"] }

	speaker.triggers(t, "bulletin_not_approved", with("bulletin", id))
	head.does(t, "POST", path+"/return", object{"reason": "sai"}).object(200)
	speaker.triggers(t, "bulletin_not_approved", with("bulletin", id))
	operator.does(t, "POST", "/api/v1/calls", drill(o.armDrill(t), with("bulletin", id))).problem(409, "bulletin_not_approved")
	operator.does(t, "POST", "/api/v1/calls", drill(o.armDrill(t), with("bulletin", id), with("bypass", true),
		with("digest", digest()))).problem(403, "forbidden")
	speaker.triggers(t, "changed_since", with("bulletin", id), with("bypass", true))
	call := speaker.triggers(t, "", with("bulletin", id), with("bypass", true), with("digest", digest()))
	require.Equal(t, []any{true, nil}, []any{call["bypass"], call["approver"]})
	line := o.ask(t, "GET", "/api/v1/log?class=emergency", nil).items()[0]
	require.Equal(t, object{"bulletin": id, "digest": digest(), "bypass": true, "title": "Lũ", "languages": array{"vi"},
		"clips": array{first}}, line["said"])
	require.Equal(t, array{"bypass"}, line["remarks"])
	require.Equal(t, array{"/api/v1/clips/" + first + "/audio"}, line["clips"])
	audit := o.ask(t, "GET", "/api/v1/audit?action=call.begin", nil).items()[0]
	require.Equal(t, []any{speaker.id, line["said"]}, []any{audit["who"], audit["after"].(object)["said"]})

	writer.does(t, "POST", path+"/submit", nil).object(200)
	head.does(t, "POST", path+"/approve", object{"digest": digest()}).object(200)
	approved := digest()
	b["clips"], b["title"], b["draft"] = object{"vi": second}, "Lũ lớn", true
	require.Equal(t, "draft", approvalOf(head.does(t, "PUT", path, b).object(200))["state"])
	call = speaker.triggers(t, "", with("bulletin", id), with("digest", approved))
	require.Equal(t, []any{"Lũ", "Cô LAN", array{first}}, []any{call["title"], call["approver"], call["said"].(object)["clips"]},
		"the old one still counts")
	speaker.triggers(t, "changed_since", with("bulletin", id), with("digest", digest()))
	require.Contains(t, string(speaker.does(t, "GET", "/emergency", nil).body), `data-digest="`+approved.(string)+`"`)
	head.does(t, "POST", path+"/submit", nil).object(200)
	call = speaker.triggers(t, "", with("bulletin", id))
	require.Equal(t, []any{"Lũ lớn", array{second}}, []any{call["title"], call["said"].(object)["clips"]})
	head.does(t, "POST", path+"/return", object{"reason": "thôi"}).object(200)
	speaker.triggers(t, "bulletin_not_approved", with("bulletin", id))

	// what was approved for a village is not approved for the commune
	near, village := o.somebody(t, "nam", "approver", "thon-1"), o.somebody(t, "ba", "operator", "thon-1")
	fire := village.does(t, "POST", "/api/v1/speech", object{"text": "Cháy."}).object(201)["id"]
	v := village.does(t, "POST", "/api/v1/bulletins", object{"title": "Cháy", "class": "emergency", "clips": object{"vi": fire}}).object(201)
	near.does(t, "POST", "/api/v1/bulletins/"+v["id"].(string)+"/approve", object{"digest": approvalOf(v)["digest"]}).object(200)
	speaker.triggers(t, "bulletin_not_approved", with("bulletin", v["id"]))
	call = speaker.triggers(t, "", with("bulletin", v["id"]), with("targets", object{"areas": array{"thon-1"}}))
	require.Equal(t, "Cô NAM", call["approver"])
	v["area"] = "la-da" // moved, it is approved anew, by those who may there
	village.does(t, "PUT", "/api/v1/bulletins/"+v["id"].(string), v).problem(403, "forbidden")
	require.Equal(t, "approved", approvalOf(head.does(t, "PUT", "/api/v1/bulletins/"+v["id"].(string), v).object(200))["state"])
	require.Equal(t, "Cô LAN", speaker.triggers(t, "", with("bulletin", v["id"]))["approver"])
}

// With the rule of two persons nobody who wrote, changed or submitted a version
// approves it, nor a programme with such words in it.
func TestTwoPersons(t *testing.T) {
	o := start(t)
	a, b, c := o.somebody(t, "an", "admin", "la-da"), o.somebody(t, "binh", "admin", "la-da"), o.somebody(t, "chi", "admin", "la-da")
	a.does(t, "PUT", "/api/v1/approval", object{"need": "all", "classes": array{}, "sources": array{}, "own": false}).object(200)
	v := a.does(t, "POST", "/api/v1/bulletins", object{"title": "Một", "draft": true, "clips": object{"vi": o.clip(t, "Một.")}}).object(201)
	path := "/api/v1/bulletins/" + v["id"].(string)
	seen := func() object {
		return object{"digest": approvalOf(o.ask(t, "GET", path, nil).object(200))["digest"]}
	}
	b.does(t, "POST", path+"/submit", nil).object(200)
	a.does(t, "POST", path+"/approve", seen()).problem(403, "own_work") // its writer
	b.does(t, "POST", path+"/approve", seen()).problem(403, "own_work") // the one that submitted it
	held := c.does(t, "POST", "/api/v1/programmes", programme(with("rundown", array{object{"bulletin": v["id"]}}))).object(201)
	a.does(t, "POST", "/api/v1/programmes/"+held["id"].(string)+"/approve", object{"digest": approvalOf(held)["digest"]}).problem(403,
		"own_work")
	c.does(t, "POST", path+"/approve", seen()).object(200)
	require.Equal(t, "waiting", approvalOf(o.ask(t, "GET", "/api/v1/programmes/"+held["id"].(string), nil).object(200))["state"])
	a.does(t, "POST", "/api/v1/programmes/"+held["id"].(string)+"/approve", object{"digest": approvalOf(held)["digest"]}).object(200)

	v["title"] = "Hai"
	c.does(t, "PUT", path, v).object(200) // a new version, which the others had no hand in
	c.does(t, "POST", path+"/approve", seen()).problem(403, "own_work")
	a.does(t, "POST", path+"/approve", seen()).object(200)
	v["title"] = "Ba"
	a.does(t, "PUT", path, v).object(200)
	v["title"] = "Bốn"
	b.does(t, "PUT", path, v).object(200)
	a.does(t, "POST", path+"/approve", seen()).problem(403, "own_work") // an earlier editor of what waits
	c.does(t, "POST", path+"/approve", seen()).object(200)
}

// A call is the own one of an account, not of another with the same name; one of
// which the account is not known is nobody's.
func TestACallIsItsAccounts(t *testing.T) {
	o := start(t, func(t *testing.T, s *store.Store) {
		for id, account := range map[string]string{"c-old": "", "c-new": "p-other"} {
			call := store.Call{Author: "Cô HAI", Account: account, Targets: inVillage}
			call.ID, call.Class, call.Title, call.Start, call.End = id, "emergency", "Lũ", time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
			call.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}
			require.NoError(t, s.PutCall(t.Context(), call))
		}
	})
	o.linked(t)
	namesake := o.somebody(t, "hai", "head", "thon-1")
	for _, id := range []string{"c-old", "c-new"} {
		namesake.does(t, "POST", "/api/v1/calls/"+id+"/stop", nil).problem(403, "forbidden")
	}
}
