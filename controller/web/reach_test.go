package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller"
)

// What is typed as an address reaches nothing of the house that the machine's
// administrator has not allowed, and its password is shown to nobody.
func TestAddressesThatPeopleType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	commune(t, s)
	require.NoError(t, s.Close())
	o := startWith(t, dir, func(c *controller.Config) { c.Reach = nil })
	station := func(url string) object {
		return programme(with("class", "normal"), with("rundown", array{object{"stream": url, "length_s": 60}}))
	}
	for _, url := range []string{"http://127.0.0.1/", "http://localhost:8080/", "http://[::1]/", "http://192.168.1.1/",
		"http://169.254.169.254/latest/"} {
		o.ask(t, "POST", "/api/v1/calls", village(with("class", "relay"), with("source", url))).problem(422, "address_private")
		o.ask(t, "POST", "/api/v1/programmes", station(url)).problem(422, "address_private")
		o.ask(t, "PUT", "/api/v1/notify", object{"webhook": object{"url": url}}).problem(422, "address_private")
	}

	const whole, shown = "https://loa:geheim@dai.example/xa.mp3?k=geheim", "https://…@dai.example/xa.mp3?…"
	p := o.ask(t, "POST", "/api/v1/programmes", station(whole)).object(201)
	path := "/api/v1/programmes/" + p["id"].(string)
	stream := func(p object) any { return p["rundown"].([]any)[0].(object)["stream"] }
	require.Equal(t, shown, stream(p))
	p["title"] = "Tin trưa"
	p = o.ask(t, "PUT", path, p).object(200)
	require.Equal(t, shown, stream(p))
	for _, at := range []string{path, "/api/v1/programmes", "/api/v1/audit", "/calendar", "/approvals",
		"/api/v1/airings?from=" + later(0) + "&to=" + later(3600e9)} {
		require.NotContains(t, string(o.ask(t, "GET", at, nil).body), "geheim", at)
	}
	s = open(t, dir)
	defer s.Close()
	kept, err := s.Programme(t.Context(), p["id"].(string))
	require.NoError(t, err)
	require.Equal(t, whole, kept.Rundown[0].Source, "sent back as it was shown, it stays")
	o.ask(t, "POST", "/api/v1/programmes", station(shown)).problem(422, "item_source")
}
