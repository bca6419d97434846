package trust

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"loa/controller/problem"
)

const (
	leastPassword = 10  // runes
	mostPassword  = 200 // bytes: more only costs time
	hashesAtOnce  = 2
)

// Cost is what a password's hash takes. The zero value is OWASP's recommendation for
// argon2id that fits an old office PC: one hash takes 19 MiB and some tens of
// milliseconds. Only tests, which guard nothing, take less.
type Cost struct{ KiB, Passes uint32 }

func (c Cost) params() *argon2id.Params {
	return &argon2id.Params{Memory: cmp.Or(c.KiB, 19*1024), Iterations: cmp.Or(c.Passes, 2), Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// poor are what people take when a password must be long; NIST SP 800-63B
// asks to refuse such.
var poor = []string{"1234567890", "0123456789", "0987654321", "123456789a", "qwertyuiop", "password123", "matkhau123", "matkhau1234",
	"admin12345", "administrator", "iloveyou123", "anhyeuem123", "truyenthanh", "loaphuong123", "1111111111", "abcdefghij"}

// Passwords hashes and checks passwords by argon2id, few at a time: each takes
// much memory, and a flood of sign-ins must not take it all.
type Passwords struct {
	cost  *argon2id.Params
	slots chan struct{}
}

// NewPasswords makes one.
func NewPasswords(c Cost) *Passwords {
	return &Passwords{cost: c.params(), slots: make(chan struct{}, hashesAtOnce)}
}

// Acceptable says what is wrong with a new password. names are what it must
// not be made of.
func Acceptable(password string, names ...string) error {
	plain := strings.ToLower(password)
	switch {
	case utf8.RuneCountInString(password) < leastPassword:
		return problem.New(problem.Invalid, "password_short",
			"Mật khẩu cần ít nhất %d ký tự: một câu ngắn dễ nhớ là tốt nhất.", "A password needs at least %d characters: a short sentence is best.",
			leastPassword)
	case len(password) > mostPassword || !utf8.ValidString(password):
		return problem.New(problem.Invalid, "password_long", "Mật khẩu quá dài: hãy dùng dưới %d ký tự.",
			"The password is too long: use less than %d characters.", mostPassword)
	case slices.Contains(poor, plain) || strings.Count(plain, plain[:1]) == len(plain) ||
		slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.Trim(plain, "0123456789") == strings.ToLower(n) }):
		return problem.New(problem.Invalid, "password_poor", "Mật khẩu này quá dễ đoán: hãy chọn mật khẩu khác.",
			"This password is too easy to guess: choose another.")
	}
	return nil
}

// Hash returns a password's hash, with its salt and cost in it.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.take(ctx); err != nil {
		return "", err
	}
	defer p.give()
	hash, err := argon2id.CreateHash(password, p.cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// Check reports whether a password has a hash. With no hash, of an account
// that does not exist, it takes as long and says no.
func (p *Passwords) Check(ctx context.Context, password, hash string) (bool, error) {
	if err := p.take(ctx); err != nil {
		return false, err
	}
	defer p.give()
	if hash == "" || len(password) > mostPassword {
		_, err := argon2id.CreateHash("nobody", p.cost)
		return false, err
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return ok, nil
}

func (p *Passwords) take(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Passwords) give() { <-p.slots }
