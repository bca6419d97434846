package web_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

// Today suggests one thing, the most urgent first.
func TestTodaySuggestsOneThing(t *testing.T) {
	w := newWorld(t)
	_, operator := w.as("operator", "la-da")
	leader, _ := w.as("approver", "la-da")
	admin, _ := w.as("admin", "la-da")
	as := append(operator, "Content-Type", "application/json")
	said := func(cookie []string) string {
		page := string(w.send(t, "GET", "/", nil, cookie...).body)
		m := regexp.MustCompile(`(?s)<section class="do (\w+)".*?</section>`).FindStringSubmatch(page)
		require.NotNil(t, m)
		require.LessOrEqual(t, strings.Count(m[0], "<a "), 1)
		return m[1]
	}
	writer, _ := w.as("operator", "la-da")
	require.Equal(t, "session", said(writer), "nothing is there for the next hour")
	require.Equal(t, "session", said(admin), "before the wizard's steps")
	for _, hour := range []string{"05:00", "17:00"} {
		w.ask(t, "POST", "/api/v1/programmes", with2(programme(with("title", "Buổi "+hour)), hour)).into(201, nil)
	}
	require.Equal(t, "look", said(writer))
	require.Equal(t, "wizard", said(admin))
	w.send(t, "POST", "/api/v1/programmes", programme(with("title", "Chờ")), as...).object(201)
	require.Equal(t, "approve", said(leader))
	require.Equal(t, "approve", said(admin))
	require.Equal(t, "look", said(writer), "it waits for somebody else")
}

// with2 has a programme aired every day at an hour.
func with2(p object, hour string) object {
	delete(p, "at")
	p["cron"] = array{strings.TrimPrefix(hour[3:], "0") + " " + strings.TrimPrefix(hour[:2], "0") + " * * *"}
	return p
}

// Of loudspeakers that cannot say how they are nothing is known: Today does not
// say that all is well with them.
func TestTodayKnowsNothingOfMuteLoudspeakers(t *testing.T) {
	o := start(t, func(t *testing.T, s *store.Store) {
		for _, v := range []string{"thon-1", "thon-2", "da-mi"} {
			require.NoError(t, s.DeleteNode(t.Context(), v+"-loa"))
		}
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: "fm-1", Name: "Loa FM", Area: "thon-1", Volume: 80, Created: time.Now(),
			NoReturn: true}))
	})
	for _, hour := range []string{"05:00", "17:00"} {
		o.ask(t, "POST", "/api/v1/programmes", with2(programme(with("title", "Buổi "+hour)), hour)).into(201, nil)
	}
	operator := o.somebody(t, "hoa", "operator", "la-da")
	page := string(operator.does(t, "GET", "/", nil).body)
	require.Contains(t, page, `class="do unheard"`)
	require.Contains(t, page, "Chưa rõ loa có hoạt động không")
	require.NotContains(t, page, "Mọi thứ ổn")
	require.Contains(t, string(operator.does(t, "GET", "/?lang=en", nil).body), "Whether they work is not known")
}
