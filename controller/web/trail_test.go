package web_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// deeds are the records of the audit log since one, oldest first: what was done
// with what.
func (o *office) deeds(t *testing.T, since int) (all [][2]string, end int) {
	t.Helper()
	items := o.ask(t, "GET", "/api/v1/audit", nil).items()
	for _, a := range slices.Backward(items) {
		if seq := int(a["seq"].(float64)); seq > since {
			object, _ := a["object"].(string)
			all, end = append(all, [2]string{a["action"].(string), object}), seq
		}
	}
	return all, max(end, since)
}

// A request that changes several things leaves a record of each, where one of
// them was all that the log knew.
func TestEveryChangeHasItsRecord(t *testing.T) {
	o := start(t)
	_, at := o.deeds(t, 0)
	did := func(want ...[2]string) {
		t.Helper()
		var got [][2]string
		got, at = o.deeds(t, at)
		require.Equal(t, want, got)
	}
	token := []string{"Authorization", "Bearer " + o.Token()}

	require.Equal(t, 303, o.form(t, "/settings/areas", url.Values{"names": {"Thôn Ba\nThôn Tư\nThôn Năm"}}, token...).status)
	did([2]string{"area.put", "thon-ba"}, [2]string{"area.put", "thon-tu"}, [2]string{"area.put", "thon-nam"})
	require.Equal(t, 303, o.form(t, "/wizard/places", url.Values{"name": {"Xã La Dạ"}, "names": {"Thôn Sáu"}}, token...).status)
	did([2]string{"area.put", "la-da"}, [2]string{"area.put", "thon-sau"})
	require.Equal(t, 303, o.form(t, "/wizard/hours", url.Values{"from": {"21:00"}, "to": {"05:00"}}, token...).status)
	did([2]string{"quiet.put", "quiet"}, [2]string{"wizard.put", "wizard"})
	require.Equal(t, 200, o.form(t, "/wizard/node", url.Values{"name": {"Cụm loa đình"}, "area": {"thon-1"}}, token...).status)
	did([2]string{"node.put", "thon-1-cum-loa-dinh"}, [2]string{"wizard.put", "wizard"}, [2]string{"node.invite", "thon-1-cum-loa-dinh"})
}

// Whose approval follows from another's is on record by its own name, and so
// is what changes with a bulletin.
func TestDecisionsHaveTheirRecords(t *testing.T) {
	o := start(t)
	writer, leader := o.somebody(t, "hoa", "operator", "la-da"), o.somebody(t, "nam", "approver", "la-da")
	clip, other := o.clip(t, "Một."), o.clip(t, "Hai.")
	bulletin := object{"title": "Cắt điện", "clips": object{"vi": clip}}
	b := writer.does(t, "POST", "/api/v1/bulletins", bulletin).object(201)["id"].(string)
	p := writer.does(t, "POST", "/api/v1/programmes", programme(with("targets", object{"areas": array{"thon-1"}}),
		with("rundown", array{object{"bulletin": b}}))).object(201)
	id := p["id"].(string)
	_, at := o.deeds(t, 0)
	did := func(want ...[2]string) {
		t.Helper()
		var got [][2]string
		got, at = o.deeds(t, at)
		require.Equal(t, want, got)
	}

	leader.does(t, "POST", "/api/v1/programmes/"+id+"/approve", object{"digest": approvalOf(p)["digest"]}).object(200)
	did([2]string{"programme.approve", id}, [2]string{"bulletin.approve", b})
	bulletin["clips"] = object{"vi": other}
	writer.does(t, "PUT", "/api/v1/bulletins/"+b, bulletin).object(200)
	did([2]string{"bulletin.put", b}, [2]string{"programme.put", id})
	changed := o.ask(t, "GET", "/api/v1/audit?action=programme.put", nil).items()[0]
	before, after := changed["before"].(object), changed["after"].(object)
	require.Equal(t, []any{"approved", "waiting"}, []any{approvalOf(before)["state"], approvalOf(after)["state"]})
	require.Equal(t, before["version"].(float64)+1, after["version"])
	require.Equal(t, o.ask(t, "GET", "/api/v1/programmes/"+id, nil).object(200)["version"], after["version"])
	leader.does(t, "POST", "/api/v1/bulletins/"+b+"/return", object{"reason": "sai giờ"}).object(200)
	did([2]string{"bulletin.return", b}, [2]string{"programme.return", id})
}

// What was refused, and what changed nothing, leaves no record.
func TestWhatChangesNothingHasNoRecord(t *testing.T) {
	o := start(t)
	_, at := o.deeds(t, 0)
	o.ask(t, "PUT", "/api/v1/areas/thon-2", object{"name": " ", "kind": "village"}).problem(422, "name_missing")
	o.ask(t, "DELETE", "/api/v1/areas/la-da", nil).problem(409, "area_in_use")
	require.Equal(t, 303, o.form(t, "/signout", nil).status)
	got, _ := o.deeds(t, at)
	require.Empty(t, got)
}
