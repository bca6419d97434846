package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/hours"
	"loa/controller/office/notices"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/voices"
	"loa/schedule"
)

// settingsView is the page of settings: sections, each with its own form. What
// is wrong stands in the section that it is of, with what was typed.
type settingsView struct {
	frame
	Section  string // that was sent
	Sentence string // what is wrong with it
	Saved    string // the section that was just saved
	Whole    bool   // the reader governs the whole commune

	Name     string // of the commune
	Villages []settingsVillage
	Names    string // of new villages, as they were typed
	Quiet    []schedule.Quiet
	Soft     []schedule.Soft
	Hours    store.UsualHours
	Openings []hours.Choice
	Holidays []store.Holiday
	Policy   store.ApprovalPolicy
	Notify   notices.Ways
	To       string // who gets mail, one a line
	Hold     string // minutes
	CoolDown string // hours
	Engines  []voices.Engine
	Spoke    *voices.Finding // of the engine that was just tried
	Tried    []notices.Tried
	Asked    bool // a test was asked for
	Version  string
	Secure   bool // there is HTTPS
	Steps    int  // of the first-run wizard that remain
	Backup   *BackupView
}

type settingsVillage struct {
	ID, Name string
	Nodes    int
	Empty    bool // it can be removed
}

// HasClass reports whether a class needs approval.
func (v settingsView) HasClass(c schedule.Class) bool { return slices.Contains(v.Policy.Classes, c) }

// HasSource reports whether a source needs approval.
func (v settingsView) HasSource(s string) bool { return slices.Contains(v.Policy.Sources, s) }

// saidView is what is said of a section.
type saidView struct {
	Wrong string
	Saved bool
}

// Said is what is said of a section, for the template.
func (v settingsView) Said(section string) saidView {
	said := saidView{Saved: v.Saved == section && v.Section == ""}
	if v.Section == section {
		said.Wrong = v.Sentence
	}
	return said
}

func (s *Server) registerSettingsPage(mux *router) {
	mux.HandleFunc("GET /settings", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("part") == "backup" && s.opt.Backup != nil {
			s.backupPart(w, r)
			return
		}
		s.settingsPage(w, r, "", nil)
	})
	mux.HandleFunc("POST /settings/commune", s.settingsForm("commune", func(r *http.Request) error { return s.inventory.NameCommune(r.Context(), r.PostForm.Get("name")) }))
	mux.HandleFunc("POST /settings/areas", s.settingsForm("villages", func(r *http.Request) error { return s.inventory.AddVillages(r.Context(), r.PostForm.Get("names")) }))
	mux.HandleFunc("POST /settings/areas/{id}", s.areaForm(func(r *http.Request, id string) error {
		return s.inventory.RenameArea(r.Context(), id, r.PostForm.Get("name"))
	}))
	mux.HandleFunc("POST /settings/areas/{id}/delete", s.areaForm(func(r *http.Request, id string) error {
		_, err := s.deleteArea(r.Context(), &idInput{id})
		return err
	}))
	mux.HandleFunc("POST /settings/openings", s.settingsForm("openings", s.saveOpenings))
	mux.HandleFunc("POST /settings/hours", s.settingsForm("hours", func(r *http.Request) error { return s.hours.PutUsual(r.Context(), usualHoursOf(r)) }))
	mux.HandleFunc("POST /settings/soft", s.settingsForm("soft", func(r *http.Request) error { return s.hours.PutSoft(r.Context(), softOf(r)) }))
	mux.HandleFunc("POST /settings/quiet", s.settingsForm("quiet", func(r *http.Request) error { return s.hours.PutQuiet(r.Context(), quietOf(r)) }))
	mux.HandleFunc("POST /settings/approval", s.settingsForm("approval", func(r *http.Request) error {
		p := policyOf(r)
		return s.approval.PutPolicy(r.Context(), &p)
	}))
	mux.HandleFunc("POST /settings/notify", s.settingsForm("notify", s.saveNotify))
	mux.HandleFunc("POST /settings/notify/test", s.tryForm)
	mux.HandleFunc("POST /settings/voices/{engine}", s.tryVoice)
}

// settingsForm saves a section and comes back to it.
func (s *Server) settingsForm(section string, save func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = save(r)
		}
		if err != nil {
			s.settingsPage(w, r, section, err)
			return
		}
		http.Redirect(w, r, "/settings?saved="+section+"#"+section, http.StatusSeeOther)
	}
}

// areaForm is of one village.
func (s *Server) areaForm(save func(*http.Request, string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		s.settingsForm("area-"+id, func(r *http.Request) error { return save(r, id) })(w, r)
	}
}

func (s *Server) settingsPage(w http.ResponseWriter, r *http.Request, section string, wrong error) {
	v := settingsView{frame: s.frame(r, "settings"), Section: section, Saved: r.URL.Query().Get("saved")}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence = statusOf(p), spoken(r, p)
	}
	s.showSettings(w, r, status, &v)
}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request, status int, v *settingsView) {
	err := s.fillSettings(r.Context(), v)
	if err == nil && v.Whole {
		err = s.fillWhole(r.Context(), v)
	}
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	v.retype(r)
	s.show(w, r, status, "settings.html", *v)
}

// fillSettings reads the places.
func (s *Server) fillSettings(ctx context.Context, v *settingsView) error {
	a, err := s.access.View(ctx)
	if err != nil {
		return err
	}
	areas, err := s.inventory.Areas(ctx)
	if err != nil {
		return err
	}
	v.Whole = a.Who.May(access.Governing, a.Tree, a.Commune)
	v.Name, v.Version, v.Secure = a.Areas[a.Commune].Name, s.opt.Version, s.opt.Secure != nil
	for _, area := range areas {
		if area.Kind != store.Village || !a.Who.May(access.Governing, a.Tree, area.ID) {
			continue
		}
		village := settingsVillage{ID: area.ID, Name: area.Name, Empty: true}
		for _, in := range a.AreaOf {
			if in == area.ID {
				village.Nodes, village.Empty = village.Nodes+1, false
			}
		}
		for _, parent := range a.Tree {
			village.Empty = village.Empty && parent != area.ID
		}
		v.Villages = append(v.Villages, village)
	}
	v.Steps, err = s.setup.Left(ctx)
	return err
}

// fillWhole reads what is the whole commune's.
func (s *Server) fillWhole(ctx context.Context, v *settingsView) error {
	var err error
	if v.Quiet, err = s.opt.Store.Quiet(ctx); err != nil {
		return err
	}
	v.Quiet = append(v.Quiet, schedule.Quiet{}) // to add another
	if v.Soft, err = s.opt.Store.Soft(ctx); err != nil {
		return err
	}
	v.Soft = append(v.Soft, schedule.Soft{})
	if v.Hours, err = s.opt.Store.UsualHours(ctx); err != nil {
		return err
	}
	if v.Holidays, err = s.opt.Store.Holidays(ctx); err != nil {
		return err
	}
	v.Holidays = append(v.Holidays, store.Holiday{})
	v.Engines = s.opt.Library.Engines().Engines()
	if v.Openings, err = s.hours.Choices(ctx); err != nil {
		return err
	}
	if v.Policy, err = s.opt.Store.ApprovalPolicy(ctx); err != nil {
		return err
	}
	to, err := s.notices.Settings(ctx)
	if err != nil {
		return err
	}
	v.setNotify(notices.WaysOf(to))
	if s.opt.Backup != nil {
		b := s.backups()
		v.Backup = &b
	}
	return nil
}

func (v *settingsView) setNotify(b notices.Ways) {
	v.Notify, v.To = b, strings.Join(b.Mail.To, "\n")
	v.Hold, v.CoolDown = fmt.Sprint(b.Faults.HoldMin), strconv.FormatFloat(float64(b.Faults.CoolDownMin)/60, 'f', -1, 64)
}

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

var numberWrong = problem.New(problem.Invalid, "fault_times",
	"Thời gian báo sự cố chưa đúng: chờ từ 1 đến 1440 phút, nhắc lại sau 0,1 đến 168 giờ.",
	"The times for faults are not right: wait 1 to 1440 minutes, and 0.1 to 168 hours before the next.")

// notifyOf reads the ways out of a form. A secret that is left empty stays
// what it is; without a user there is no password.
func notifyOf(r *http.Request) (notices.Ways, error) {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	b := notices.Ways{Webhook: notices.Webhook{URL: get("url")},
		Mail:   notices.Mail{Server: get("server"), TLS: get("tls"), Username: get("username"), From: get("from"), To: strings.Fields(strings.ReplaceAll(get("mailto"), ",", " "))},
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

func (s *Server) saveNotify(r *http.Request) error {
	b, err := notifyOf(r)
	if err == nil {
		_, err = s.notices.PutWays(r.Context(), b)
	}
	return err
}

// tryForm sends a test and shows what came of it.
func (s *Server) tryForm(w http.ResponseWriter, r *http.Request) {
	v := settingsView{frame: s.frame(r, "settings"), Asked: true}
	err := readForm(w, r)
	if err == nil {
		v.Tried, err = s.notices.Try(r.Context())
	}
	if err != nil {
		s.settingsPage(w, r, "notify", err)
		return
	}
	s.showSettings(w, r, http.StatusOK, &v)
}

const tryVoiceFor = time.Minute

// tryVoice has an engine speak, and shows how it did.
func (s *Server) tryVoice(w http.ResponseWriter, r *http.Request) {
	set := s.opt.Library.Engines()
	engine, ok := set.Named(r.PathValue("engine"))
	if !ok {
		s.problemPage(w, r, s.explain(store.ErrNotFound))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), tryVoiceFor)
	defer cancel()
	f := set.Check(ctx, engine)
	s.trail.Did(r.Context(), "voice.try", engine.Name, nil, f.OK)
	v := settingsView{frame: s.frame(r, "settings"), Spoke: &f}
	s.showSettings(w, r, http.StatusOK, &v)
}

// Speaks is how an engine did that was just tried; nil of another.
func (v settingsView) Speaks(engine string) *voices.Finding {
	if v.Spoke == nil || v.Spoke.Engine.Name != engine {
		return nil
	}
	return v.Spoke
}
