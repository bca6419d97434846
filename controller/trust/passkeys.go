package trust

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"loa/controller/problem"
	"loa/controller/store"
)

const (
	ceremonyLasts  = 5 * time.Minute
	mostCeremonies = 1000 // at once; the oldest of the one with most gives way
	mostPasskeys   = 20   // of a person
)

var (
	errCeremony = problem.New(problem.Unidentified, "passkey_late", "Đã quá 5 phút hoặc trang đã cũ: hãy bấm lại.",
		"More than 5 minutes have passed, or the page is old: press again.")
	errPasskey = problem.New(problem.Unidentified, "passkey_wrong", "Khóa này không mở được tài khoản nào ở đây: hãy dùng mật khẩu.",
		"This passkey opens no account here: use the password.")
	errMany = problem.New(problem.Conflict, "passkeys_many", "Đã có %d khóa: hãy xóa bớt.", "There are %d passkeys already: remove one.",
		mostPasskeys)
	errNoDomain = problem.New(problem.Conflict, "passkey_address",
		"Khóa đăng nhập cần trang https:// mở bằng tên (không phải số IP): hãy mở bằng tên, hoặc dùng mật khẩu.",
		"A passkey needs a page of https:// that is opened by a name, not an IP address: open it by its name, or use the password.")
)

// Origin is where a page was opened. A passkey belongs to the name in it.
type Origin struct {
	Scheme, Host string // https, loa.lan:8443
}

// name is the relying party's id (WebAuthn Level 3, 5.1.2): a domain, and never
// an address.
func (o Origin) name() (string, error) {
	name := o.Host
	if h, _, err := net.SplitHostPort(o.Host); err == nil {
		name = h
	}
	if net.ParseIP(strings.Trim(name, "[]")) != nil || name == "" || o.Scheme != "https" && name != "localhost" {
		return "", errNoDomain
	}
	return strings.ToLower(name), nil
}

// Passkeys lets people in by what their phone or computer keeps for them
// (WebAuthn): nothing that could be guessed, told or tried on the wrong page.
type Passkeys struct {
	accounts *Accounts
	mu       sync.Mutex
	waiting  map[string]ceremony // by challenge
}

// ceremony is a question that a browser was asked.
type ceremony struct {
	data   webauthn.SessionData
	party  *webauthn.WebAuthn
	person string // whose it will be; empty: of the one that signs in
	from   string // address that a sign-in was asked from
	until  time.Time
}

// NewPasskeys makes one beside the accounts.
func NewPasskeys(a *Accounts) *Passkeys {
	return &Passkeys{accounts: a, waiting: map[string]ceremony{}}
}

func partyOf(o Origin) (*webauthn.WebAuthn, error) {
	name, err := o.name()
	if err != nil {
		return nil, err
	}
	within := webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyLasts, TimeoutUVD: ceremonyLasts}
	return webauthn.New(&webauthn.Config{RPID: name, RPDisplayName: "Loa", RPOrigins: []string{o.Scheme + "://" + o.Host},
		Timeouts: webauthn.TimeoutsConfig{Login: within, Registration: within}})
}

// BeginAdd returns what the browser of a person is asked to make, for
// navigator.credentials.create().
func (k *Passkeys) BeginAdd(ctx context.Context, person string, o Origin) (*protocol.CredentialCreation, error) {
	party, err := partyOf(o)
	if err != nil {
		return nil, err
	}
	who, err := k.holder(ctx, person)
	if err != nil {
		return nil, err
	}
	if len(who.credentials) >= mostPasskeys {
		return nil, errMany
	}
	ask, data, err := party.BeginRegistration(who,
		webauthn.WithExclusions(webauthn.Credentials(who.credentials).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired}))
	if err != nil {
		return nil, err
	}
	k.wait(ceremony{data: *data, party: party, person: person})
	return ask, nil
}

// Add keeps the passkey that a browser made.
func (k *Passkeys) Add(ctx context.Context, person, name string, answer []byte) (store.Passkey, error) {
	made, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return store.Passkey{}, errPasskey
	}
	c, ok := k.take(made.Response.CollectedClientData.Challenge)
	if !ok || c.person != person {
		return store.Passkey{}, errCeremony
	}
	who, err := k.holder(ctx, person)
	if err != nil {
		return store.Passkey{}, err
	}
	credential, err := c.party.CreateCredential(who, c.data, made)
	if err != nil {
		return store.Passkey{}, errPasskey
	}
	if name = strings.TrimSpace(name); name == "" || len([]rune(name)) > mostName {
		name = c.data.RelyingPartyID
	}
	kept := store.Passkey{ID: base64.RawURLEncoding.EncodeToString(credential.ID), Person: person, Name: name, Created: k.accounts.now()}
	kept.Credential, err = json.Marshal(credential)
	if err != nil {
		return kept, err
	}
	return kept, k.accounts.store.PutPasskey(ctx, kept)
}

// BeginSignIn returns what any browser is asked, for navigator.credentials.get().
func (k *Passkeys) BeginSignIn(o Origin, from Visitor) (*protocol.CredentialAssertion, error) {
	party, err := partyOf(o)
	if err != nil {
		return nil, err
	}
	ask, data, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, err
	}
	k.wait(ceremony{data: *data, party: party, from: from.Address})
	return ask, nil
}

// SignIn begins a session of the person whose passkey answered. One whose counter went
// back was copied, and is refused.
func (k *Passkeys) SignIn(ctx context.Context, answer []byte, from Visitor) (cookie string, p store.Person, err error) {
	given, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", p, errPasskey
	}
	c, ok := k.take(given.Response.CollectedClientData.Challenge)
	if !ok || c.person != "" {
		return "", p, errCeremony
	}
	var failed error
	user, credential, err := c.party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		who, err := k.holder(ctx, string(handle))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			failed = err
		}
		return who, err
	}, c.data, given)
	if failed != nil {
		return "", p, failed
	}
	if err != nil || credential.Authenticator.CloneWarning {
		return "", p, errPasskey
	}
	p = user.(*holder).person
	if p.Disabled {
		return "", store.Person{}, errPasskey
	}
	used := store.Passkey{ID: base64.RawURLEncoding.EncodeToString(credential.ID), Person: p.ID, Used: k.accounts.now()}
	if used.Credential, err = json.Marshal(credential); err != nil {
		return "", p, err
	}
	k.accounts.store.Keep(ctx, store.Deed{Passkey: &store.PasskeyOf{Passkey: used, Credential: used.Credential}})
	cookie, err = k.accounts.Begin(ctx, p.ID, from)
	return cookie, p, err
}

// wait keeps a question until it is answered.
func (k *Passkeys) wait(c ceremony) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.accounts.now()
	c.until = now.Add(ceremonyLasts)
	oldest, many := map[string]string{}, map[string]int{} // by caller
	for challenge, x := range k.waiting {
		if now.After(x.until) {
			delete(k.waiting, challenge)
			continue
		}
		who := x.person + " " + x.from
		many[who]++
		if was, known := oldest[who]; !known || x.until.Before(k.waiting[was].until) {
			oldest[who] = challenge
		}
	}
	if len(k.waiting) >= mostCeremonies {
		most := ""
		for who, n := range many {
			if n > many[most] {
				most = who
			}
		}
		delete(k.waiting, oldest[most])
	}
	k.waiting[c.data.Challenge] = c
}

// take returns the question that was asked with a challenge, once.
func (k *Passkeys) take(challenge string) (ceremony, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.waiting[challenge]
	delete(k.waiting, challenge)
	return c, ok && !k.accounts.now().After(c.until)
}

// holder is a person as the library sees one.
type holder struct {
	person      store.Person
	credentials []webauthn.Credential
}

func (k *Passkeys) holder(ctx context.Context, id string) (*holder, error) {
	p, err := k.accounts.store.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	kept, err := k.accounts.store.Passkeys(ctx, id)
	if err != nil {
		return nil, err
	}
	h := &holder{person: p}
	for _, x := range kept {
		var c webauthn.Credential
		if err := json.Unmarshal(x.Credential, &c); err != nil {
			return nil, err
		}
		h.credentials = append(h.credentials, c)
	}
	return h, nil
}

// WebAuthnID is webauthn.User's.
func (h *holder) WebAuthnID() []byte { return []byte(h.person.ID) }

// WebAuthnName is webauthn.User's.
func (h *holder) WebAuthnName() string { return h.person.Login }

// WebAuthnDisplayName is webauthn.User's.
func (h *holder) WebAuthnDisplayName() string { return h.person.Name }

// WebAuthnCredentials is webauthn.User's.
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return slices.Clone(h.credentials) }
