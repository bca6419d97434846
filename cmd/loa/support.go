package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"loa/controller"
	"loa/controller/backup"
	"loa/controller/store"
	"loa/controller/trust"
)

type supportCmd struct {
	where
	Out string `help:"File to make." default:"loa-support.json" type:"path"`
}

// Run writes the bundle. It is read before it is sent: it is plain JSON.
func (c *supportCmd) Run(ctx context.Context) error {
	role, settings, err := c.find()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(c.Out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // by the caller; all else as the service
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	bundle, unit := any(nil), "loa-node"
	if role == "node" {
		bundle = gatherBoard(ctx, settings, time.Now())
	} else {
		unit = "loa-controller"
		config, err := openSettings(settings)
		if err != nil {
			return errors.Join(err, out.Close())
		}
		bundle = gatherSupport(ctx, config, time.Now())
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	if err := errors.Join(enc.Encode(bundle), out.Close()); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	fmt.Printf("%s: không có khóa, mật khẩu hay mã nào; hãy mở xem rồi gửi, kèm journalctl -u %s nếu được hỏi\n%[1]s: no key, password or token is in it; look at it, then send it, with journalctl -u %[2]s if asked\n", c.Out, unit)
	return nil
}

// supportBundle is all that leaves the house. What is not listed here stays:
// nothing is taken over whole.
type supportBundle struct {
	At       time.Time         `json:"at"`
	Version  string            `json:"version"`
	Go       string            `json:"go"`
	Machine  string            `json:"machine"`
	Settings map[string]any    `json:"settings"`
	Store    store.Facts       `json:"store"`
	Faults   []supportFault    `json:"faults"`
	Nodes    []supportNode     `json:"nodes"`
	Audit    string            `json:"audit"`
	Keys     []supportFile     `json:"keys"`
	Sound    map[string]int64  `json:"sound_bytes"`
	Disk     map[string]int64  `json:"disk_bytes"`
	Backups  []backup.File     `json:"backups"`
	Wrong    map[string]string `json:"wrong,omitempty"` // what could not be read
}

type supportFault struct {
	Node  string    `json:"node"`
	Code  string    `json:"code"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
}

type supportNode struct {
	Node  string    `json:"node"`
	State string    `json:"state"`
	Since time.Time `json:"since"`
}

type supportFile struct {
	Name    string    `json:"name"`
	Mode    string    `json:"mode"`
	Bytes   int64     `json:"bytes"`
	Changed time.Time `json:"changed"`
}

const supportFaults = 20 // of each node

// gatherSupport reads what it can; what it cannot is part of the finding.
func gatherSupport(ctx context.Context, config controller.Config, now time.Time) supportBundle {
	b := supportBundle{At: now.UTC(), Version: version, Go: runtime.Version(), Machine: runtime.GOOS + "/" + runtime.GOARCH,
		Settings: plainSettings(config), Sound: map[string]int64{}, Disk: map[string]int64{}, Wrong: map[string]string{}}
	wrong := func(what string, err error) {
		if err != nil {
			b.Wrong[what] = err.Error()
		}
	}
	st, err := store.OpenReadOnly(ctx, config.Data)
	wrong("store", err)
	if err == nil {
		b.Store, err = st.Facts(ctx)
		wrong("counts", err)
		wrong("nodes", b.nodes(ctx, st))
		b.Audit = auditState(ctx, config, st)
		size, free, err := st.Disk()
		b.Disk["size"], b.Disk["free"] = size, free
		wrong("disk", err)
		wrong("store", st.Close())
	}
	wrong("keys", b.keys(config.TrustDir()))
	for _, folder := range store.Media {
		wrong(folder, b.sound(config.Data, folder))
	}
	b.Backups = backup.New(backup.Options{Folder: config.BackupsDir(), Source: backup.Source{Commune: config.Commune}}).State().Files
	return b
}

// plainSettings are the settings without what could be a secret: what is typed
// after a command or an @ is struck out.
func plainSettings(c controller.Config) map[string]any {
	return map[string]any{"data": c.Data, "commune": c.Commune, "http": c.HTTP, "https": c.HTTPS, "https_names": c.HTTPSNames,
		"https_cert": c.HTTPSCert != "", "acme": bare(c.ACME), "mqtt": c.MQTT, "broker": bare(c.Broker), "hosts": c.Hosts, "speech": len(c.Speech) > 0, "voices": len(c.Voices),
		"max_minutes": c.MaxMinutes, "call_silence": c.Silence.String(), "max_nodes": c.MaxNodes, "cert_life": c.CertLife.String(), "crl": c.CRL != "", "clip_rate": c.ClipRate, "backups": c.BackupsDir()}
}

// bare is an address without who signs in there, and without what is asked.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

func (b *supportBundle) nodes(ctx context.Context, st *store.Store) error {
	states, err := st.NodeStates(ctx)
	for _, n := range states {
		b.Nodes = append(b.Nodes, supportNode{n.Node, n.State, n.Since})
		faults, ferr := st.FaultHistory(ctx, n.Node, supportFaults)
		for _, f := range faults {
			b.Faults = append(b.Faults, supportFault{f.Node, f.Code, f.Since, f.Until})
		}
		err = errors.Join(err, ferr)
	}
	return err
}

func auditState(ctx context.Context, config controller.Config, st *store.Store) string {
	keys, err := trust.Look(config.TrustDir(), config.Commune)
	if err != nil {
		return err.Error()
	}
	last, err := verifyAudit(ctx, st, keys)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("whole, %d records", last.Seq)
}

// keys lists the files, not what is in them.
func (b *supportBundle) keys(dir string) (err error) {
	b.Keys, err = filesIn(dir)
	return err
}

// filesIn lists the files of a folder, not what is in them.
func filesIn(dir string) (files []supportFile, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files = append(files, supportFile{strings.TrimPrefix(path, dir+string(os.PathSeparator)), info.Mode().String(), info.Size(), info.ModTime().UTC()})
		}
		return err
	})
	return files, err
}

func (b *supportBundle) sound(data, folder string) error {
	return filepath.WalkDir(filepath.Join(data, folder), func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			b.Sound[folder] += info.Size()
		}
		return err
	})
}
