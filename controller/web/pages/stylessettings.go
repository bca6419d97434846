package pages

import (
	"time"

	"loa/audio/tune"
	"loa/controller/backup"
	"loa/controller/fleet"
	"loa/controller/office/backups"
	"loa/controller/office/hours"
	"loa/controller/office/notices"
	"loa/controller/office/setup"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/voices"
	"loa/schedule"
)

// settingsSections are those that say what is wrong with what was sent.
var settingsSections = []string{"commune", "villages", "area-thon-1", "quiet", "soft", "hours", "holidays", "openings", "approval",
	"summary", "notify", "backup"}

func styledSettings() settingsView {
	v := settingsView{frame: styledFrame("settings"), Whole: true, Name: "Xã La Dạ", Quiet: []schedule.Quiet{{From: "21:30",
		To: "05:00"}, {}},
		Villages: []settingsVillage{{ID: "thon-1", Name: "Thôn 1", Nodes: 4}, {ID: "thon-3", Name: longName, Empty: true}},
		Soft:     []schedule.Soft{{Quiet: schedule.Quiet{From: "19:00", To: "21:30"}, Volume: 50}, {}},
		Hours:    store.UsualHours{Morning: "05:30", Evening: "17:30"}, Openings: styledOpenings(),
		Holidays: []store.Holiday{{From: "2027-02-05", To: "2027-02-11", Name: "Tết Nguyên đán"}, {}},
		Policy:   store.ApprovalPolicy{Need: "some", Classes: []schedule.Class{schedule.Emergency}, Sources: []string{"stream"}, Own: true},
		Engines: []voices.Engine{{Name: "espeak-ng"}, {Name: "piper", Voices: []string{"vais1000"}, Licence: "MIT",
			From: "https://example.vn"}},
		Version: "1.2.0", Secure: true, Steps: 2, Backup: styledBackup(nil)}
	v.setNotify(notices.Ways{Mail: notices.Mail{Server: "smtp.xa.vn:465", TLS: "tls", Username: "loa", PasswordSet: true,
		To: []string{"chutich@xa.vn"}},
		Webhook: notices.Webhook{URL: "https://xa.vn/loa", SecretSet: true}, Faults: notices.Faults{HoldMin: 10, CoolDownMin: 360}})
	return v
}

func styledOpenings() []hours.Choice {
	all := []hours.Choice{{Name: "usual", Title: "opening_usual", Live: true}}
	for _, name := range tune.Names {
		all = append(all, hours.Choice{Name: name, Title: "opening_" + name, Tune: name})
	}
	return append(all, hours.Choice{Name: "none", Title: "opening_none", Off: true, Scheduled: true},
		hours.Choice{Name: "clip-c1", Title: "Nhạc hiệu của xã", Clip: "c1"})
}

func styledBackup(change func(*backups.State)) *backups.State {
	s := &backups.State{Folder: "/var/lib/loa/backups", Files: []backups.File{{File: backup.File{Name: "loa-2027-02-05.tar.gz",
		At:    ago(7 * time.Hour),
		Bytes: 40 << 20}, Link: "/settings/backup/loa-2027-02-05.tar.gz"}}}
	if change != nil {
		change(s)
	}
	return s
}

// settingsSpecimens are the page of settings, and each way of its backups.
func settingsSpecimens() (all []specimen) {
	page := func(part, name string, change func(*settingsView)) { // each is long: a part of its own
		v := styledSettings()
		change(&v)
		all = append(all, specimen{Part: part, Name: name, Template: "settings.html", View: v})
	}
	page("settings", "all of it, just saved", func(v *settingsView) { v.Saved = "commune" })
	page("settings-village", "of a village only", func(v *settingsView) { v.Whole, v.Steps, v.Secure, v.Trust = false, 0, false, false })
	page("settings-plain", "tried, and plain", func(v *settingsView) {
		v.Asked, v.Policy, v.Spoke = true, store.ApprovalPolicy{Need: "all"}, &voices.Finding{Engine: v.Engines[0], OK: true,
			Took: 900 * time.Millisecond}
		v.setNotify(notices.Ways{Mail: notices.Mail{TLS: "none"}, Faults: notices.Faults{Off: true}})
		v.Villages, v.Backup = nil, nil
	})
	page("settings-vain", "tried in vain", func(v *settingsView) {
		v.Tried = []notices.Tried{{Way: "mail", OK: true, VI: "Đã gửi thư.", EN: "Mail was sent."}, {Way: "webhook",
			VI: "Máy chủ không trả lời.", EN: "No answer."}}
		v.Asked, v.Spoke = true, &voices.Finding{Engine: v.Engines[1], Fault: problem.Ours}
		v.Section, v.Sentence = "backup", "Đang sao lưu: hãy đợi xong."
	})
	for _, section := range settingsSections {
		v := styledSettings()
		v.Section, v.Sentence = section, "Chưa đúng: hãy viết như 21:30."
		all = append(all, specimen{Part: "settings-said", Name: "refused: " + section, Template: "said", View: v.Said(section)})
	}
	all = append(all, specimen{Part: "settings-said", Name: "saved", Template: "said", View: saidView{Saved: true}})
	return append(all, backupSpecimens()...)
}

func backupSpecimens() (all []specimen) {
	add := func(name string, change func(*backups.State)) {
		all = append(all, specimen{Part: "settings-backup", Name: name, Template: "backup_state", View: *styledBackup(change),
			In: "wrap card form"})
	}
	add("one there is", nil)
	add("none yet", func(s *backups.State) { s.Files = nil })
	add("too old", func(s *backups.State) { s.Old = true })
	add("failed", func(s *backups.State) { s.Failed = styledFailure() })
	add("one is made", func(s *backups.State) {
		s.Busy, s.Work = true, &backups.Work{At: styledAt, Since: styledAt, Percent: 40}
	})
	add("one is restored", func(s *backups.State) {
		s.Busy, s.Work = true, &backups.Work{Restore: true, At: ago(7 * time.Hour), Since: styledAt, Percent: 70}
	})
	add("restored", func(s *backups.State) {
		s.Restored = &backups.Restored{From: ago(30 * time.Hour), At: ago(time.Hour), Who: "Nguyễn Văn Lâm",
			Old: "/var/lib/loa/before-2027-02-05"}
	})
	add("not restored", func(s *backups.State) { s.NotRestored = styledFailure() })
	return all
}

// wizardSpecimens are the steps of the first run.
func wizardSpecimens() (all []specimen) {
	page := func(name, step string, change func(*wizardView)) {
		v := wizardView{frame: styledFrame("wizard"), Now: styledAt, Step: step, Left: 3, Name: "Xã La Dạ", Areas: shownAreas(), Area: "thon-1",
			Known: styledAreas()[1:], Quiet: []schedule.Quiet{{From: "21:30", To: "04:45"}}}
		for _, s := range []string{setup.StepPlaces, setup.StepHours, setup.StepNode, setup.StepHear} {
			v.Steps = append(v.Steps, setup.Step{Step: s, Current: s == step, Done: s == setup.StepPlaces})
		}
		change(&v)
		all = append(all, specimen{Part: "wizard", Name: name, Template: "wizard.html", View: v})
	}
	page("places, refused", setup.StepPlaces, func(v *wizardView) { v.Sentence, v.Names = "Hãy viết tên xã.", "Thôn 1\nThôn 2" })
	page("places, nothing yet", setup.StepPlaces, func(v *wizardView) { v.Known, v.Name = nil, "" })
	page("quiet hours", setup.StepHours, func(*wizardView) {})
	page("the first loudspeaker", setup.StepNode, func(v *wizardView) { v.Name = "" })
	page("its code", setup.StepNode, func(v *wizardView) { v.Node, v.Invited = pointerTo(mutedNode()), styledInvite() })
	page("it came", setup.StepNode, func(v *wizardView) { v.Node, v.Came = pointerTo(styledNode(string(fleet.Good), 1)), true })
	page("to hear it, but there is none", setup.StepHear, func(*wizardView) {})
	page("to hear it", setup.StepHear, func(v *wizardView) { v.Node = pointerTo(styledNode(string(fleet.Good), 1)) })
	page("done", setup.StepDone, func(v *wizardView) { v.Left = 0 })
	heard := func(name string, state setup.State, asked, proved bool) {
		v := wizardView{Now: styledAt, Node: pointerTo(styledNode(string(fleet.Good), 1)), State: state, Asked: asked, Proved: proved}
		all = append(all, specimen{Part: "wizard", Name: name, Template: "wizard_heard", View: v})
	}
	heard("is it heard?", setup.State{Played: styledAt}, true, true)
	heard("it is", setup.State{Played: styledAt, Heard: "yes"}, false, true)
	heard("it is not, though it plays", setup.State{Played: styledAt, Heard: "no"}, false, true)
	heard("it is not, nor does it play", setup.State{Played: styledAt, Heard: "no"}, false, false)
	return all
}
