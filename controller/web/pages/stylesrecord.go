package pages

import (
	"fmt"
	"html/template"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/account"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/people"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
)

// styledLine is a line of the log.
func styledLine(kind, state, class string) asrun.Line {
	l := asrun.Line{ID: kind + "-" + state + "-" + class, Kind: kind, Title: "Buổi phát: " + state, Class: class, Field: "Nông nghiệp",
		Author: "Trần Thị Hoa", Approver: "Lê Văn Ba", Where: []string{"Thôn 1", "Thôn Đa Mi"}, Planned: ago(4 * time.Hour),
		Began: pointerTo(ago(4 * time.Hour)), LengthS: 600, Length: 10 * time.Minute, Volume: 80, State: state, Nodes: 4, Heard: 2,
		Confirmed: []asrun.Confirmed{{ID: "loa-1", Name: "Cụm loa 1", Microphone: asrun.Microphone{Ear: "heard", EarDB: pointerTo(-1.0)}}}}
	if kind == "stop" {
		l.Speaker, l.Confirmed[0].Since = "Nguyễn Văn Lâm", pointerTo(ago(time.Hour))
	}
	return l
}

// styledLines are one in each state, of each class, and one with all that a line can say.
func styledLines() (all []asrun.Line) {
	stops := map[string]bool{"silenced": true, "silenced_partly": true, "sounding": true, "awaited": true, "told": true}
	for _, state := range codes("logged_") {
		kind := "airing"
		if stops[state] {
			kind = "stop"
		}
		all = append(all, styledLine(kind, state, "normal"))
	}
	for _, class := range logClasses {
		all = append(all, styledLine("call", "heard", string(class)))
	}
	all[0].Title = longName
	drill := styledLine("call", "heard", "emergency")
	drill.ID, drill.Drill, drill.Speaker = "drill", true, "Trần Thị Hoa"
	return append(all, drill, styledMissed(), styledMute())
}

// styledMissed is not confirmed everywhere, for each of the reasons.
func styledMissed() asrun.Line {
	l := styledLine("call", "partly", "emergency")
	l.ID, l.Source, l.Recording, l.Clips = "missed", "Đài Tiếng nói Việt Nam", "/api/v1/calls/c1/audio", []string{"/api/v1/clips/c1/audio"}
	l.Said = &store.Said{Text: "Lũ về nhanh, bà con lên chỗ cao.", Digest: "4f2a91c07be35d"}
	l.Remarks = append(l.Remarks, codes("remark_")...)
	for _, outcome := range codes("missed_") {
		l.Missing = append(l.Missing, asrun.Missed{ID: outcome, Name: "Cụm loa: " + outcome, Outcome: outcome})
	}
	for _, reason := range codes("reason_") {
		l.Missing = append(l.Missing, asrun.Missed{ID: reason, Name: longName, Outcome: "not_heard", Reason: reason,
			Microphone: asrun.Microphone{Ear: "not_heard"}})
	}
	return l
}

// styledMute went only where nothing can say what became of it.
func styledMute() asrun.Line {
	l := styledLine("airing", "planned", "normal")
	l.ID, l.Nodes, l.Heard, l.Confirmed, l.NoReturn, l.Began = "mute", 0, 0, nil, styledNames(2), nil
	return l
}

// logSpecimens are the log, on the screen and on paper.
func logSpecimens() []specimen {
	v := logPageView{frame: styledFrame("log"), Now: styledAt, Query: map[string]string{"from": "2027-02-01", "class": "live",
		"confirmed": "no"},
		Areas: styledPlaces(), Classes: logClasses, Lines: styledLines(), Print: "/log/print", CSV: "/api/v1/log.csv", Next: "/log?before=x",
		Sums: store.BroadcastSums{
			Broadcasts: 40,
			Confirmed:  38,
			Calls:      3,
			Emergency:  1,
		}, From: ago(96 * time.Hour), To: styledAt, Cut: true}
	none := logPageView{frame: styledFrame("log"), Now: styledAt, Query: map[string]string{}}
	paper := func(name string, v logPageView) specimen {
		return specimen{Part: "logprint", Name: name, Template: "logprint.html", View: v}
	}
	since, until := none, none
	since.From, until.To = styledAt, styledAt
	return []specimen{{Part: "log", Name: "in each state, of each class", Template: "log.html", View: v},
		{Part: "log", Name: "nothing", Template: "log.html", View: none},
		paper("a month", v), paper("nothing", none), paper("since a day", since), paper("until a day", until)}
}

// auditSpecimens are the audit log, whole, sealed, broken and cut.
func auditSpecimens() (all []specimen) {
	v := auditPageView{
		frame:  styledFrame("audit"),
		Now:    styledAt,
		Query:  map[string]string{},
		Kinds:  auditKinds(),
		CSV:    "/api/v1/audit.csv",
		People: []access.Named{{ID: "p1", Name: "Nguyễn Văn Lâm"}},
		Next:   "/audit?before=1",
		Check:  "/audit?check=1",
		Chain:  audit.Chain{Checked: true, Records: 1200, Kept: 4},
	}
	for i, does := range codes("audit_do_") {
		row := auditRow{Audit: store.Audit{Seq: int64(900 - i), At: ago(time.Duration(i) * time.Minute), Who: "p1", Name: "Nguyễn Văn Lâm",
			From: "2001:0db8:85a3:0000:0000:8a2e:0370:7334", Object: "Họp thôn"}, Kind: auditKinds()[i%len(auditKinds())], Does: does,
			Places: "Thôn 1"}
		if i == 0 {
			row.Note, row.Before, row.After, row.Name = "thử", "{\n  \"title\": \"Họp\"\n}", "{\n  \"title\": \"Họp thôn\"\n}", ""
		}
		v.Rows = append(v.Rows, row)
	}
	all = append(all, specimen{Part: "audit", Name: "whole, each deed", Template: "audit.html", View: v})
	for _, c := range []struct {
		name  string
		chain audit.Chain
	}{{"sealed", audit.Chain{Records: 1200}}, {"broken", audit.Chain{Broken: 17, Kept: 3}}, {"cut", audit.Chain{Cut: true}}} {
		v.Rows, v.Chain = nil, c.chain
		all = append(all, specimen{Part: "audit", Name: "nothing found, " + c.name, Template: "audit.html", View: v})
	}
	return all
}

func styledTokens() []store.Token {
	t := store.Token{ID: "t1", Name: "Bảng điện tử của xã", Expires: styledAt.AddDate(1, 0, 0), Used: ago(time.Hour)}
	for _, a := range trust.Actions {
		t.Scopes = append(t.Scopes, string(a))
	}
	return []store.Token{t, {ID: "t2", Name: "Chưa dùng", Scopes: t.Scopes[:1], Expires: styledAt.AddDate(0, 1, 0)}}
}

// peopleSpecimens are the page of the accounts, somebody of each role.
func peopleSpecimens() []specimen {
	v := personsView{frame: styledFrame("people"), Now: styledAt, Areas: styledPlaces(), Roles: trust.Roles}
	for i, role := range trust.Roles {
		person := people.View{Person: store.Person{ID: fmt.Sprintf("p%d", i), Login: string(role), Name: "Nguyễn Văn Lâm",
			Grants: []store.Grant{{Role: string(role), Area: "thon-1"}}, Disabled: i == 1}}
		if i == 0 {
			person.Name, person.Tokens = longName, styledTokens()
		}
		v.People = append(v.People, person)
	}
	none := personsView{frame: styledFrame("people"), Now: styledAt, Areas: styledPlaces(), Roles: trust.Roles,
		Sentence: "Tên đăng nhập đã có.",
		Draft:    people.Newcomer{Login: "lam", Name: "Lâm", Grants: []store.Grant{{Role: "speaker", Area: "thon-1"}}}}
	return []specimen{{Part: "people", Name: "of each role", Template: "people.html", View: v},
		{Part: "people", Name: "nobody, a form is refused", Template: "people.html", View: none}}
}

// accountSpecimens are the page of one's own account.
func accountSpecimens() []specimen {
	const phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
	v := accountView{frame: styledFrame("account"), Now: styledAt, Sentence: "Mật khẩu cũ không đúng.",
		Token: "loa_4f2a91c07be35d884f2a91c07be35d88",
		Passkeys: []store.Passkey{
			{ID: "k1", Name: "Điện thoại của Lâm", Used: ago(time.Hour)},
		}, Tokens: styledTokens(), Scopes: trust.Actions,
		Sessions: []account.Session{{ID: "s1", Agent: phone, Address: "192.168.1.20", Seen: styledAt, Current: true},
			{ID: "s2", Agent: "curl/8", Address: "2001:0db8:85a3:0000:0000:8a2e:0370:7334", Seen: ago(72 * time.Hour)}}}
	bare := accountView{frame: styledFrame("account"), Now: styledAt}
	bare.Trust = false
	return []specimen{{Part: "account", Name: "refused, with all there is", Template: "account.html", View: v},
		{Part: "account", Name: "nothing yet", Template: "account.html", View: bare},
		{Part: "account", Name: "with a passkey's forms, as its script shows them", Template: "account.html", View: bare, Bare: true}}
}

// doorSpecimens are where a person comes in.
func doorSpecimens() []specimen {
	stranger := frame{Page: "signin", Path: "/signin", Commune: "Xã La Dạ"}
	return []specimen{{Part: "signin", Name: "empty", Template: "signin.html", View: doorView{frame: stranger, Next: "/"}},
		{Part: "signin", Name: "refused, with a passkey's button", Template: "signin.html", Bare: true,
			View: doorView{frame: stranger, Login: "lam", Next: "/", Sentence: "Tên đăng nhập hoặc mật khẩu không đúng."}},
		{Part: "setup", Name: "the first account", Template: "setup.html", View: doorView{frame: stranger, Allowed: true}},
		{Part: "setup", Name: "refused", Template: "setup.html", View: doorView{frame: stranger, Allowed: true, Login: "lam", Name: "Lâm",
			Sentence: problem.Ours.VI}},
		{Part: "setup", Name: "from elsewhere", Template: "setup.html", View: doorView{frame: stranger}}}
}

// trustSpecimens are how a phone trusts the commune's authority.
func trustSpecimens() []specimen {
	v := trustView{frame: styledFrame("trust"), Until: "05/02/2037", On: "/", Fingerprint: []string{"4F2A91C0", "7BE35D88", "4F2A91C0",
		"7BE35D88",
		"4F2A91C0", "7BE35D88", "4F2A91C0", "7BE35D88"}}
	const here = "http://192.168.1.7:8080/trust"
	svg, err := qrSVG(here)
	if err != nil {
		svg = template.HTML("") // the text is ours, and short
	}
	office, alone := v, v
	office.Here, office.Addresses = true, []trustAddress{{here, svg}}
	alone.Here = true
	return []specimen{{Part: "trust", Name: "on a phone", Template: "trust.html", View: v},
		{Part: "trust", Name: "on the office machine", Template: "trust.html", View: office},
		{Part: "trust", Name: "without a network", Template: "trust.html", View: alone}}
}
