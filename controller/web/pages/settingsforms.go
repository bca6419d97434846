package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/audio/tune"
	"loa/controller/office/brief"
	"loa/controller/office/hours"
	"loa/controller/office/notices"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/web/respond"
	"loa/schedule"
)

// retype puts what was typed back where something is wrong with it.
func (v *settingsView) retype(r *http.Request) {
	switch v.Section {
	case "commune":
		v.Name = r.PostForm.Get("name")
	case "villages":
		v.Names = r.PostForm.Get("names")
	case "quiet":
		v.Quiet = append(quietOf(r), schedule.Quiet{})
	case "soft":
		v.Soft = append(softOf(r), schedule.Soft{})
	case "hours":
		v.Hours = usualHoursOf(r)
	case "holidays":
		v.Holidays = append(holidaysOf(r), store.Holiday{})
	case "approval":
		v.Policy = policyOf(r)
	case "answers":
		v.Answers = answerRuleOf(r)
	case "summary":
		v.Summary = summaryOf(r)
	case "notify":
		set := v.Notify
		b, _ := notifyOf(r) // a number that is none is shown as it was typed
		b.Mail.PasswordSet, b.Webhook.SecretSet = set.Mail.PasswordSet, set.Webhook.SecretSet
		v.setNotify(b)
		v.Hold, v.CoolDown = r.PostForm.Get("hold"), r.PostForm.Get("cooldown")
	}
	for i := range v.Villages {
		if v.Section == "area-"+v.Villages[i].ID && r.PostForm.Has("name") {
			v.Villages[i].Name = r.PostForm.Get("name")
		}
	}
}

// quietOf reads the quiet hours of a form; rows without times are left out.
func quietOf(r *http.Request) []schedule.Quiet {
	quiet := []schedule.Quiet{}
	for _, q := range rowsOf(r) {
		if q.From != "" || q.To != "" {
			quiet = append(quiet, q)
		}
	}
	return quiet
}

// policyOf reads the rule of approval of a form.
func policyOf(r *http.Request) store.ApprovalPolicy {
	p := store.ApprovalPolicy{Need: r.PostForm.Get("need"), Sources: r.PostForm["source"], Own: r.PostForm.Get("own") != ""}
	if p.Need != "none" && p.Need != "some" {
		p.Need = "all" // what is not understood is the strict one
	}
	for _, c := range r.PostForm["class"] {
		p.Classes = append(p.Classes, schedule.Class(c))
	}
	return p
}

// summaryOf reads the hour of the day's summary as people write it; what is no hour is
// refused as it was typed.
func summaryOf(r *http.Request) brief.Rule {
	typed := strings.TrimSpace(r.PostForm.Get("hour"))
	if at, err := momentOf("2026-01-01", typed, time.Time{}); err == nil {
		typed = at.Format("15:04")
	}
	return brief.Rule{Hour: typed}
}

// answerRuleOf reads for how long what villagers say is kept; what is no number is refused as 0.
func answerRuleOf(r *http.Request) (rule store.AnswerRule) {
	rule.Closed = r.PostForm.Get("open") == ""
	rule.Days, _ = strconv.Atoi(strings.TrimSpace(r.PostForm.Get("days")))
	rule.PersonalDays, _ = strconv.Atoi(strings.TrimSpace(r.PostForm.Get("personal")))
	return rule
}

var numberWrong = problem.New(problem.Invalid, "fault_times",
	"Thời gian báo sự cố chưa đúng: chờ từ 1 đến 1440 phút, nhắc lại sau 0,1 đến 168 giờ.",
	"The times for faults are not right: wait 1 to 1440 minutes, and 0.1 to 168 hours before the next.")

// notifyOf reads the ways out of a form. A secret that is left empty stays
// what it is; without a user there is no password.
func notifyOf(r *http.Request) (notices.Ways, error) {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	b := notices.Ways{Webhook: notices.Webhook{URL: get("url")},
		Mail: notices.Mail{Server: get("server"), TLS: get("tls"), Username: get("username"), From: get("from"),
			To: strings.Fields(strings.ReplaceAll(get("mailto"), ",", " "))},
		Faults: notices.Faults{Off: r.PostForm.Get("faults") == ""}}
	if !slices.Contains([]string{"starttls", "tls", "none"}, b.Mail.TLS) {
		b.Mail.TLS = "starttls"
	}
	if secret := r.PostForm.Get("secret"); secret != "" {
		b.Webhook.Secret = &secret
	}
	if password := r.PostForm.Get("password"); password != "" || b.Mail.Username == "" {
		b.Mail.Password = &password
	}
	hold, err := strconv.Atoi(get("hold"))
	cool, errCool := strconv.ParseFloat(strings.Replace(get("cooldown"), ",", ".", 1), 64)
	if err != nil || errCool != nil || hold < 1 || hold > 1440 || !(cool >= 0.1 && cool <= 168) {
		return b, numberWrong
	}
	b.Faults.HoldMin, b.Faults.CoolDownMin = hold, int(cool*60)
	return b, nil
}

func (p *settingsPage) saveNotify(r *http.Request) error {
	b, err := notifyOf(r)
	if err == nil {
		_, err = p.notices.PutWays(r.Context(), b)
	}
	return err
}

// holidaysOf reads the days off of a form; a row without dates is left out, and
// one without a last day is a single day.
func holidaysOf(r *http.Request) []store.Holiday {
	all := []store.Holiday{}
	to, names := r.PostForm["to"], r.PostForm["name"]
	for i, from := range r.PostForm["from"] {
		h := store.Holiday{From: schedule.Date(strings.TrimSpace(from))}
		if i < len(to) {
			h.To = schedule.Date(strings.TrimSpace(to[i]))
		}
		if i < len(names) {
			h.Name = strings.TrimSpace(names[i])
		}
		if h.From == "" && h.To == "" {
			continue
		}
		h.To = cmp.Or(h.To, h.From)
		all = append(all, h)
	}
	return all
}

// softOf reads the soft hours of a form; rows without times are left out.
func softOf(r *http.Request) []schedule.Soft {
	soft := []schedule.Soft{}
	volumes := r.PostForm["volume"]
	for i, q := range rowsOf(r) {
		if q.From == "" && q.To == "" {
			continue
		}
		row := schedule.Soft{Quiet: q}
		if i < len(volumes) {
			row.Volume, _ = strconv.Atoi(strings.TrimSpace(volumes[i])) // what is no number is refused as 0 is
		}
		soft = append(soft, row)
	}
	return soft
}

// rowsOf are the stretches of a form, row by row.
func rowsOf(r *http.Request) (rows []schedule.Quiet) {
	to := r.PostForm["to"]
	for i, from := range r.PostForm["from"] {
		q := schedule.Quiet{From: strings.TrimSpace(from)}
		if i < len(to) {
			q.To = strings.TrimSpace(to[i])
		}
		rows = append(rows, q)
	}
	return rows
}

// usualHoursOf reads them from a form.
func usualHoursOf(r *http.Request) store.UsualHours {
	return store.UsualHours{Morning: strings.TrimSpace(r.PostForm.Get("morning")), Evening: strings.TrimSpace(r.PostForm.Get("evening"))}
}

func (p *settingsPage) saveOpenings(r *http.Request) error {
	return p.hours.PutOpenings(r.Context(), hours.Openings{Live: r.PostForm.Get("live"), Scheduled: r.PostForm.Get("scheduled")})
}

// openingSound is one of the tunes that can be chosen, to be listened to.
func (p *settingsPage) openingSound(w http.ResponseWriter, r *http.Request) {
	wav, ok := tune.WAV(strings.TrimSuffix(r.PathValue("name"), ".wav"))
	if !ok {
		p.problemPage(w, r, respond.NotFound)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Content-Length", strconv.Itoa(len(wav)))
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(wav) // the client may have gone
}
