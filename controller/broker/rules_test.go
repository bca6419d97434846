package broker

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const sha = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestRules(t *testing.T) {
	rules := Rules("la-da")
	for _, c := range []struct {
		filter                     string
		nodeW, nodeR, contW, contR bool // as node n1 and as controller
	}{
		{"loa/1/la-da/up/n1/status", true, false, false, true},
		{"loa/1/la-da/up/n2/status", false, false, false, true},
		{"loa/1/la-da/up/n1", false, false, false, false},
		{"loa/1/la-da/up/n1/a/b", false, false, false, false},
		{"loa/1/la-da/down/n1/plan", false, true, true, false},
		{"loa/1/la-da/down/n2/plan", false, false, true, false},
		{"loa/1/la-da/clip/" + sha, false, true, true, false},
		{"loa/1/la-da/all/stop", false, true, true, false},
		{"loa/1/other/down/n1/plan", false, false, false, false},
		{"loa/2/la-da/down/n1/plan", false, false, false, false},
		{"$SYS/broker/version", false, false, false, false},
		{"$share/g/loa/1/la-da/up/+/report", false, false, false, false},
		{"#", false, false, false, false},
		{"+/+/+/+/+/+", false, false, false, false},
		{"loa/#", false, false, false, false},
		{"loa/1/la-da/#", false, false, false, false},
		{"loa/1/+/down/n1/plan", false, false, false, false},
		{"loa/1/la-da/+/n1/plan", false, false, false, false},
		{"loa/1/la-da/down/#", false, false, false, false},
		{"loa/1/la-da/down/+/plan", false, false, false, false},
		{"loa/1/la-da/down/n1/#", false, true, false, false},
		{"loa/1/la-da/down/n1/+", false, true, false, false},
		{"loa/1/la-da/down/n1/#/x", false, false, false, false},
		{"loa/1/la-da/down/n1/x#", false, false, false, false},
		{"loa/1/la-da/down/n+/plan", false, false, false, false},
		{"loa/1/la-da/down//plan", false, false, false, false},
		{"loa/1/la-da/up/+/report", false, false, false, true},
		{"loa/1/la-da/up/+/+", false, false, false, true},
		{"loa/1/la-da/up/n1/+", false, false, false, true},
		{"loa/1/la-da/up/#", false, false, false, false}, // wider than any rule
		{"loa/1/la-da/clip/+", false, true, false, false},
		{"loa/1/la-da/clip/#", false, false, false, false},
		{"", false, false, false, false},
		{"/", false, false, false, false},
		{"loa/1/la-da/all/" + strings.Repeat("x", maxTopic), false, false, false, false},
	} {
		require.Equal(t, c.nodeW, allowed(rules, "n1", false, true, c.filter), "node writes %q", c.filter)
		require.Equal(t, c.nodeR, allowed(rules, "n1", false, false, c.filter), "node reads %q", c.filter)
		require.Equal(t, c.contW, allowed(rules, "controller", true, true, c.filter), "controller writes %q", c.filter)
		require.Equal(t, c.contR, allowed(rules, "controller", true, false, c.filter), "controller reads %q", c.filter)
	}
}

// matches is MQTT 3.1.1, 4.7, written apart from covers to check it.
func matches(filter, topic []string) bool {
	switch {
	case len(filter) > 0 && filter[0] == "#":
		return true
	case len(filter) == 0 || len(topic) == 0:
		return len(filter) == len(topic)
	}
	return (filter[0] == "+" || filter[0] == topic[0]) && matches(filter[1:], topic[1:])
}

func FuzzCovers(f *testing.F) {
	f.Add("a/+/c", "a/b/+", "a/b/c")
	f.Add("a/#", "a/+/#", "a/b/c/d")
	f.Add("a/b/#", "a/#", "a/c")
	f.Fuzz(func(t *testing.T, pattern, filter, topic string) {
		p, fl, tp := strings.Split(pattern, "/"), strings.Split(filter, "/"), strings.Split(topic, "/")
		if strings.ContainsAny(topic, "+#") || strings.HasSuffix(pattern, "/#") && len(tp) < len(p) {
			return
		}
		if covers(pattern, filter) && wellFormed(p) && matches(fl, tp) && !matches(p, tp) {
			t.Fatalf("%q covers %q, but not its topic %q", pattern, filter, topic)
		}
	})
}
