package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller"
)

// The holder of the machine's token may write any name beside the call: the
// leaders are told whose it was, and the name as a name.
func TestTheLeadersAreToldWhoReallyBegan(t *testing.T) {
	o := start(t)
	head := o.somebody(t, "lan", "admin", "la-da")
	o.begin(t, village(with("class", "emergency"), with("armed", o.arm(t)), with("title", "Lũ"), with("author", "Chủ tịch xã")))
	told := func() []map[string]any { return head.does(t, "GET", "/api/v1/notices", nil).items() }
	require.Eventually(t, func() bool { return len(told()) == 1 }, time.Minute, 20*time.Millisecond)
	require.Equal(t, "Máy văn phòng, ghi tên người nói: Chủ tịch xã", told()[0]["who"])
}

// "Stop everything" must never end in a shrug: with no broker it says what to do.
func TestStopWithoutABrokerSaysWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	commune(t, s)
	require.NoError(t, s.Close())
	o := startWith(t, dir, func(c *controller.Config) { c.Broker = "mqtts://127.0.0.1:9" })
	r := o.ask(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"thon-1"}}})
	r.problem(503, "no_broker")
	require.Contains(t, string(r.body), "tắt nguồn âm li")
}
