package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each line of the journal's bears its priority, one line a message, and the
// journal's time only.
func TestJournal(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newJournal(&out, slog.LevelDebug)).With("node", "loa-1")
	log.Error("no power", "err", errors.New("two\nlines"))
	log.Warn("slow")
	log.Info("up")
	log.WithGroup("g").Debug("look", "time", "a person's own")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, []string{
		`<3>level=ERROR msg="no power" node=loa-1 err="two\nlines"`,
		`<4>level=WARN msg=slow node=loa-1`,
		`<6>level=INFO msg=up node=loa-1`,
		`<7>level=DEBUG msg=look node=loa-1 g.time="a person's own"`,
	}, lines)
}

// The program knows the journal by its stream (systemd.exec(5)), and nothing
// else for it.
func TestJournalIsKnown(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "node.yaml")
	_, config := enrolled(t)
	config.Key = config.CA // a node that warns, and ends
	require.NoError(t, writeYAML(bad, config))
	p := start(t, "plain", []string{"JOURNAL_STREAM=1:2"}, "node", "run", "--config", bad)
	<-p.done
	require.NotContains(t, p.said(), "<")

	path := filepath.Join(t.TempDir(), "journal.log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	stat := info.Sys().(*syscall.Stat_t)
	bin, err := loaBinary()
	require.NoError(t, err)
	settings, good := enrolled(t)
	require.NoError(t, writeYAML(settings, good))
	q := launch(t, "/bin/sh", "journal", []string{fmt.Sprintf("JOURNAL_STREAM=%d:%d", stat.Dev, stat.Ino)},
		"-c", "exec "+bin+" node run --config "+settings+" 2>"+path)
	await(t, "it says that nobody is reached", 10e9, func() bool {
		text, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(text), "<4>level=WARN msg=\"link down; trying on\"")
	})
	q.stop()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(text), "time=")
}
