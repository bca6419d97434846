package web_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
