package account

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/people"
	"loa/controller/problem"
	"loa/controller/share"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/trust"
)

const (
	signingEach = 128  // people that wait to sign in, from one address
	signingAll  = 1024 // and from all
)

var (
	manySigning = problem.New(problem.Unavailable, "sign_in_busy",
		"Có quá nhiều người đang đăng nhập cùng lúc: hãy đợi một phút rồi thử lại.", "Too many people are signing in at once: wait a minute "+
			"and try again.")
	setUpElsewhere = problem.New(problem.Forbidden, "set_up_elsewhere",
		"Tài khoản đầu tiên chỉ tạo được ngay trên máy văn phòng: hãy mở http://localhost trên máy đó, hoặc mở địa chỉ có mã mà Loa in ra khi "+
			"khởi động.",
		"The first account is made on the office machine itself: open http://localhost there, or the address with a code that Loa printed "+
			"when it started.")
)

// Credentials are what a person signs in with.
type Credentials struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
}

// Newcomer is the first person of a station.
type Newcomer struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
	Name     string `json:"name,omitempty" maxLength:"200"`
}

// Options are what a desk works with.
type Options struct {
	Store    *store.Store
	Accounts *trust.Accounts // nil: there are none on this machine
	Machines *trust.Machines // sessions of the machine's own administrator
	Trail    *audit.Trail
	Commune  string // where the first person governs
	Logger   *slog.Logger
}

// Desk lets people in and out.
type Desk struct {
	opt      Options
	passkeys *trust.Passkeys // nil without accounts
	// signing is entered by those who sign in: a guess is judged before the next is
	// looked at, so that many at once cannot slip past the throttle.
	signing *share.Line
}

// New returns the desk.
func New(opt Options) *Desk {
	d := &Desk{opt: opt, signing: share.NewLine(share.Room{Places: 1, Own: 1, Each: signingEach, All: signingAll})}
	if opt.Accounts != nil {
		d.passkeys = trust.NewPasskeys(opt.Accounts)
	}
	return d
}

// IsNew reports whether this station has no account yet.
func (d *Desk) IsNew(ctx context.Context) (bool, error) {
	if d.opt.Accounts == nil {
		return false, nil
	}
	return d.opt.Accounts.IsNew(ctx)
}

// SignIn begins a session and returns its cookie. The caller is, from then on, that person.
func (d *Desk) SignIn(ctx context.Context, c Credentials) (cookie string, err error) {
	v := access.Of(ctx)
	return d.enter(ctx, text.Shown(c.Login), func() (string, store.Person, error) {
		return d.opt.Accounts.SignIn(ctx, c.Login, c.Password, v.From)
	})
}

// enter begins a session by some proof, and notes who failed to give one.
func (d *Desk) enter(ctx context.Context, who string, prove func() (string, store.Person, error)) (cookie string, err error) {
	var p store.Person
	err = d.judged(ctx, who, func() error {
		cookie, p, err = prove()
		return err
	})
	if err != nil {
		return "", err
	}
	v := access.Of(ctx)
	if err := d.signOut(ctx); err != nil { // signing in anew leaves the old session
		d.opt.Logger.Warn("an old session could not be ended", "person", p.ID, "err", err)
	}
	v.Becomes(p, cookie)
	d.opt.Trail.Did(ctx, "session.begin", "", nil, nil)
	return cookie, nil
}

// judged has one proof looked at after another, of one address and another in
// turn: however many come from one, one from elsewhere is next.
func (d *Desk) judged(ctx context.Context, who string, prove func() error) error {
	if d.opt.Accounts == nil {
		return people.NoAccounts
	}
	leave, err := d.signing.Enter(ctx, access.Of(ctx).Share())
	if errors.Is(err, share.ErrFull) {
		return manySigning
	}
	if err != nil {
		return err
	}
	defer leave()
	err = prove()
	if pr, ok := problem.Of(err); ok && slices.Contains([]string{"sign_in_wrong", "passkey_wrong"}, pr.Code) {
		d.opt.Trail.Record(ctx, store.Audit{Who: "nobody", Name: who, Action: "session.failed"})
	}
	return err
}

// SetUp makes the first account, signs in and returns the session's cookie.
func (d *Desk) SetUp(ctx context.Context, n Newcomer) (cookie string, err error) {
	v := access.Of(ctx)
	switch {
	case d.opt.Accounts == nil:
		return "", people.NoAccounts
	case !v.MaySetUp():
		return "", setUpElsewhere
	}
	p, err := d.opt.Accounts.SetUp(ctx, trust.Newcomer{Login: n.Login, Name: n.Name, Password: n.Password}, d.opt.Commune)
	if err != nil {
		return "", err
	}
	if cookie, err = d.opt.Accounts.Begin(ctx, p.ID, v.From); err != nil {
		return "", err
	}
	v.Becomes(p, cookie)
	d.opt.Trail.Did(ctx, "person.set_up", p.ID, nil, p, d.opt.Commune)
	return cookie, nil
}

// SignOut ends the caller's session because they say so; without one it does nothing.
func (d *Desk) SignOut(ctx context.Context) error {
	if err := d.signOut(ctx); err != nil || access.Of(ctx).Cookie == "" {
		return err
	}
	d.opt.Trail.Did(ctx, "session.end", "", nil, nil)
	return nil
}

func (d *Desk) signOut(ctx context.Context) error {
	v := access.Of(ctx)
	switch {
	case v.Cookie == "":
		return nil // a token in hand stays what it is
	case v.Kind == access.Machine:
		return d.opt.Machines.End(ctx, v.Cookie)
	}
	return d.opt.Accounts.SignOut(ctx, v.Cookie)
}
