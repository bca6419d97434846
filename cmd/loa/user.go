package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"loa/controller"
	"loa/controller/store"
	"loa/controller/trust"
)

type userCmd struct {
	List  userListCmd  `cmd:"" help:"Print who has an account."`
	Add   userAddCmd   `cmd:"" help:"Make an account; prints its password."`
	Reset userResetCmd `cmd:"" help:"Give an account a new password, printed once; its sessions end."`
}

// userStore is where the accounts are: beside a controller that may be
// running.
type userStore struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
}

// users is the opened store of accounts.
type users struct {
	*store.Store
	config   controller.Config
	accounts *trust.Accounts
	out      io.Writer
}

func (u userStore) open(ctx context.Context) (*users, error) {
	config, err := openSettings(u.Config)
	if err != nil {
		return nil, err
	}
	st, err := store.OpenBeside(ctx, config.Data)
	if err != nil {
		return nil, err
	}
	return &users{st, config, trust.NewAccounts(st, time.Now, trust.Cost{}), os.Stdout}, nil
}

type userListCmd struct{ userStore }

// Run prints one person a line.
func (c *userListCmd) Run(ctx context.Context) error {
	u, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(u.list(ctx), u.Close())
}

func (u *users) list(ctx context.Context) error {
	all, err := u.People(ctx)
	for _, p := range all {
		line := p.Login + "\t" + p.Name
		for _, g := range p.Grants {
			line += "\t" + g.Role + "=" + g.Area
		}
		if p.Disabled {
			line += "\tđã khóa"
		}
		fmt.Fprintln(u.out, line)
	}
	return err
}

type userAddCmd struct {
	userStore
	Login string `arg:"" help:"The name to sign in with."`
	Name  string `help:"Full name."`
	Role  string `help:"admin, operator, approver, speaker, head, technician or province." default:"operator"`
	Area  string `help:"Where; the commune if left out."`
}

// Run makes the account.
func (c *userAddCmd) Run(ctx context.Context) error {
	u, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(u.add(ctx, c.Login, c.Name, c.Role, c.Area), u.Close())
}

func (u *users) add(ctx context.Context, login, name, role, area string) error {
	if area == "" {
		area = u.config.Commune
	} else if _, err := u.Area(ctx, area); err != nil {
		return fmt.Errorf("không có địa bàn %s: hãy chọn địa bàn của xã; there is no such area: %w", area, err)
	}
	password := newPassword()
	p, err := u.accounts.Add(ctx,
		trust.Newcomer{Login: login, Name: name, Password: password, Grants: []store.Grant{{Role: role, Area: area}}})
	if err != nil {
		return err
	}
	fmt.Fprintf(u.out, "%s\t%s\nmật khẩu chỉ in một lần này: hãy đổi ngay khi đăng nhập; printed this once, change it after signing in\n",
		p.Login, password)
	return u.log(ctx, "person.add", p)
}

type userResetCmd struct {
	userStore
	Login string `arg:"" help:"The name to sign in with."`
}

// Run gives the new password.
func (c *userResetCmd) Run(ctx context.Context) error {
	u, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(u.reset(ctx, c.Login), u.Close())
}

func (u *users) reset(ctx context.Context, login string) error {
	p, err := u.PersonByLogin(ctx, strings.ToLower(strings.TrimSpace(login)))
	if err != nil {
		return fmt.Errorf("không có tài khoản %s: xem loa user list; there is no account of that name: %w", login, err)
	}
	password := newPassword()
	if err := u.accounts.SetPassword(ctx, p.ID, password, ""); err != nil {
		return err
	}
	fmt.Fprintf(u.out, "%s\t%s\nmật khẩu chỉ in một lần này: hãy đổi ngay khi đăng nhập; printed this once, change it after signing in\n",
		p.Login, password)
	return u.log(ctx, "person.password", p)
}

// log writes what was done at the machine itself, and seals it.
func (u *users) log(ctx context.Context, action string, p store.Person) error {
	return noteConsole(ctx, u.config, u.Store, action, p.ID, p.Login)
}

// newPassword is 80 random bits, in groups that can be read out.
func newPassword() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails: crypto/rand
	s := strings.ToLower(base32.StdEncoding.EncodeToString(b))
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}
