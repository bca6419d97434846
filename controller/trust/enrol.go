package trust

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/node/wire"
)

const (
	inviteFor  = 24 * time.Hour
	wrongCodes = 10 // tries of one invitation, after which it is void
)

// errCode is the same for every reason: a guess teaches nothing.
var errCode = problem.New(problem.Forbidden, "code_wrong",
	"Mã ghép loa không đúng, đã dùng hoặc đã hết hạn: hãy tạo mã mới ở trang Loa & thiết bị.",
	"The code is wrong, was used, or has expired: make a new one.")

// Enrolment lets boards in and keeps them out.
type Enrolment struct {
	store    *store.Store
	keys     *Trust
	commune  string
	broker   Broker
	drop     func(node string)
	throttle *Throttle
	now      func() time.Time

	// trying is held while one board's proof is looked at: a guess is judged
	// before the next, so that many at once cannot slip past the throttle.
	trying sync.Mutex

	mu      sync.Mutex
	renewed map[string]time.Time // by node: when it last asked
}

// Broker is what nodes are told of it.
type Broker struct {
	Addr       func() string // host:port; an empty host is where the board asked
	ServerName string        // in its certificate; "" is the host
}

// NewEnrolment makes one. drop ends a node's connection.
func NewEnrolment(st *store.Store, keys *Trust, commune string, broker Broker, drop func(string), now func() time.Time) *Enrolment {
	return &Enrolment{store: st, keys: keys, commune: commune, broker: broker, drop: drop, throttle: NewThrottle(), now: now,
		renewed: map[string]time.Time{}}
}

// Invite makes a code by which one board becomes the node, or takes the place
// of the board that was it. It is shown once and counts for a day.
func (e *Enrolment) Invite(ctx context.Context, node string) (code wire.Code, until time.Time, err error) {
	if !ValidNodeID(node) {
		return code, until, ErrNodeID
	}
	now := e.now()
	code, until = wire.NewCode(), now.Add(inviteFor)
	sealed, err := e.seal(code)
	if err != nil {
		return code, until, err
	}
	err = e.store.PutInvite(ctx, store.Invite{ID: code.Invite, Node: node, Code: sealed, Created: now, Expires: until})
	return code, until, err
}

// vault keeps the codes of invitations: the office must know one to prove that it
// is the office, so no hash will do. Its key is made of one that is not in the
// database.
func (e *Enrolment) vault() (cipher.AEAD, error) {
	der, err := x509.MarshalPKCS8PrivateKey(e.keys.ca.key)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, der)
	h.Write([]byte("loa: codes of invitations"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (e *Enrolment) seal(code wire.Code) (string, error) {
	v, err := e.vault()
	if err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(v.Seal(nil, nil, []byte(code.String()), []byte(code.Invite))), nil
}

// unseal returns errCode for what was sealed by another commune's keys.
func (e *Enrolment) unseal(i store.Invite) (wire.Code, error) {
	v, err := e.vault()
	if err != nil {
		return wire.Code{}, err
	}
	sealed, err := base64.RawStdEncoding.DecodeString(i.Code)
	if err != nil {
		return wire.Code{}, errCode
	}
	text, err := v.Open(nil, nil, sealed, []byte(i.ID))
	if err != nil {
		return wire.Code{}, errCode
	}
	return wire.ParseCode(string(text))
}

// Enrol answers a board. The node's earlier certificates are void from then on,
// and a board that is connected by one of them is disconnected.
func (e *Enrolment) Enrol(ctx context.Context, ask wire.Enrol, address string) (answer wire.Enrolled, node string, err error) {
	e.trying.Lock()
	defer e.trying.Unlock()
	now := e.now()
	key := "enrol " + address
	if wait := e.throttle.Wait(now, key); wait > 0 {
		return answer, "", problem.New(problem.TooMany, "code_wait",
			"Đã nhập sai mã nhiều lần: hãy đợi %d giây.", "Wrong codes too many times: wait %d seconds.", int(wait.Seconds())+1)
	}
	code, invite, err := e.invited(ctx, ask, now)
	if errors.Is(err, errCode) {
		e.throttle.Wrong(now, key)
	}
	if err != nil {
		return answer, "", err
	}
	cert, err := e.keys.CertifyNode(invite.Node, ask.Request)
	if errors.Is(err, ErrRequest) {
		return answer, "",
			problem.New(problem.Invalid, "request_invalid", "Thiết bị gửi yêu cầu không đúng: hãy cập nhật phần mềm trên bo mạch.",
				"The board's request makes no sense: update its software.")
	}
	if err != nil {
		return answer, "", err
	}
	if err := e.store.UseInvite(ctx, invite.ID, now, wire.MadeAt(cert)); errors.Is(err, store.ErrConflict) {
		return answer, "", errCode
	} else if err != nil {
		return answer, "", err
	}
	e.drop(invite.Node)
	answer, err = code.SealEnrolled(wire.Enrolled{Node: invite.Node, Commune: e.commune, Broker: e.broker.Addr(),
		ServerName: e.broker.ServerName, Cert: pair{cert: cert}.certPEM(), CA: e.keys.CAPEM(), CommuneKey: e.keys.PublicKey()})
	return answer, invite.Node, err
}

// invited checks whether the caller knows the code of an invitation; the try is
// counted first.
func (e *Enrolment) invited(ctx context.Context, ask wire.Enrol, now time.Time) (code wire.Code, i store.Invite, err error) {
	i, err = e.store.TryInvite(ctx, ask.Invite, now, wrongCodes)
	if errors.Is(err, store.ErrNotFound) {
		return code, i, errCode
	}
	if err != nil {
		return code, i, err
	}
	if code, err = e.unseal(i); err != nil {
		return code, i, err
	}
	if code.OpenEnrol(ask) != nil {
		return code, i, errCode
	}
	return code, i, nil
}

// Revoke keeps a node's board out, from now on and at once, until it is
// enrolled anew.
func (e *Enrolment) Revoke(ctx context.Context, node string) error {
	if err := e.store.Revoke(ctx, node, e.now().Add(time.Millisecond)); err != nil {
		return err
	}
	e.drop(node)
	return nil
}

// Admits reports whether a node may connect with a certificate. One that was removed from the list may: it must hear that it has
// nothing to play any more. What cannot be known is refused: the board tries
// again.
func (e *Enrolment) Admits(ctx context.Context, cert *x509.Certificate) bool {
	from, err := e.store.CertsFrom(ctx, cert.Subject.CommonName)
	return err == nil && !wire.MadeAt(cert).Before(from)
}
