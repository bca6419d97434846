package pages

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/controller/library"
	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/approval"
	"loa/controller/office/audit"
	"loa/controller/office/backups"
	"loa/controller/office/brief"
	"loa/controller/office/hours"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/replay"
	"loa/controller/office/setup"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/voices"
	"loa/controller/web/respond"
	"loa/schedule"
)

// settingsPage is the page of settings.
type settingsPage struct {
	*kit
	answers   *answers.Desk
	approval  *approval.Desk
	brief     *brief.Desk
	hours     *hours.Hours
	inventory *inventory.Inventory
	library   *library.Library
	replay    *replay.Replay
	setup     *setup.Setup
	store     *store.Store
	trail     *audit.Trail
}

// register adds the endpoints.
func (p *settingsPage) register() {
	p.mux.HandleFunc("GET /openings/{name}", p.openingSound)
	p.mux.HandleFunc("GET /settings", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("part") == "backup" && p.backups != nil {
			p.backupPart(w, r)
			return
		}
		p.settingsPage(w, r, "", nil)
	})
	p.mux.HandleFunc("POST /settings/commune", p.settingsForm("commune",
		func(r *http.Request) error { return p.inventory.NameCommune(r.Context(), r.PostForm.Get("name")) }))
	p.mux.HandleFunc("POST /settings/areas", p.settingsForm("villages",
		func(r *http.Request) error { return p.inventory.AddVillages(r.Context(), r.PostForm.Get("names")) }))
	p.mux.HandleFunc("POST /settings/areas/{id}", p.areaForm(func(r *http.Request, id string) error {
		return p.inventory.RenameArea(r.Context(), id, r.PostForm.Get("name"))
	}))
	p.mux.HandleFunc("POST /settings/areas/{id}/delete", p.areaForm(func(r *http.Request, id string) error {
		return p.inventory.DeleteArea(r.Context(), id)
	}))
	p.mux.HandleFunc("POST /settings/openings", p.settingsForm("openings", p.saveOpenings))
	p.mux.HandleFunc("POST /settings/hours", p.settingsForm("hours",
		func(r *http.Request) error { return p.hours.PutUsual(r.Context(), usualHoursOf(r)) }))
	p.mux.HandleFunc("POST /settings/soft", p.settingsForm("soft",
		func(r *http.Request) error { return p.hours.PutSoft(r.Context(), softOf(r)) }))
	p.mux.HandleFunc("POST /settings/quiet", p.settingsForm("quiet",
		func(r *http.Request) error { return p.hours.PutQuiet(r.Context(), quietOf(r)) }))
	p.mux.HandleFunc("POST /settings/approval", p.settingsForm("approval", func(r *http.Request) error {
		policy := policyOf(r)
		return p.approval.PutPolicy(r.Context(), &policy)
	}))
	p.mux.HandleFunc("POST /settings/replay", p.settingsForm("replay", func(r *http.Request) error {
		return p.replay.PutRule(r.Context(), store.ReplayRule{Recordings: store.Recordings(r.PostForm.Get("recordings"))})
	}))
	p.mux.HandleFunc("POST /settings/answers", p.settingsForm("answers", func(r *http.Request) error {
		return p.answers.PutRule(r.Context(), answerRuleOf(r))
	}))
	p.mux.HandleFunc("POST /settings/summary", p.settingsForm("summary", func(r *http.Request) error {
		return p.brief.PutRule(r.Context(), summaryOf(r))
	}))
	p.mux.HandleFunc("POST /settings/notify", p.settingsForm("notify", p.saveNotify))
	p.mux.HandleFunc("POST /settings/notify/test", p.tryForm)
	p.mux.HandleFunc("POST /settings/voices/{engine}", p.tryVoice)
	p.mux.HandleFunc("POST /settings/holidays", p.settingsForm("holidays",
		func(r *http.Request) error { return p.hours.PutHolidays(r.Context(), holidaysOf(r)) }))
	p.mux.HandleFunc("POST /settings/backup/{name}/restore", p.settingsForm("backup", func(r *http.Request) error {
		return p.backups.Restore(r.Context(), r.PathValue("name"), r.PostForm.Get("replace") != "")
	}))
	p.mux.HandleFunc("POST /settings/backup", p.settingsForm("backup", func(r *http.Request) error { return p.backups.Make(r.Context()) }))
	p.mux.HandleFunc("GET /settings/backup/{name}", p.downloadBackup)
}

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
	Replay   store.ReplayRule
	Answers  store.AnswerRule
	Summary  brief.Rule
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
	Backup   *backups.State
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

// settingsForm saves a section and comes back to it.
func (p *settingsPage) settingsForm(section string, save func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = save(r)
		}
		if err != nil {
			p.settingsPage(w, r, section, err)
			return
		}
		http.Redirect(w, r, "/settings?saved="+section+"#"+section, http.StatusSeeOther)
	}
}

// areaForm is of one village.
func (p *settingsPage) areaForm(save func(*http.Request, string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		p.settingsForm("area-"+id, func(r *http.Request) error { return save(r, id) })(w, r)
	}
}

func (p *settingsPage) settingsPage(w http.ResponseWriter, r *http.Request, section string, wrong error) {
	v := settingsView{frame: p.frameOf(r, "settings"), Section: section, Saved: r.URL.Query().Get("saved")}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
	}
	p.showSettings(w, r, status, &v)
}

func (p *settingsPage) showSettings(w http.ResponseWriter, r *http.Request, status int, v *settingsView) {
	err := p.fillSettings(r.Context(), v)
	if err == nil && v.Whole {
		err = p.fillWhole(r.Context(), v)
	}
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	v.retype(r)
	p.show(w, r, status, "settings.html", *v)
}

// fillSettings reads the places.
func (p *settingsPage) fillSettings(ctx context.Context, v *settingsView) error {
	a, err := p.access.View(ctx)
	if err != nil {
		return err
	}
	areas, err := p.inventory.Areas(ctx)
	if err != nil {
		return err
	}
	v.Whole = a.Who.May(access.Governing, a.Tree, a.Commune)
	v.Name, v.Version, v.Secure = a.Areas[a.Commune].Name, p.version, p.machine.Secure != nil
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
	v.Steps, err = p.setup.Left(ctx)
	return err
}

// fillWhole reads what is the whole commune's.
func (p *settingsPage) fillWhole(ctx context.Context, v *settingsView) error {
	var err error
	if v.Quiet, err = p.store.Quiet(ctx); err != nil {
		return err
	}
	v.Quiet = append(v.Quiet, schedule.Quiet{}) // to add another
	if v.Soft, err = p.store.Soft(ctx); err != nil {
		return err
	}
	v.Soft = append(v.Soft, schedule.Soft{})
	if v.Hours, err = p.store.UsualHours(ctx); err != nil {
		return err
	}
	if v.Holidays, err = p.store.Holidays(ctx); err != nil {
		return err
	}
	v.Holidays = append(v.Holidays, store.Holiday{})
	v.Engines = p.library.Engines().Engines()
	if v.Openings, err = p.hours.Choices(ctx); err != nil {
		return err
	}
	if v.Policy, err = p.store.ApprovalPolicy(ctx); err != nil {
		return err
	}
	if v.Replay, err = p.replay.Rule(ctx); err != nil {
		return err
	}
	if v.Summary, err = p.brief.Rule(ctx); err != nil {
		return err
	}
	if v.Answers, err = p.answers.Rule(ctx); err != nil {
		return err
	}
	to, err := p.notices.Settings(ctx)
	if err != nil {
		return err
	}
	v.setNotify(notices.WaysOf(to))
	if p.backups != nil {
		b := p.backups.State()
		v.Backup = &b
	}
	return nil
}

func (v *settingsView) setNotify(b notices.Ways) {
	v.Notify, v.To = b, strings.Join(b.Mail.To, "\n")
	v.Hold, v.CoolDown = fmt.Sprint(b.Faults.HoldMin), strconv.FormatFloat(float64(b.Faults.CoolDownMin)/60, 'f', -1, 64)
}

// tryForm sends a test and shows what came of it.
func (p *settingsPage) tryForm(w http.ResponseWriter, r *http.Request) {
	v := settingsView{frame: p.frameOf(r, "settings"), Asked: true}
	err := readForm(w, r)
	if err == nil {
		v.Tried, err = p.notices.Try(r.Context())
	}
	if err != nil {
		p.settingsPage(w, r, "notify", err)
		return
	}
	p.showSettings(w, r, http.StatusOK, &v)
}

const tryVoiceFor = time.Minute

// tryVoice has an engine speak, and shows how it did.
func (p *settingsPage) tryVoice(w http.ResponseWriter, r *http.Request) {
	set := p.library.Engines()
	engine, ok := set.Named(r.PathValue("engine"))
	if !ok {
		p.problemPage(w, r, p.explain(store.ErrNotFound))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), tryVoiceFor)
	defer cancel()
	f := set.Check(ctx, engine)
	p.trail.Did(r.Context(), "voice.try", engine.Name, nil, f.OK)
	v := settingsView{frame: p.frameOf(r, "settings"), Spoke: &f}
	p.showSettings(w, r, http.StatusOK, &v)
}

// Speaks is how an engine did that was just tried; nil of another.
func (v settingsView) Speaks(engine string) *voices.Finding {
	if v.Spoke == nil || v.Spoke.Engine.Name != engine {
		return nil
	}
	return v.Spoke
}

var (
	backupByHand = problem.New(problem.Forbidden, "backup_by_hand",
		"Trong tệp sao lưu có khóa bí mật của xã nên chỉ người đã đăng nhập mới tải được: hãy đăng nhập và tải ở trang Cài đặt.",
		"The commune's private keys are in a backup, so no program may fetch it: sign in and download it from the page of settings.")
	backupPlain = problem.New(problem.Forbidden, "backup_plain",
		"Trong tệp sao lưu có khóa bí mật của xã nên không gửi qua mạng không mã hóa: hãy mở trang bằng https, hoặc ngay trên máy văn phòng.",
		"The commune's private keys are in a backup, so it does not go over a network in the clear: open the page by https, or on the office "+
			"machine.")
)

// backupPart is what the page of settings shows of it, anew.
func (p *settingsPage) backupPart(w http.ResponseWriter, r *http.Request) {
	a, err := p.access.View(r.Context())
	switch {
	case err == nil && !a.Who.May(access.Governing, a.Tree, a.Commune):
		err = access.MayNot(a.Who, access.Governing, "")
	case err == nil:
		p.show(w, r, http.StatusOK, "backup_state", p.backups.State())
		return
	}
	p.problemPage(w, r, p.explain(err))
}

// downloadBackup hands a backup to a person, by a way that nobody else reads.
func (p *settingsPage) downloadBackup(w http.ResponseWriter, r *http.Request) {
	v := access.Of(r.Context())
	switch {
	case v.Kind == access.Program:
		respond.Problem(w, backupByHand)
		return
	case !v.TLS && !v.Here:
		p.problemPage(w, r, backupPlain)
		return
	}
	f, file, err := p.backups.Open(r.Context(), r.PathValue("name"))
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.FormatInt(file.Bytes, 10))
	w.Header().Set("Content-Disposition", "attachment; filename="+file.Name)
	_, _ = io.Copy(w, f) // the client sees that it is short
}
