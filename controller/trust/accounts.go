package trust

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
)

const (
	sessionIdle   = 7 * 24 * time.Hour  // not seen for so long, a session is over
	sessionMost   = 30 * 24 * time.Hour // and however often it was seen
	seenEvery     = time.Minute         // how exactly that is kept
	secretBytes   = 32
	tokenPrefix   = "loa_" // so that it is found in what was published by mistake
	mostAgent     = 200    // runes of a browser's name that are kept
	mostLogin     = 60     // runes
	mostName      = 120
	mostTokenName = 120

	// TokenLives is how long a token acts if nobody says how long, and TokenMost
	// how long it may.
	TokenLives = 365 * 24 * time.Hour
	TokenMost  = 2 * TokenLives
)

// The errors of signing in. Wrong name and wrong password are one: nobody
// learns who has an account.
var (
	errWrong = problem.New(problem.Unidentified, "sign_in_wrong", "Tên đăng nhập hoặc mật khẩu không đúng: hãy thử lại.",
		"The name or the password is wrong: try again.")
	errSetUp = problem.New(problem.Conflict, "set_up_already", "Trạm này đã có tài khoản đầu tiên: hãy đăng nhập.",
		"This station has its first account already: sign in.")
	errName = problem.New(problem.Invalid, "name_long", "Họ tên dài quá %d chữ: hãy rút ngắn.",
		"The name is longer than %d characters: shorten it.", mostName)
	errGrant = problem.New(problem.Invalid, "role_unknown", "Vai trò hoặc địa bàn không đúng: hãy chọn trong danh sách.",
		"The role or its area is not known: choose from the list.")
	errScope = problem.New(problem.Invalid, "scope_unknown", "Quyền của mã truy cập không đúng: hãy chọn trong danh sách.",
		"The scopes of the token are not known: choose from the list.")
)

var errTokenLong = problem.New(problem.Invalid, "token_long", "Mã truy cập có hạn tối đa %d ngày: hãy chọn ngắn hơn.",
	"A token lasts %d days at most: choose fewer.", int(TokenMost.Hours()/24))

// Accounts lets people and their programs in.
type Accounts struct {
	store     *store.Store
	passwords *Passwords
	throttle  *Throttle
	now       func() time.Time
}

// NewAccounts makes one over a store.
func NewAccounts(st *store.Store, now func() time.Time, cost Cost) *Accounts {
	return &Accounts{store: st, passwords: NewPasswords(cost), throttle: NewThrottle(), now: now}
}

// Visitor is where a request comes from.
type Visitor struct{ Address, Agent string }

// Newcomer is a person as somebody writes one down.
type Newcomer struct {
	Login, Name, Password string
	Grants                []store.Grant
}

// person checks a newcomer and hashes the password.
func (a *Accounts) person(ctx context.Context, n Newcomer) (store.Person, error) {
	p := store.Person{ID: newID("p"), Login: normal(n.Login), Name: strings.TrimSpace(n.Name), Grants: n.Grants, Created: a.now()}
	p.Name = cmp.Or(p.Name, p.Login)
	if !validLogin(p.Login) || len([]rune(p.Name)) > mostName {
		return p, problem.New(problem.Invalid, "login_invalid",
			"Tên đăng nhập cần từ 2 đến %d chữ cái, chữ số hoặc . - _, không có khoảng trắng.",
			"A sign-in name has 2 to %d letters, digits or . - _ and no spaces.", mostLogin)
	}
	if err := validGrants(p.Grants); err != nil {
		return p, err
	}
	if err := Acceptable(n.Password, p.Login, p.Name); err != nil {
		return p, err
	}
	var err error
	p.Password, err = a.passwords.Hash(ctx, n.Password)
	return p, err
}

// normal is a login as it is kept: people do not mind capitals.
func normal(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

func validLogin(s string) bool {
	n := 0
	for _, r := range s {
		if n++; !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_@", r)) {
			return false
		}
	}
	return n >= 2 && n <= mostLogin
}

// IsNew reports whether nobody has an account yet.
func (a *Accounts) IsNew(ctx context.Context) (bool, error) {
	all, err := a.store.People(ctx)
	return len(all) == 0, err
}

// SetUp makes the first account, an admin's. Only one of two at once succeeds.
func (a *Accounts) SetUp(ctx context.Context, n Newcomer, commune string) (store.Person, error) {
	n.Grants = []store.Grant{{Role: string(Admin), Area: commune}}
	p, err := a.person(ctx, n)
	if err != nil {
		return p, err
	}
	if err = a.store.FirstPerson(ctx, p); errors.Is(err, store.ErrConflict) {
		err = errSetUp
	}
	return p, err
}

// Add makes an account.
func (a *Accounts) Add(ctx context.Context, n Newcomer) (store.Person, error) {
	p, err := a.person(ctx, n)
	if err != nil {
		return p, err
	}
	return p, a.put(ctx, p)
}

func (a *Accounts) put(ctx context.Context, p store.Person) error {
	err := a.store.PutPerson(ctx, p)
	if errors.Is(err, store.ErrConflict) {
		return problem.New(problem.Conflict, "login_taken", "Tên đăng nhập “%s” đã có người dùng: hãy chọn tên khác.",
			"The sign-in name “%s” is taken: choose another.", p.Login)
	}
	return err
}

// SetPassword gives a person a new password and ends all their sessions but
// one. With none that stays it is somebody else's doing, who does not know which
// passkeys and tokens are a thief's: they go too.
func (a *Accounts) SetPassword(ctx context.Context, id, password, except string) error {
	p, err := a.store.Person(ctx, id)
	if err != nil {
		return err
	}
	if err := Acceptable(password, p.Login, p.Name); err != nil {
		return err
	}
	if p.Password, err = a.passwords.Hash(ctx, password); err != nil {
		return err
	}
	if err := a.store.PutPerson(ctx, p); err != nil {
		return err
	}
	a.throttle.Right(accountKey(p.Login))
	if except == "" {
		if err := errors.Join(a.store.DeletePasskeys(ctx, id), a.store.DeleteTokens(ctx, id)); err != nil {
			return err
		}
	}
	return a.store.EndSessions(ctx, id, except)
}

// Change gives a person another name or other roles, or shuts them out, which
// ends their sessions and tokens: let in again, they make new ones.
func (a *Accounts) Change(ctx context.Context, id, name string, grants []store.Grant, disabled bool) (before, after store.Person,
	err error) {
	if before, err = a.store.Person(ctx, id); err != nil {
		return before, after, err
	}
	after = before
	after.Name, after.Grants, after.Disabled = cmp.Or(strings.TrimSpace(name), before.Name), grants, disabled
	if len([]rune(after.Name)) > mostName {
		return before, after, errName
	}
	if err := validGrants(grants); err != nil {
		return before, after, err
	}
	if err := a.store.PutPerson(ctx, after); err != nil || !disabled {
		return before, after, err
	}
	return before, after, errors.Join(a.store.EndSessions(ctx, id, ""), a.store.DeleteTokens(ctx, id))
}

// SignOutEverywhere ends all of a person's sessions but the one whose cookie is
// given, and their tokens.
func (a *Accounts) SignOutEverywhere(ctx context.Context, id, cookie string) error {
	return errors.Join(a.store.EndSessions(ctx, id, hashOf(cookie)), a.store.DeleteTokens(ctx, id))
}

func validGrants(grants []store.Grant) error {
	for _, g := range grants {
		if !Role(g.Role).Valid() || g.Area == "" {
			return errGrant
		}
	}
	return nil
}

// Session returns the session that a cookie is of.
func (a *Accounts) Session(ctx context.Context, cookie string) (store.Session, error) {
	return a.store.Session(ctx, hashOf(cookie))
}

func accountKey(login string) string { return "account " + login }

// throttled is by what a visitor's wrong tries are counted: by account and by
// address. From where somebody is signed in already their own tries count alone:
// a stranger who guesses cannot keep them out.
func (a *Accounts) throttled(ctx context.Context, login string, from Visitor) ([]string, error) {
	account := accountKey(login)
	p, err := a.store.PersonByLogin(ctx, login)
	if err == nil {
		var known []store.Session
		if known, err = a.store.Sessions(ctx, p.ID); err != nil {
			known, err = nil, nil // as if from nowhere known: that must not keep anybody out
		}
		if slices.ContainsFunc(known, func(x store.Session) bool { return x.Address == from.Address && !over(x, a.now()) }) {
			account += " from " + from.Address
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return []string{account, "address " + from.Address}, err
}

// SignIn checks a name and a password and begins a session; cookie is what the
// browser keeps.
func (a *Accounts) SignIn(ctx context.Context, login, password string, from Visitor) (cookie string, p store.Person, err error) {
	if p, err = a.Prove(ctx, login, password, from); err != nil {
		return "", p, err
	}
	cookie, err = a.Begin(ctx, p.ID, from)
	return cookie, p, err
}

// Prove checks a name and a password. A guesser must wait.
func (a *Accounts) Prove(ctx context.Context, login, password string, from Visitor) (store.Person, error) {
	keys, err := a.throttled(ctx, normal(login), from)
	if err != nil {
		return store.Person{}, err
	}
	if wait := a.throttle.Wait(a.now(), keys...); wait > 0 {
		return store.Person{}, problem.New(problem.TooMany, "sign_in_wait",
			"Đã nhập sai nhiều lần: hãy đợi %d giây rồi thử lại.", "Wrong too many times: wait %d seconds and try again.", int(wait.Seconds())+1)
	}
	p, err := a.store.PersonByLogin(ctx, normal(login))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Person{}, err
	}
	hash := p.Password
	if p.Disabled {
		hash = ""
	}
	ok, err := a.passwords.Check(ctx, password, hash)
	if err != nil {
		return store.Person{}, err
	}
	if !ok {
		a.throttle.Wrong(a.now(), keys...)
		return store.Person{}, errWrong
	}
	a.throttle.Right(keys[0])
	return p, nil
}

// Begin begins a session of a person who has proved to be one.
func (a *Accounts) Begin(ctx context.Context, person string, from Visitor) (cookie string, err error) {
	now := a.now()
	cookie = newSecret()
	x := store.Session{Person: person, Created: now, Seen: now, Agent: text.Line(from.Agent, mostAgent), Address: from.Address}
	// It counts whether or not it can be written down yet.
	a.store.Keep(ctx, store.Deed{Session: &store.SessionOf{Session: x, Hash: hashOf(cookie), New: true}})
	return cookie, nil
}

// Who returns whose session a cookie is; ok is false for one that is over.
func (a *Accounts) Who(ctx context.Context, cookie string, from Visitor) (p Principal, ok bool, err error) {
	now := a.now()
	x, err := a.store.Session(ctx, hashOf(cookie))
	if errors.Is(err, store.ErrNotFound) || err == nil && over(x, now) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p, ok, err = a.principal(ctx, x.Person)
	if ok && now.Sub(x.Seen) >= seenEvery {
		x.Seen, x.Address = now, from.Address
		a.store.Note(store.Deed{Session: &store.SessionOf{Session: x, Hash: x.Hash}})
	}
	return p, ok, err
}

func over(x store.Session, now time.Time) bool {
	return now.Sub(x.Seen) > sessionIdle || now.Sub(x.Created) > sessionMost
}

// principal is a person who may come in.
func (a *Accounts) principal(ctx context.Context, id string) (Principal, bool, error) {
	p, err := a.store.Person(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && p.Disabled {
		return Principal{}, false, nil
	}
	return Principal{ID: p.ID, Person: p.ID, Name: p.Name, Grants: p.Grants}, err == nil, err
}

// SignOut ends a session.
func (a *Accounts) SignOut(ctx context.Context, cookie string) error {
	return a.store.EndSession(ctx, hashOf(cookie))
}

// Forget removes the sessions that are over.
func (a *Accounts) Forget(ctx context.Context) error {
	now := a.now()
	return a.store.ForgetSessions(ctx, now.Add(-sessionMost), now.Add(-sessionIdle))
}

// MakeToken gives a program a token that acts for a person within scopes; it is
// shown once. The caller has made sure of the person. A lifetime of zero is
// TokenLives.
func (a *Accounts) MakeToken(ctx context.Context, person, name string, scopes []Action, lives time.Duration) (token string, t store.Token,
	err error) {
	for _, s := range scopes {
		if !knownAction(s) {
			return "", t, errScope
		}
		t.Scopes = append(t.Scopes, string(s))
	}
	if len(scopes) == 0 || len([]rune(name)) > mostTokenName || lives < 0 {
		return "", t, errScope
	}
	if lives > TokenMost {
		return "", t, errTokenLong
	}
	token = tokenPrefix + newSecret()
	t.ID, t.Person, t.Name, t.Hash, t.Created = newID("t"), person, strings.TrimSpace(name), hashOf(token), a.now()
	t.Expires = t.Created.Add(cmp.Or(lives, TokenLives))
	return token, t, a.store.PutToken(ctx, t)
}

func knownAction(a Action) bool {
	for _, known := range Actions {
		if a == known {
			return true
		}
	}
	return false
}

// Bearer returns for whom a token acts.
func (a *Accounts) Bearer(ctx context.Context, token string) (p Principal, ok bool, err error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return p, false, nil
	}
	t, err := a.store.TokenByHash(ctx, hashOf(token))
	now := a.now()
	if errors.Is(err, store.ErrNotFound) || err == nil && !now.Before(t.Expires) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	if p, ok, err = a.principal(ctx, t.Person); !ok {
		return p, ok, err
	}
	p.ID, p.Name, p.Scopes = t.ID, p.Name+" · "+t.Name, []Action{}
	for _, s := range t.Scopes {
		p.Scopes = append(p.Scopes, Action(s))
	}
	if now.Sub(t.Used) >= seenEvery {
		t.Used = now
		_ = a.store.PutToken(ctx, t) // when it was used last must not keep it from being used
	}
	return p, true, nil
}

func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// newID makes an id that is short and unique.
func newID(kind string) string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return kind + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// hashOf is how a secret of 256 random bits is kept: it needs no salt.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
