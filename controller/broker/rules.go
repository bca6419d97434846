package broker

import (
	"strings"

	"loa/node/wire"
)

// Rule is one static permission, in a form that any broker's ACL can hold.
type Rule struct {
	Controller bool   // for the controller, otherwise for every node
	Write      bool   // to publish, otherwise to subscribe and receive
	Pattern    string // an MQTT filter; %u stands for the client's own name
}

// ownName stands for the client's name in a pattern, as in Mosquitto's ACL files.
const ownName = "%u"

// Rules returns all that is permitted in a commune. Nothing else is.
func Rules(commune string) []Rule {
	t := wire.Topics{Commune: commune}
	return []Rule{
		{true, true, t.Down("+", "+")},
		{true, true, t.Clip("+")},
		{true, true, t.Live("+")},
		{true, true, t.All("+")},
		{true, false, t.Up("+", "+")},
		{false, true, t.Up(ownName, "+")},
		{false, false, t.AllDown(ownName)},
		{false, false, t.Clip("+")},
		{false, false, t.Live("+")},
		{false, false, t.All("+")},
	}
}

// maxTopic is the longest topic or filter accepted, in bytes; the longest of
// ours is under 200.
const maxTopic = 256

// allowed reports whether a rule lets the client write the topic, or read all
// that the filter matches.
func allowed(rules []Rule, client string, controller, write bool, filter string) bool {
	if len(filter) > maxTopic || write && strings.ContainsAny(filter, "+#") {
		return false
	}
	for _, r := range rules {
		if r.Controller != controller || r.Write != write {
			continue
		}
		if covers(strings.ReplaceAll(r.Pattern, ownName, client), filter) {
			return true
		}
	}
	return false
}

// covers reports whether every topic that filter matches, pattern matches
// too: a wildcard in filter is covered only by one at least as wide. A topic
// is a filter without wildcards, so this also tells whether a topic matches.
// Empty levels and wildcards inside a level are never covered.
func covers(pattern, filter string) bool {
	p, f := strings.Split(pattern, "/"), strings.Split(filter, "/")
	for i, level := range f {
		if level == "" || len(level) > 1 && strings.ContainsAny(level, "+#") {
			return false
		}
		if i >= len(p) {
			return false
		}
		switch {
		case p[i] == "#":
			return wellFormed(f[i:])
		case level == "#":
			return false
		case p[i] == "+":
		case level != p[i]:
			return false
		}
	}
	return len(f) == len(p)
}

// wellFormed reports whether the last levels of a filter are legal: wildcards
// alone in their level, '#' only at the end, nothing empty.
func wellFormed(levels []string) bool {
	for i, level := range levels {
		wild := strings.ContainsAny(level, "+#")
		if level == "" || wild && len(level) > 1 || level == "#" && i < len(levels)-1 {
			return false
		}
	}
	return true
}
