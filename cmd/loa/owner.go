package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"loa/cmd/loa/hold"
	"loa/controller"
	"loa/controller/backup"
	"loa/controller/store"
	"loa/controller/trust"
)

// openSettings reads the controller's settings for a command that works on its
// data beside it, and goes on as their owner.
func openSettings(path string) (controller.Config, error) {
	config := controller.DefaultConfig()
	if err := readYAML(path, &config); err != nil {
		return config, err
	}
	return config, errors.Join(notRestored(config.Data), becomeOwner(config.Data))
}

// notRestored returns an error while other data is being put in place: what were
// done to the old would be lost.
func notRestored(data string) error {
	return errors.Join(backup.Pending(data), hold.Beside(data))
}

// noteConsole writes what was done at the machine itself into the log of who did
// what, and seals that.
func noteConsole(ctx context.Context, config controller.Config, st *store.Store, action, object, note string) error {
	if _, err := st.AddAudit(ctx,
		store.Audit{At: time.Now(), Who: "console", Name: os.Getenv("USER"), Action: action, Object: object, Note: note}); err != nil {
		return err
	}
	keys, err := trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune, Hosts: config.Hosts})
	if err != nil {
		return err
	}
	return keys.SealAudit(ctx, st)
}

// becomeOwner makes root the user and group that a folder belongs to: what it
// writes from now on the service can read, which does not run as root. One
// that is not there yet, and everyone but root, is left as it is.
func becomeOwner(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) || os.Geteuid() != 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at folder: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return nil
	}
	uid, gid := int(owner.Uid), int(owner.Gid)
	if err := errors.Join(syscall.Setgroups(groupsOf(uid, gid)), syscall.Setgid(gid), syscall.Setuid(uid)); err != nil {
		return fmt.Errorf("go on as the owner of %s: %w", dir, err)
	}
	return nil
}

// groupsOf are a user's groups: that of the sound card is one of them.
func groupsOf(uid, gid int) []int {
	groups := []int{gid}
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return groups
	}
	ids, _ := u.GroupIds() // without them it may do less
	for _, id := range ids {
		if n, err := strconv.Atoi(id); err == nil && n != gid {
			groups = append(groups, n)
		}
	}
	return groups
}
