package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"time"

	"loa/controller"
	"loa/controller/backup"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
	"loa/node/wire/checkup"
)

// Bundle is all that leaves the office for those who look for a fault. What is not listed here stays:
// nothing is taken over whole.
type Bundle struct {
	At       time.Time         `json:"at"`
	Version  string            `json:"version"`
	Go       string            `json:"go"`
	Machine  string            `json:"machine"`
	Settings map[string]any    `json:"settings"`
	Store    store.Facts       `json:"store"`
	Faults   []Fault           `json:"faults"`
	Nodes    []Node            `json:"nodes"`
	Audit    string            `json:"audit"`
	Keys     []checkup.File    `json:"keys"`
	Sound    map[string]int64  `json:"sound_bytes"`
	Disk     map[string]int64  `json:"disk_bytes"`
	Backups  []backup.File     `json:"backups"`
	Wrong    map[string]string `json:"wrong,omitempty"` // what could not be read
}

// Fault is one of a node's, open or over.
type Fault struct {
	Node  string    `json:"node"`
	Code  string    `json:"code"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
}

// Node is how a node was when it was last heard of.
type Node struct {
	Node  string    `json:"node"`
	State string    `json:"state"`
	Since time.Time `json:"since"`
}

const faultsEach = 20 // of each node

// Gather reads what it can; what it cannot is part of the finding.
func Gather(ctx context.Context, config controller.Config, version string, now time.Time) Bundle {
	b := Bundle{At: now.UTC(), Version: version, Go: runtime.Version(), Machine: runtime.GOOS + "/" + runtime.GOARCH,
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
		"https_cert": c.HTTPSCert != "", "acme": bare(c.ACME), "mqtt": c.MQTT, "broker": bare(c.Broker), "hosts": c.Hosts,
		"speech": len(c.Speech) > 0, "voices": len(c.Voices),
		"max_minutes": c.MaxMinutes, "call_silence": c.Silence.String(), "max_nodes": c.MaxNodes, "cert_life": c.CertLife.String(),
		"crl": c.CRL != "", "clip_rate": c.ClipRate, "backups": c.BackupsDir()}
}

// bare is an address without the user of it and without its query.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

func (b *Bundle) nodes(ctx context.Context, st *store.Store) error {
	states, err := st.NodeStates(ctx)
	for _, n := range states {
		b.Nodes = append(b.Nodes, Node{n.Node, n.State, n.Since})
		faults, ferr := st.FaultHistory(ctx, n.Node, faultsEach)
		for _, f := range faults {
			b.Faults = append(b.Faults, Fault{f.Node, f.Code, f.Since, f.Until})
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
	last, err := signing.VerifyAudit(ctx, st, keys.Keys)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("whole, %d records", last.Seq)
}

// keys lists the files, not what is in them.
func (b *Bundle) keys(dir string) (err error) {
	b.Keys, err = checkup.Files(dir)
	return err
}

func (b *Bundle) sound(data, folder string) error {
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
