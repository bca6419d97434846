package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/i18n"
	"loa/controller/notify"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// NotifyBody is where news of emergencies and of faults is sent to. Secrets go
// in and never come out.
type NotifyBody struct {
	Webhook WebhookBody `json:"webhook,omitempty"`
	Mail    MailBody    `json:"mail,omitempty"`
	Faults  FaultsBody  `json:"faults,omitempty"`
}

// WebhookBody is an address that takes a POST.
type WebhookBody struct {
	URL       string  `json:"url,omitempty" maxLength:"2000" doc:"http or https; empty: none"`
	Secret    *string `json:"secret,omitempty" writeOnly:"true" maxLength:"200" doc:"signs what is sent, header Loa-Signature; left out: stays what it is"`
	SecretSet bool    `json:"secret_set,omitempty" readOnly:"true"`
}

// MailBody is a mailbox to send from, and who gets it.
type MailBody struct {
	Server      string   `json:"server,omitempty" maxLength:"300" doc:"host:port; empty: none"`
	TLS         string   `json:"tls,omitempty" enum:"starttls,tls,none" default:"starttls" doc:"none: for a server in the house only, no password is told to it"`
	Username    string   `json:"username,omitempty" maxLength:"200"`
	Password    *string  `json:"password,omitempty" writeOnly:"true" maxLength:"500" doc:"left out: stays what it is"`
	PasswordSet bool     `json:"password_set,omitempty" readOnly:"true"`
	From        string   `json:"from,omitempty" maxLength:"300"`
	To          []string `json:"to,omitempty" maxItems:"50"`
}

type notifyAnswer struct{ Body NotifyBody }

const keyNotify = "notify"

func (s *Server) notifySettings(ctx context.Context) (to notify.Settings, err error) {
	err = s.opt.Store.SettingOr(ctx, keyNotify, &to)
	return to, err
}

func viewNotify(to notify.Settings) NotifyBody {
	return NotifyBody{Webhook: WebhookBody{URL: to.Webhook.URL, SecretSet: to.Webhook.Secret != ""},
		Mail:   MailBody{Server: to.Mail.Server, TLS: to.Mail.TLS, Username: to.Mail.Username, PasswordSet: to.Mail.Password != "", From: to.Mail.From, To: to.Mail.To},
		Faults: viewFaults(to.Faults)}
}

// masked is what may stand in a log: an address may hold a password.
func masked(b NotifyBody) NotifyBody {
	b.Webhook.URL = reach.Masked(b.Webhook.URL)
	return b
}

func (s *Server) registerNotices(mux *router) {
	huma.Register(s.api, operation("list-notices", http.MethodGet, "/notices", "What you were told and have not read yet, newest first", "Approval", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[store.Notice], error) {
		all, err := s.opt.Store.Unread(ctx, access.Of(ctx).Who.ID)
		return listOf(all), s.fail(err)
	})
	huma.Register(s.api, operation("read-notice", http.MethodPost, "/notices/{id}/read", "Say that you have read it", "Approval", http.StatusNoContent), func(ctx context.Context, in *idInput) (*struct{}, error) {
		return nil, s.fail(s.readNotice(ctx, in.ID))
	})
	huma.Register(s.api, operation("get-notify", http.MethodGet, "/notify", "Where news of emergencies and faults is sent to", "Approval", http.StatusOK), func(ctx context.Context, _ *struct{}) (*notifyAnswer, error) {
		to, err := s.notifySettings(ctx)
		return &notifyAnswer{viewNotify(to)}, s.fail(err)
	})
	huma.Register(s.api, operation("put-notify", http.MethodPut, "/notify", "Set where news of emergencies and faults is sent to", "Approval", http.StatusOK), func(ctx context.Context, in *notifyAnswer) (*notifyAnswer, error) {
		to, err := s.putNotify(ctx, in.Body)
		return &notifyAnswer{viewNotify(to)}, s.fail(err)
	})
	s.registerTryNotify()
	mux.HandleFunc("POST /notices/{id}", func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = s.readNotice(r.Context(), r.PathValue("id"))
		}
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		http.Redirect(w, r, nextOf(r.PostForm.Get("next")), http.StatusSeeOther)
	})
}

func (s *Server) readNotice(ctx context.Context, id string) error {
	if err := s.opt.Store.ReadNotice(ctx, access.Of(ctx).Who.ID, id, s.opt.Now()); err != nil {
		return err
	}
	s.trail.Did(ctx, "notice.read", id, nil, nil)
	s.News("notices")
	return nil
}

func (s *Server) putNotify(ctx context.Context, b NotifyBody) (to notify.Settings, err error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.notifySettings(ctx)
	if err != nil {
		return to, err
	}
	to = notify.Settings{Webhook: notify.Webhook{URL: b.Webhook.URL, Secret: old.Webhook.Secret},
		Mail:   notify.Mail{Server: b.Mail.Server, TLS: b.Mail.TLS, Username: b.Mail.Username, Password: old.Mail.Password, From: b.Mail.From, To: b.Mail.To},
		Faults: b.Faults.settings()}
	// A secret is for the one that it was given for: a person who changes where it
	// goes to must know it.
	if b.Webhook.Secret != nil {
		to.Webhook.Secret = *b.Webhook.Secret
	} else if to.Webhook.URL != old.Webhook.URL {
		to.Webhook.Secret = ""
	}
	if b.Mail.Password != nil {
		to.Mail.Password = *b.Mail.Password
	} else if to.Mail.Server != old.Mail.Server || to.Mail.TLS != old.Mail.TLS {
		to.Mail.Password = ""
	}
	if u, err := url.Parse(to.Webhook.URL); to.Webhook.URL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return old, problem.New(problem.Invalid, "webhook_url",
			"Địa chỉ webhook chưa đúng: hãy viết như https://may-chu/duong-dan.", "The webhook's address is not right: write it as https://host/path.")
	}
	if err := s.opt.Reach.Check(to.Webhook.URL); err != nil {
		return old, err
	}
	if _, err := to.Mail.Ready(); err != nil {
		return old, problem.New(problem.Invalid, "mail_settings",
			"Cài đặt thư chưa đúng: cần máy chủ dạng smtp.xa.vn:587, địa chỉ gửi và ít nhất một địa chỉ nhận.",
			"The mail settings are not right: a server as smtp.example:587, a sender and at least one receiver are needed.")
	}
	if err := s.opt.Store.PutSetting(ctx, keyNotify, to); err != nil {
		return old, err
	}
	s.trail.Did(ctx, "notify.put", "notify", masked(viewNotify(old)), masked(viewNotify(to)), s.opt.Commune)
	return to, nil
}

// tellWithin bounds how long the leaders' notice may take; nobody waits for it.
const tellWithin = 10 * time.Second

// telling counts the notices that are being written.
type telling struct{ sync.WaitGroup }

// tellLeaders tells those who approve, or govern, in any of the places that an
// emergency has gone on air there. It does not wait: the
// call goes first.
func (s *Server) tellLeaders(ctx context.Context, c store.Call) {
	if c.Class != schedule.Emergency {
		return
	}
	by := access.Of(ctx).Who
	s.telling.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
		defer cancel()
		if err := s.inform(ctx, c, by); err != nil {
			s.opt.Logger.Error("the leaders were not told of an emergency", "call", c.ID, "err", err)
		}
	})
}

// beganBy names the one who began a call: the account, or the machine, and the name
// that was given with it, which proves nothing.
func beganBy(lang i18n.Language, by trust.Principal, said string) string {
	if said == "" || said == by.Name {
		return by.Name
	}
	return i18n.Say(lang, "notice_said", by.Name, said)
}

// approvedBy says who approved an emergency beforehand, or that nobody did.
func approvedBy(lang i18n.Language, name string) string {
	if name == "" {
		return i18n.Say(lang, "remark_bypass")
	}
	return i18n.Say(lang, "approved_before", name)
}

func (s *Server) inform(ctx context.Context, c store.Call, by trust.Principal) error {
	a, err := s.access.View(ctx)
	if err != nil {
		return err
	}
	n := store.Notice{ID: store.NewID(), At: c.Start, Call: c.ID, Title: c.Title, Who: beganBy(i18n.VI, by, c.Author), Places: strings.Join(a.Where(c.Targets), ", "), Approver: c.Approver}
	people, err := s.opt.Store.People(ctx)
	if err != nil {
		return err
	}
	var to []string
	for _, p := range people {
		if p.ID != by.ID && !p.Disabled && a.Leads(p, a.PlacesOf(c.Targets)) {
			to = append(to, p.ID)
		}
	}
	hour := n.At.In(schedule.Zone()).Format("15:04:05 02/01/2006")
	s.sender.Send(notify.Notice{ID: n.ID, Event: "emergency", At: n.At, Call: n.Call, Title: n.Title, Who: n.Who, Places: n.Places, Approved: n.Approver != "", Commune: a.AreaName(a.Commune),
		Subject: i18n.Say(i18n.VI, "notice_subject", a.AreaName(a.Commune), n.Title),
		Text: i18n.Say(i18n.VI, "notice_text", n.Title, n.Places, hour, n.Who, approvedBy(i18n.VI, n.Approver)) + "\n\n" +
			i18n.Say(i18n.EN, "notice_text", n.Title, n.Places, hour, beganBy(i18n.EN, by, c.Author), approvedBy(i18n.EN, n.Approver))})
	s.opt.Store.Keep(ctx, store.Deed{Notice: &store.NoticeTo{Notice: n, People: to}})
	s.News("notices")
	return nil
}

// noticesView is what somebody was told and has not read.
type noticesView struct {
	Now     time.Time
	Notices []store.Notice
	Path    string
}

func (s *Server) unread(ctx context.Context, path string) (noticesView, error) {
	v := access.Of(ctx)
	view := noticesView{Now: s.opt.Now(), Path: path}
	if v.Kind != access.Person {
		return view, nil
	}
	var err error
	view.Notices, err = s.opt.Store.Unread(ctx, v.Who.ID)
	return view, err
}
