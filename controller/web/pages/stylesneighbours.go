package pages

import (
	"loa/controller/neighbour/ical"
	"loa/controller/neighbour/warning"
)

// neighbourSpecimens are the page of what the office is joined to.
func neighbourSpecimens() []specimen {
	answered := styledAt
	source := func(id string, link warning.Link) warning.Source {
		return warning.Source{ID: id, SourceBody: warning.SourceBody{Name: "Khí tượng", Kind: warning.Feed}, Link: link}
	}
	v := neighboursView{Now: styledAt, Host: "https://loa.example", Governs: true,
		Feeds: []ical.Feed{{Area: "la-da", Name: "Xã La Dạ", Path: "/ics/abc.ics"}, {Area: "thon-1", Name: "Thôn 1"}},
		Sources: []warning.Source{source("s1", warning.Link{Answered: &answered}), source("s2", warning.Link{Silent: true}),
			source("s3", warning.Link{Fault: &warning.Reason{VI: "Nguồn không trả lời được.", EN: "The source does not answer."}}),
			source("s4", warning.Link{})}}
	none := v
	none.Sources = nil
	return []specimen{{Part: "neighbours", Name: "one in each state", Template: "neighbours.html", View: partsOf("neighbours", "main", v)},
		{Part: "neighbours", Name: "no sources", Template: "neighbours_main", View: none},
		{Part: "neighbours", Name: "to read", Template: "neighbours_main", View: neighboursView{Now: styledAt, Feeds: v.Feeds}}}
}
