package pages

import (
	"loa/controller/office/access"
	"loa/controller/trust"
)

// entry is a page that people go to.
type entry struct {
	path, page string // page is the name of its template, and of its word: PAGE_title
	needs      []trust.Action
	often      bool // it stands in the bar; the others are in the menu
}

// entries are the pages, in the order in which people see them.
var entries = []entry{
	{"/", "today", access.Reading, true},
	{"/live", "live", access.Speaking, true},
	{"/bulletins", "bulletins", access.Writing, true},
	{"/calendar", "calendar", access.Reading, true},
	{"/approvals", "approvals", access.Reviewing, true},
	{"/log", "log", access.Reading, true},
	{"/replay", "replay", access.Reviewing, false},
	{"/situation", "situation", access.Listening, false},
	{"/warnings", "warnings", access.Alerting, false},
	{"/dictionary", "dictionary", access.Writing, false},
	{"/drill", "drill", access.Drilling, false},
	{"/exercises", "exercises", access.Reading, false},
	{"/village", "village", access.Reading, false},
	{"/faults", "faults", access.Reading, false},
	{"/nodes", "nodes", access.Maintaining, false},
	{"/people", "people", access.Governing, false},
	{"/audit", "audit", access.Auditing, false},
	{"/neighbours", "neighbours", access.Reading, false},
	{"/settings", "settings", access.Governing, false},
	{"/account", "account", nil, false},
}

// NavLink is a page that the reader may go to.
type NavLink struct {
	Path, Title    string // Title is a key of the words
	Often, Current bool
}

// Nav is what stands at the top of every page.
type Nav struct {
	Links     []NavLink
	Emergency bool // they may
}

// navOf is the way around for the reader of a page.
func navOf(v *access.Visit, page string) (n Nav) {
	if v.Kind == access.Nobody {
		return n
	}
	for _, e := range entries {
		if e.page == "account" && v.Kind != access.Person || e.needs != nil && !v.May(e.needs, nil) {
			continue
		}
		n.Links = append(n.Links, NavLink{e.path, e.page + "_title", e.often, e.page == page})
	}
	n.Emergency = v.May(access.Alerting, nil)
	return n
}
