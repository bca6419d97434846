package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// An alert stays on KHẨN CẤP, to be corrected, however many calls came after it.
func TestAlertIsNotPushedOut(t *testing.T) {
	now := time.Now()
	o := start(t, func(t *testing.T, s *store.Store) {
		put := func(id, title string, class schedule.Class, began time.Time) {
			require.NoError(t, s.PutCall(t.Context(), store.Call{Call: schedule.Call{ID: id, Class: class, Title: title, Start: began},
				Targets: inVillage, Ended: began.Add(time.Minute), Reason: "stopped"}))
		}
		put("old", "Bão tuần trước", schedule.Emergency, now.Add(-7*24*time.Hour))
		put("alert", "Vỡ đập", schedule.Emergency, now.Add(-3*time.Hour))
		for i := range 60 {
			put(fmt.Sprint("c", i), "Họp", schedule.Live, now.Add(-time.Duration(i)*time.Minute))
		}
	})
	page := o.page(t, "/emergency")
	require.Contains(t, page, "Vỡ đập")
	require.Contains(t, page, `data-corrects="alert"`)
	require.NotContains(t, page, "Bão tuần trước")
}

// Only what dispatch sends to the nodes is offered as recorded, and the page
// says at how many it is.
func TestRecordedAlertsAreApproved(t *testing.T) {
	w := newWorld(t)
	clip := w.clip(t, "Nước lên.")
	add := func(title string, as []string, edits ...func(object)) {
		b := object{"title": title, "class": "emergency", "clips": object{"vi": clip}}
		for _, edit := range edits {
			edit(b)
		}
		w.send(t, "POST", "/api/v1/bulletins", b, append(as, "Content-Type", "application/json")...).object(201)
	}
	_, admin := w.as("admin", "la-da")
	_, operator := w.as("operator", "la-da")
	add("Lũ đã duyệt", admin)
	add("Lũ còn nháp", admin, with("draft", true))
	add("Lũ chờ duyệt", operator)
	add("Lũ hết hạn", admin, with("expires", time.Now().Add(-time.Hour).Format(time.RFC3339)))
	page := w.page(t, "/emergency?part=recorded")
	require.Contains(t, page, "Lũ đã duyệt")
	require.Contains(t, page, "sẵn ở 0/3 cụm loa · chưa chắc ở: Cụm loa da-mi, Cụm loa thon-1, Cụm loa thon-2")
	for _, title := range []string{"nháp", "chờ duyệt", "hết hạn"} {
		require.NotContains(t, page, title)
	}
	require.Contains(t, w.page(t, "/drill?part=recorded"), "Lũ đã duyệt")
}

// An alert that was approved is not said to have gone past approval: it stands
// everywhere the name of the one that approved it.
func TestApprovedAlertNamesItsApprover(t *testing.T) {
	w := newWorld(t)
	leader := w.somebody(t, "nam", "approver", "la-da")
	_, boss := w.as("admin", "la-da")
	clip := w.clip(t, "Nước lên.")
	id := w.send(t, "POST", "/api/v1/bulletins", object{"title": "Lũ quét", "class": "emergency", "clips": object{"vi": clip}},
		append(boss, "Content-Type", "application/json")...).object(201)["id"]
	call := w.begin(t, object{"class": "emergency", "targets": object{"areas": array{"thon-1"}}, "bulletin": id, "armed": w.arm(t)})
	require.Equal(t, "admin la-da · t", call["approver"])
	require.NotContains(t, call, "bypass")
	line := w.ask(t, "GET", "/api/v1/log?class=emergency", nil).items()[0]
	require.Equal(t, "admin la-da · t", line["approver"])
	require.NotContains(t, line, "remarks")
	require.Contains(t, w.page(t, "/emergency?part=alerts"), "Đã duyệt trước: admin la-da · t")
	require.Eventually(t, func() bool { return len(leader.does(t, "GET", "/api/v1/notices", nil).items()) == 1 }, time.Minute,
		20*time.Millisecond)
	require.Contains(t, string(leader.does(t, "GET", "/", nil).body), "Đã duyệt trước: admin la-da · t")
	require.Contains(t, string(w.ask(t, "GET", "/api/v1/audit?action=call.begin", nil).body), "Đã duyệt trước: admin la-da · t")
}

// What is reached follows the places that are chosen, and says when it was so.
func TestReachFollowsThePlaces(t *testing.T) {
	o := start(t)
	require.Regexp(t, `0/3 cụm loa có tín hiệu</strong> <span class="quiet">lúc \d\d:\d\d`, o.page(t, "/emergency"))
	for _, path := range []string{"/emergency", "/drill"} {
		part := o.page(t, path+"?area=thon-1&area=thon-2&part=reach")
		require.Contains(t, part, "0/2 cụm loa có tín hiệu")
		require.NotContains(t, part, "da-mi")
	}
}

// What every village would hear is not approved without a sentence that says so.
func TestApprovalForAllIsAsked(t *testing.T) {
	w := newWorld(t)
	_, operator := w.as("operator", "la-da")
	leader, _ := w.as("approver", "la-da")
	add := func(title, area string) {
		p := programme(with("title", title), with("targets", object{"areas": array{area}}))
		w.send(t, "POST", "/api/v1/programmes", p, append(operator, "Content-Type", "application/json")...).object(201)
	}
	add("Một thôn", "thon-1")
	require.NotContains(t, string(w.send(t, "GET", "/approvals", nil, leader...).body), "mọi thôn sẽ nghe")
	add("Cả xã", "la-da")
	page := string(w.send(t, "GET", "/approvals", nil, leader...).body)
	require.Contains(t, page, "mọi thôn sẽ nghe: Thôn 1, Thôn 2, Thôn Đa Mi · 3 cụm loa, dài 0:0")
}
