package notices

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/alerts"
	"loa/controller/disk"
	"loa/controller/fleet"
	"loa/controller/fleet/fleettest"
	"loa/controller/i18n"
	"loa/controller/notify"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// What is told of a commune with one of each: a node that is silent, one whose
// board was revoked, one with a fault, one that somebody reported, one that never came.
func TestTroubles(t *testing.T) {
	ctx, discard := t.Context(), slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, t.TempDir(), discard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.PutArea(ctx, store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	require.NoError(t, st.PutArea(ctx, store.Area{ID: "thon-1", Parent: "la-da", Name: "Thôn 1", Kind: store.Village}))
	for _, n := range []string{"broken", "gone", "new", "revoked", "well"} {
		require.NoError(t, st.PutNode(ctx, store.Node{ID: n, Name: "Cụm " + n, Area: "thon-1", Volume: 80, Created: time.Now()}))
	}
	f := fleettest.New(t, st)
	fault := []wire.Fault{{Code: wire.FaultDisk}}
	f.Status("well", wire.Status{})
	f.Status("broken", wire.Status{Faults: fault})
	f.Status("gone", wire.Status{Faults: fault})
	f.Gone("gone")
	f.KeepOut(map[string]bool{"revoked": true})
	f.Status("revoked", wire.Status{Faults: fault})
	f.Gone("revoked")
	require.Eventually(t, func() bool {
		all := f.Snapshot()
		return len(all) == 4 && all[1].State == fleet.Offline && all[2].State == fleet.Offline && all[3].State == fleet.Good
	}, time.Minute, time.Millisecond)
	require.NoError(t, st.AddReport(ctx,
		store.Report{ID: "r-1", Node: "well", At: time.Now(), Kind: "silent", Name: "Bà Ba", Words: "im từ sáng"}))

	letters := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err == nil {
			letters <- string(data)
		}
	}))
	t.Cleanup(hook.Close)
	guard, err := reach.New("127.0.0.1") // where the hook is
	require.NoError(t, err)
	var machine []problem.Trouble
	control := access.New(st, "la-da")
	s := New(Options{Store: st, Access: control, Trail: audit.New(audit.Options{Store: st, Now: time.Now, Logger: discard}), Reach: guard,
		Now: time.Now, Editing: &sync.Mutex{}, Commune: "la-da", Logger: discard,
		Inventory: inventory.New(inventory.Options{Store: st, Access: control, Fleet: f.Fleet, Now: time.Now, Logger: discard}),
		News:      func(string) {}, Troubles: func() []problem.Trouble { return machine }})
	settings, err := s.faultSettings(ctx)
	require.NoError(t, err)
	require.True(t, settings.Off, "nobody would be told")
	require.NoError(t, st.PutSetting(ctx, keyNotify, notify.Settings{Webhook: notify.Webhook{URL: hook.URL}}))
	settings, err = s.faultSettings(ctx)
	require.NoError(t, err)
	require.False(t, settings.Off)

	seen, err := s.troubles(ctx)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"new": true}, seen.Unclear)
	causes := map[string]alerts.Trouble{}
	for _, x := range seen.Troubles {
		causes[x.Node+" "+x.Cause] = x
	}
	require.Len(t, causes, 3, "of a node that is gone its silence counts: %v", causes)
	require.Equal(t, "Thôn 1, Cụm broken", causes["broken "+wire.FaultDisk].Name)
	require.Contains(t, causes["gone offline"].VI, "mất điện hoặc mất mạng")
	report := causes["well report_silent"]
	require.True(t, report.Seen)
	require.Equal(t, "Bà con báo hỏng: Không kêu. Hãy cử người đến xem.", report.VI)

	// the office machine's own disk, long before it is full
	low := disk.Trouble{Code: disk.Low, Free: 700 << 20}
	vi, en := low.Sentence()
	machine = []problem.Trouble{{Problem: &problem.Problem{Code: disk.Low, VI: vi, EN: en}, Since: time.Now()},
		{Problem: &problem.Problem{Code: disk.Unwritten}, Alarm: true}}
	seen, err = s.troubles(ctx)
	require.NoError(t, err)
	require.Len(t, seen.Troubles, 4, "what waits to be written follows from what is told")
	own := seen.Troubles[2]
	require.Equal(t, []any{disk.Low, access.MachineName, false}, []any{own.Cause, own.Name, own.Seen})
	require.Contains(t, own.VI, "sắp đầy, còn 700 MB")

	running2, stop2 := context.WithCancel(ctx)
	sent := make(chan struct{})
	go func() { defer close(sent); s.sender.Run(running2) }()
	t.Cleanup(func() { stop2(); <-sent })
	since := time.Date(2026, 11, 23, 7, 5, 0, 0, time.UTC)
	m := alerts.Message{Cause: "offline", VI: causes["gone offline"].VI, EN: causes["gone offline"].EN, At: since}
	for range alertLines + 7 {
		m.Nodes = append(m.Nodes, alerts.Told{Node: "gone", Name: "Thôn 1, Cụm gone", Since: since, Detail: "Bà Ba"})
	}
	require.NoError(t, s.tellFault(ctx, m))
	letter := <-letters
	for _, words := range []string{`"event":"fault"`, "Cụm loa mất điện hoặc mất mạng: kiểm tra điện",
		"- Thôn 1, Cụm gone: từ 14:05 23/11/2026 – Bà Ba", "và 7 cụm loa khác", "since 14:05 23/11/2026", `"commune":"Xã La Dạ"`} {
		require.Contains(t, letter, words)
	}
	require.NoError(t, s.tellFault(ctx,
		alerts.Message{Cause: disk.Low, VI: own.VI, EN: own.EN, At: since,
			Nodes: []alerts.Told{{Node: access.MachineID, Name: own.Name, Since: since}}}))
	letter = <-letters
	require.Contains(t, letter, "sắp đầy, còn 700 MB")
	require.NotContains(t, letter, `"nodes"`, "the office machine is no loudspeaker")
	m.Over = true
	require.NoError(t, s.tellFault(ctx, m))
	letter = <-letters
	require.Contains(t, letter, `"event":"fault_over"`)
	require.Contains(t, letter, "Đã hết sự cố: Cụm loa mất điện")
}

// A village whose mains failed is one line, not ten; what is of one alone has its own.
func TestOneVillageIsOneLine(t *testing.T) {
	at := time.Date(2026, 11, 30, 5, 12, 0, 0, schedule.Zone())
	told := func(place, name string, minutes int, detail string) alerts.Told {
		since := at.Add(time.Duration(minutes) * time.Minute)
		return alerts.Told{Node: name, Name: place + ", " + name, Place: place, Since: since, Detail: detail}
	}
	m := alerts.Message{VI: "Mất điện.", EN: "No mains.", Nodes: []alerts.Told{told("Thôn 1", "Chợ", 3, ""), told("Thôn 1", "Đình", 0, ""),
		told("Thôn 1", "Trường", 5, "dây chạm"), told("Thôn 2", "Cầu", 1, "")}}
	require.Equal(t, "Mất điện.\n- Thôn 1 (2 cụm loa): từ 05:12 30/11/2026\n- Thôn 1, Trường: từ 05:17 30/11/2026 – dây chạm\n"+
		"- Thôn 2, Cầu: từ 05:13 30/11/2026", (&Notices{}).faultText(i18n.VI, m))
	m.Nodes = nil
	for i := range 3 * alertLines {
		m.Nodes = append(m.Nodes, told(fmt.Sprint("Thôn ", i/2), fmt.Sprint("Loa ", i), 0, ""))
	}
	lines := strings.Split((&Notices{}).faultText(i18n.VI, m), "\n")
	require.Len(t, lines, alertLines+2)
	require.Equal(t, "và 50 cụm loa khác: xem trang Sự cố.", lines[alertLines+1])
}

// What is promised and not kept is told as what it is; at a place where somebody works
// nothing is.
func TestOverdueIsTold(t *testing.T) {
	until := time.Date(2026, 11, 30, 5, 0, 0, 0, time.UTC)
	n := inventory.Node{ID: "loa-1", State: "fault", Faults: []inventory.Fault{{Code: wire.FaultDisk, VI: "Đầy.", Since: until.Add(-time.Hour),
		Known: &inventory.InCare{Who: "Anh Tư", Reason: "chờ thẻ", Until: &until}}}}
	codes := func() (all []string) {
		for _, x := range nodeTroubles(n, "Thôn 1, Chợ", "Thôn 1") {
			all = append(all, fmt.Sprint(x.Cause, " ", x.Known))
		}
		return all
	}
	require.Equal(t, []string{wire.FaultDisk + " true"}, codes())
	n.Faults[0].Known.Overdue = true
	require.Equal(t, []string{wire.FaultDisk + " true", "overdue false"}, codes())
	require.Equal(t, "Anh Tư: chờ thẻ", nodeTroubles(n, "", "")[1].Detail)
	n.Maintenance = &inventory.AtWork{}
	require.Empty(t, codes())
}
