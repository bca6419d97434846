package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/coreos/go-systemd/v22/journal"
)

// newLogger writes to stderr: to the journal in its own way, where
// "journalctl -p err" then works.
func newLogger(level slog.Level) *slog.Logger {
	if is, err := journal.StderrIsJournalStream(); err == nil && is {
		return slog.New(newJournal(os.Stderr, level))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// journalHandler puts each line's priority in front of it (sd-daemon(3)) and
// leaves out its time, which the journal has.
type journalHandler struct {
	slog.Handler
	out *marked
}

// marked is where the lines go, each behind the mark of its priority.
type marked struct {
	io.Writer
	mu   sync.Mutex
	mark string
}

func (m *marked) Write(line []byte) (int, error) {
	_, err := m.Writer.Write(append([]byte(m.mark), line...)) // at once: others write there too
	return len(line), err
}

func newJournal(w io.Writer, level slog.Level) slog.Handler {
	out := &marked{Writer: w}
	timeless := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	return journalHandler{slog.NewTextHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: timeless}), out}
}

// Handle writes one line.
func (h journalHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.mark = fmt.Sprintf("<%d>", priority(r.Level))
	return h.Handler.Handle(ctx, r)
}

// WithAttrs is as slog has it.
func (h journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return journalHandler{h.Handler.WithAttrs(attrs), h.out}
}

// WithGroup is as slog has it.
func (h journalHandler) WithGroup(name string) slog.Handler {
	return journalHandler{h.Handler.WithGroup(name), h.out}
}

func priority(l slog.Level) journal.Priority {
	switch {
	case l >= slog.LevelError:
		return journal.PriErr
	case l >= slog.LevelWarn:
		return journal.PriWarning
	case l >= slog.LevelInfo:
		return journal.PriInfo
	}
	return journal.PriDebug
}
