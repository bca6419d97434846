package notices

import (
	"context"
	"net/url"

	"loa/controller/notify"
	"loa/controller/problem"
	"loa/controller/reach"
)

// Ways is where news of emergencies and of faults is sent to. Secrets go
// in and never come out.
type Ways struct {
	Webhook Webhook `json:"webhook,omitempty"`
	Mail    Mail    `json:"mail,omitempty"`
	Faults  Faults  `json:"faults,omitempty"`
}

// Webhook is an address that takes a POST.
type Webhook struct {
	URL       string  `json:"url,omitempty" maxLength:"2000" doc:"http or https; empty: none"`
	Secret    *string `json:"secret,omitempty" writeOnly:"true" maxLength:"200" doc:"signs what is sent, header Loa-Signature; left out: stays what it is"`
	SecretSet bool    `json:"secret_set,omitempty" readOnly:"true"`
}

// Mail is a mailbox to send from, and who gets it.
type Mail struct {
	Server      string   `json:"server,omitempty" maxLength:"300" doc:"host:port; empty: none"`
	TLS         string   `json:"tls,omitempty" enum:"starttls,tls,none" default:"starttls" doc:"none: for a server in the house only, no password is told to it"`
	Username    string   `json:"username,omitempty" maxLength:"200"`
	Password    *string  `json:"password,omitempty" writeOnly:"true" maxLength:"500" doc:"left out: stays what it is"`
	PasswordSet bool     `json:"password_set,omitempty" readOnly:"true"`
	From        string   `json:"from,omitempty" maxLength:"300"`
	To          []string `json:"to,omitempty" maxItems:"50"`
}

const keyNotify = "notify"

// Settings are the ways out as they are stored, with their secrets.
func (d *Notices) Settings(ctx context.Context) (to notify.Settings, err error) {
	err = d.opt.Store.SettingOr(ctx, keyNotify, &to)
	return to, err
}

// WaysOf are the ways out as they may be shown: without secrets.
func WaysOf(to notify.Settings) Ways {
	return Ways{Webhook: Webhook{URL: to.Webhook.URL, SecretSet: to.Webhook.Secret != ""},
		Mail: Mail{Server: to.Mail.Server, TLS: to.Mail.TLS, Username: to.Mail.Username, PasswordSet: to.Mail.Password != "",
			From: to.Mail.From, To: to.Mail.To},
		Faults: viewFaults(to.Faults)}
}

// masked is what may stand in a log: an address may hold a password.
func masked(b Ways) Ways {
	b.Webhook.URL = reach.Masked(b.Webhook.URL)
	return b
}

// PutWays sets the ways out. A secret that is left out stays only as long as where it goes to.
func (d *Notices) PutWays(ctx context.Context, b Ways) (to notify.Settings, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	old, err := d.Settings(ctx)
	if err != nil {
		return to, err
	}
	to = notify.Settings{Webhook: notify.Webhook{URL: b.Webhook.URL, Secret: old.Webhook.Secret},
		Mail: notify.Mail{Server: b.Mail.Server, TLS: b.Mail.TLS, Username: b.Mail.Username, Password: old.Mail.Password, From: b.Mail.From,
			To: b.Mail.To},
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
			"Địa chỉ webhook chưa đúng: hãy viết như https://may-chu/duong-dan.",
			"The webhook's address is not right: write it as https://host/path.")
	}
	if err := d.opt.Reach.Check(to.Webhook.URL); err != nil {
		return old, err
	}
	if _, err := to.Mail.Ready(); err != nil {
		return old, problem.New(problem.Invalid, "mail_settings",
			"Cài đặt thư chưa đúng: cần máy chủ dạng smtp.xa.vn:587, địa chỉ gửi và ít nhất một địa chỉ nhận.",
			"The mail settings are not right: a server as smtp.example:587, a sender and at least one receiver are needed.")
	}
	if err := d.opt.Store.PutSetting(ctx, keyNotify, to); err != nil {
		return old, err
	}
	d.opt.Trail.Did(ctx, "notify.put", "notify", masked(WaysOf(old)), masked(WaysOf(to)), d.opt.Commune)
	return to, nil
}
