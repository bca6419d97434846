package web_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two persons change one programme at once: the later is told, and overwrites
// nothing. Who does not say what was read is not asked.
func TestTwoChangeOneProgramme(t *testing.T) {
	o := start(t)
	path := "/api/v1/programmes/" + o.add(t, programme(with("title", "Sáng")))
	hoa := o.ask(t, "GET", path, nil).object(200)
	nam := maps.Clone(hoa)
	hoa["title"], nam["start_late_s"] = "Sáng sớm", 30.0
	o.ask(t, "PUT", path, hoa).object(200)
	refused := o.ask(t, "PUT", path, nam)
	refused.problem(409, "programme_changed")
	require.Contains(t, string(refused.body), "Người khác vừa sửa")
	require.Contains(t, string(refused.body), "Somebody else has just changed")
	now := o.ask(t, "GET", path, nil).object(200)
	require.Equal(t, "Sáng sớm", now["title"], "nothing was overwritten")
	now["start_late_s"] = 30.0
	now = o.ask(t, "PUT", path, now).object(200)
	require.Equal(t, []any{"Sáng sớm", 30.0, 3.0}, []any{now["title"], now["start_late_s"], now["version"]}, "looked at again, it is changed")

	// what other deeds answer can be sent back too
	for _, deed := range []string{"skip", "unskip"} {
		now = o.ask(t, "POST", path+"/"+deed, object{"start": now["at"]}).object(200)
	}
	o.ask(t, "POST", path+"/except", object{"date": "2030-02-17"}).object(200)
	now = o.ask(t, "POST", path+"/restore", object{}).object(200)
	require.Equal(t, now, o.ask(t, "GET", path, nil).object(200))
	o.ask(t, "PUT", path, now).object(200)
	delete(nam, "version")
	o.ask(t, "PUT", path, nam).object(200)
}
