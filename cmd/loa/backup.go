package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"loa/cmd/loa/hold"
	"loa/controller"
	"loa/controller/backup"
	"loa/controller/problem"
	"loa/controller/store"
)

type backupCmd struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
	Out    string `help:"File to make; - is stdout; in the folder of backups if left out." placeholder:"FILE"`
}

// Run makes a backup, beside a controller that may be running.
func (c *backupCmd) Run(ctx context.Context) error {
	config, err := openSettings(c.Config)
	if err != nil {
		return err
	}
	st, err := store.OpenBeside(ctx, config.Data)
	if err != nil {
		return err
	}
	defer st.Close()
	source, err := config.BackupSource(st, version)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(config.BackupsDir(), 0o700); err != nil {
		return fmt.Errorf("folder of backups: %w", err)
	}
	now, out := time.Now(), c.Out
	switch out {
	case "-":
		_, err := backup.Write(ctx, os.Stdout, config.BackupsDir(), source, now)
		return both(err)
	case "":
		out = filepath.Join(config.BackupsDir(), backup.Name(config.Commune, now))
	}
	h, err := backup.Create(ctx, out, source, now)
	if err != nil {
		return both(err)
	}
	fmt.Printf("%s: %d tệp, %d MiB. Trong đó có khóa bí mật của xã, không mã hóa: hãy cất như chìa khóa trụ sở.\n"+
		"%[1]s: %[2]d files, %[3]d MiB. The commune's private keys are in it, not encrypted: keep it like the key of the house.\n", out, h.Files,
		h.Bytes>>20)
	return nil
}

type restoreCmd struct {
	File    string `arg:"" help:"The backup." type:"existingfile"`
	Config  string `help:"The controller's settings, YAML; if there are none, those of the backup are put there." default:"/etc/loa/controller.yaml" type:"path"`
	Data    string `help:"Folder for the data, if the settings are of the backup." default:"/var/lib/loa" type:"path"`
	Replace bool   `help:"Set aside the data that is there."`
}

// Run puts a backup in place.
func (c *restoreCmd) Run(ctx context.Context) error {
	config := controller.DefaultConfig()
	config.Data = c.Data
	target := backup.Target{Replace: c.Replace}
	err := readYAML(c.Config, &config)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return err
	}
	if !fresh {
		target.Commune = config.Commune
	}
	held, err := hold.Alone(hold.Restore, used(config.Data)...)
	if err != nil {
		return err
	}
	defer held.Release()
	target.Data, target.Backups, target.Hold = config.Data, config.BackupsDir(), held.Add
	r, err := backup.Restore(ctx, c.File, target, time.Now())
	if err != nil {
		return both(err)
	}
	if fresh {
		if err := c.settings(r.Settings, config.Data); err != nil {
			return err
		}
	}
	at := r.At.Local().Format("15:04 02/01/2006")
	fmt.Printf("đã khôi phục dữ liệu của %s lúc %s vào %s; restored\n", r.Commune, at, config.Data)
	if r.Aside != "" {
		fmt.Printf("dữ liệu cũ ở %s: xóa khi đã yên tâm; the old data is there, remove it when all is well\n", r.Aside)
	}
	config.Commune = r.Commune
	if err := noteRestored(ctx, config, filepath.Base(c.File), at); err != nil {
		return fmt.Errorf("đã khôi phục nhưng chưa ghi được vào nhật ký; restored, but the log does not say so: %w", err)
	}
	fmt.Println("hãy xem lại tài khoản và cụm loa đã thu hồi sau lúc sao lưu; look again at accounts and loudspeakers that were revoked since")
	return nil
}

// noteRestored writes into the log that was restored that it was: what came
// after the backup is in no log.
func noteRestored(ctx context.Context, config controller.Config, file, at string) (err error) {
	if err := becomeOwner(config.Data); err != nil {
		return err
	}
	st, err := store.Open(ctx, config.Data, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return noteConsole(ctx, config, st, "backup.restore", file, at)
}

// settings puts the settings of the backup where there are none.
func (c *restoreCmd) settings(from, data string) error {
	config := controller.DefaultConfig()
	if err := readYAML(from, &config); err != nil {
		return err
	}
	config.Data = data
	if err := os.MkdirAll(filepath.Dir(c.Config), 0o755); err != nil {
		return fmt.Errorf("folder of the settings: %w", err)
	}
	return writeYAML(c.Config, config)
}

// both says the Vietnamese sentence too, of an error that has one.
func both(err error) error {
	if p, ok := problem.Of(err); ok {
		return fmt.Errorf("%s (%w)", p.VI, err)
	}
	return err
}

// used is the data folder if there is something in it: in an empty one nobody is at
// work, and it must be empty to be replaced without having been asked for that.
func used(data string) []string {
	if in, err := os.ReadDir(data); err != nil || len(in) == 0 {
		return nil
	}
	return []string{data}
}
