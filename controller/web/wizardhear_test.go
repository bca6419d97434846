package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the wizard's last page asks, the API asks too.
func TestWizardHearingByAPI(t *testing.T) {
	w := newWorld(t)
	const path = "/api/v1/wizard/hear"
	done := func(v object) bool {
		steps := v["steps"].(array)
		last := steps[len(steps)-1].(object)
		require.Equal(t, "hear", last["step"])
		return last["done"].(bool)
	}
	before := w.ask(t, "GET", path, nil).object(200)
	require.NotContains(t, before, "played")
	require.NotContains(t, before, "heard")
	require.False(t, done(before))
	w.ask(t, "POST", path, object{"do": "play", "node": "thon-1-loa"}).problem(409, "node_away")
	w.ask(t, "POST", path, object{"do": "dance"}).problem(422, "request_invalid")
	w.ask(t, "POST", path, object{"do": "yes"}).problem(409, "test_not_played")
	require.Equal(t, "no", w.ask(t, "POST", path, object{"do": "no"}).object(200)["heard"])

	played := time.Now().UTC().Truncate(time.Second)
	require.NoError(t, w.store.PutSetting(t.Context(), "wizard", object{"node": "thon-1-loa", "played": played}))
	v := w.ask(t, "GET", path, nil).object(200)
	require.Equal(t, []any{"thon-1-loa", played.Format(time.RFC3339), nil}, []any{v["node"], v["played"], v["heard"]})
	v = w.ask(t, "POST", path, object{"do": "yes"}).object(200)
	require.Equal(t, "yes", v["heard"])
	require.True(t, done(v))
	record := w.ask(t, "GET", "/api/v1/audit?action=wizard", nil).items()[0]
	require.Equal(t, []any{"wizard.hear", "yes"}, []any{record["action"], record["after"].(object)["heard"]})
	require.Contains(t, w.page(t, "/audit"), "Thiết lập ban đầu")
}
