package web

import "loa/controller/trust"

// entry is a page that people go to.
type entry struct {
	path, page string // page is the name of its template, and of its word: PAGE_title
	needs      []trust.Action
	often      bool // it stands in the bar; the others are in the menu
}

// entries are the pages, in the order in which people see them.
var entries = []entry{
	{"/", "today", reading, true},
	{"/live", "live", speaking, true},
	{"/bulletins", "bulletins", writing, true},
	{"/calendar", "calendar", reading, true},
	{"/approvals", "approvals", reviewing, true},
	{"/log", "log", reading, true},
	{"/drill", "drill", drilling, false},
	{"/village", "village", reading, false},
	{"/faults", "faults", reading, false},
	{"/nodes", "nodes", maintaining, false},
	{"/people", "people", governing, false},
	{"/audit", "audit", auditing, false},
	{"/settings", "settings", governing, false},
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
func navOf(v *visit, page string) (n Nav) {
	if v.kind == nobody {
		return n
	}
	for _, e := range entries {
		if e.page == "account" && v.kind != person || e.needs != nil && !v.may(e.needs, nil) {
			continue
		}
		n.Links = append(n.Links, NavLink{e.path, e.page + "_title", e.often, e.page == page})
	}
	n.Emergency = v.may(alerting, nil)
	return n
}
