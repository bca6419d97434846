package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"loa/controller"
	"loa/controller/store"
	"loa/node/update"
	"loa/node/wire"
)

type updateCmd struct {
	Add   updateAddCmd   `cmd:"" help:"Take in a version of the program: its files, one for each kind of board, from make cross."`
	List  updateListCmd  `cmd:"" help:"Print the versions that are here, and what each node runs and is to run."`
	Start updateStartCmd `cmd:"" help:"Have nodes run a version: first one village, then the others. Each goes back by itself if it is not well with it."`
}

// updateStore is where the versions are: beside a controller that may be
// running and takes up within seconds what is done here. What runs on the
// boards is decided at the office's machine alone.
type updateStore struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
}

func (u updateStore) open(ctx context.Context) (controller.Config, *store.Store, error) {
	config, err := openSettings(u.Config)
	if err != nil {
		return config, nil, err
	}
	st, err := store.OpenBeside(ctx, config.Data)
	return config, st, err
}

type updateAddCmd struct {
	updateStore
	Version string   `arg:"" help:"What this version is called, as loa version prints it."`
	Files   []string `arg:"" help:"The program, for one kind of board each." type:"existingfile"`
}

// Run takes the files in.
func (c *updateAddCmd) Run(ctx context.Context) (err error) {
	programs := make([][]byte, len(c.Files))
	for i, path := range c.Files { // read before becoming someone who may not
		if programs[i], err = os.ReadFile(path); err != nil {
			return fmt.Errorf("read the program: %w", err)
		}
	}
	config, st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	for i, program := range programs {
		w, err := takeIn(ctx, st, c.Version, program)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Files[i], err)
		}
		fmt.Printf("%s\t%s\t%d kB\n", w.Version, w.Arch, w.Bytes>>10)
	}
	return noteConsole(ctx, config, st, "software.add", c.Version, "")
}

// takeIn puts a program into the store, gzipped: a board's link is slow.
func takeIn(ctx context.Context, st *store.Store, version string, program []byte) (w store.Software, err error) {
	arch, err := update.Arch(bytes.NewReader(program))
	if err != nil {
		return w, err
	}
	f, err := os.CreateTemp(st.TempDir(), "software-*")
	if err != nil {
		return w, fmt.Errorf("take in the program: %w", err)
	}
	h := sha256.New()
	zw, err := gzip.NewWriterLevel(io.MultiWriter(f, h), gzip.BestCompression)
	if err == nil {
		_, err = zw.Write(program)
		err = errors.Join(err, zw.Close())
	}
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close()); err != nil {
		return w, errors.Join(fmt.Errorf("take in the program: %w", err), os.Remove(f.Name()))
	}
	w = store.Software{Version: version, Arch: arch, SHA: hex.EncodeToString(h.Sum(nil)), Bytes: info.Size(), Added: time.Now()}
	if w.Bytes > wire.MaxClip {
		return w, errors.Join(fmt.Errorf("the program is over %d MB", wire.MaxClip>>20), os.Remove(f.Name()))
	}
	if err := st.Install(f.Name(), st.SoftwarePath(w.SHA)); err != nil {
		return w, err
	}
	return w, st.AddSoftware(ctx, w)
}

type updateListCmd struct{ updateStore }

// Run prints versions and nodes.
func (c *updateListCmd) Run(ctx context.Context) (err error) {
	_, st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	all, err := st.Software(ctx)
	if err != nil {
		return err
	}
	for _, w := range all {
		fmt.Printf("%s\t%s\t%s\t%d kB\n", w.Version, w.Arch, w.Added.Local().Format("15:04 02/01/2006"), w.Bytes>>10)
	}
	nodes, err := standing(ctx, st)
	for _, n := range nodes {
		fmt.Printf("%s\tchạy/runs %s\tcần/wanted %s\t%s\n", n.id, n.runs, n.wanted, n.state)
	}
	return err
}

// standingNode is one node and its program.
type standingNode struct{ id, area, runs, wanted, state string }

// standing tells what each node runs by its own last word, and is to run.
func standing(ctx context.Context, st *store.Store) ([]standingNode, error) {
	nodes, err1 := st.Nodes(ctx)
	states, err2 := st.NodeStates(ctx)
	wanted, err3 := st.WantedSoftware(ctx)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	out := make([]standingNode, len(nodes))
	for i, n := range nodes {
		out[i] = standingNode{id: n.ID, area: n.Area, runs: "?", wanted: "-"}
		var said wire.Status
		if j := slices.IndexFunc(states, func(s store.NodeState) bool { return s.Node == n.ID }); j >= 0 &&
			wire.Take(states[j].Status, &said) == nil {
			out[i].runs = said.Version
		}
		if j := slices.IndexFunc(wanted, func(w store.NodeSoftware) bool { return w.Node == n.ID }); j >= 0 {
			out[i].wanted = cmp.Or(wanted[j].Version, packaged)
			if s := said.Software; s != nil && strings.HasSuffix(s.Key, fmt.Sprintf("/%d", wanted[j].Attempt)) {
				out[i].state = s.State
			}
		}
	}
	return out, nil
}

const packaged = "packaged"

type updateStartCmd struct {
	updateStore
	Version string   `arg:"" help:"The version, or packaged for the one that the board's package brought."`
	Node    []string `help:"For these nodes."`
	Area    string   `help:"For the nodes of this village."`
	All     bool     `help:"For all nodes; only once a node has kept the version."`
}

// Run notes what the nodes are to run.
func (c *updateStartCmd) Run(ctx context.Context) (err error) {
	config, st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	nodes, err := c.nodes(ctx, st)
	if err != nil {
		return err
	}
	version := c.Version
	if version == packaged {
		version = ""
	}
	if err := st.WantSoftware(ctx, version, nodes, time.Now()); err != nil {
		return err
	}
	fmt.Println(strings.Join(nodes, "\n"))
	return noteConsole(ctx, config, st, "software.start", c.Version, strings.Join(nodes, " "))
}

var (
	errWho      = errors.New("cho cụm loa nào: --node, --area hoặc --all; for which nodes: --node, --area or --all")
	errNoneKept = errors.New("chưa cụm loa nào chạy tốt với phiên bản này: hãy thử ở một thôn trước, bằng --area; " +
		"no node has kept this version yet: try it in one village first, by --area")
	errUnknown = errors.New("chưa có phiên bản này: loa update add; this version is not here yet: loa update add")
	errNobody  = errors.New("không có cụm loa nào như vậy; there is no such node")
)

// nodes are those meant; a version goes to one village first.
func (c *updateStartCmd) nodes(ctx context.Context, st *store.Store) ([]string, error) {
	all, err := st.Software(ctx)
	if err != nil {
		return nil, err
	}
	if c.Version != packaged && !slices.ContainsFunc(all, func(w store.Software) bool { return w.Version == c.Version }) {
		return nil, errUnknown
	}
	known, err := standing(ctx, st)
	if err != nil {
		return nil, err
	}
	var nodes []string
	meant := 0
	villages := map[string]bool{}
	proven := c.Version == packaged
	for _, n := range known {
		proven = proven || n.wanted == c.Version && n.state == wire.SoftwareKept
		if c.All || c.Area != "" && n.area == c.Area || slices.Contains(c.Node, n.id) {
			meant++
			villages[n.area] = true
			if n.wanted != c.Version || n.state == wire.SoftwareFailed || n.state == "" { // else it is on its way, or there
				nodes = append(nodes, n.id)
			}
		}
	}
	switch {
	case !c.All && c.Area == "" && len(c.Node) == 0:
		return nil, errWho
	case meant == 0 || meant < len(c.Node):
		return nil, errNobody
	case (c.All || len(villages) > 1) && !proven:
		return nil, errNoneKept
	}
	return nodes, nil
}
