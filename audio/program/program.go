package program

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Run runs a program to its end, its output to stdout. It is killed with ctx.
func Run(ctx context.Context, stdin io.Reader, stdout io.Writer, name string, args ...string) (*Notes, error) {
	notes := &Notes{}
	return notes, RunTo(ctx, stdin, stdout, notes, name, args...)
}

// RunTo is Run with what the program says on stderr going to a writer of the caller.
func RunTo(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.WaitDelay = 2 * time.Second // for a child that keeps the pipes open
	ownGroup(cmd)
	err := cmd.Start()
	if err == nil {
		giveWay(ctx, cmd)
		err = cmd.Wait()
	}
	fmt.Fprintln(stderr) // ends a last line that the program did not end
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}

// Notes keeps the first few distinct lines a program says on stderr.
type Notes struct {
	mu    sync.Mutex
	line  []byte
	lines []string
}

const (
	maxNotes    = 12
	maxNoteLine = 300 // bytes
)

func (n *Notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, b := range p {
		if b == '\n' || b == '\r' {
			n.end()
		} else if len(n.line) < maxNoteLine {
			n.line = append(n.line, b)
		}
	}
	return len(p), nil
}

// fileURL is how ffmpeg names its input in what it says: our path is nobody's
// business.
var fileURL = regexp.MustCompile(`file:/[^ ]*: `)

// end keeps the finished line, without ffmpeg's "[wav @ 0x5590379e61c0] ".
func (n *Notes) end() {
	s := strings.TrimSpace(strings.ToValidUTF8(string(n.line), "?"))
	n.line = n.line[:0]
	if i := strings.Index(s, "] "); i > 0 && strings.HasPrefix(s, "[") {
		s = s[i+2:]
	}
	s = fileURL.ReplaceAllString(s, "")
	if slices.Contains(n.lines, s) {
		return
	}
	// The mark of a cut file may come after many others: keep room for it.
	if s != "" && (len(n.lines) < maxNotes || strings.Contains(s, "File ended prematurely")) {
		n.lines = append(n.lines, s)
	}
}

// Has tells whether the program said some words.
func (n *Notes) Has(words string) bool {
	return strings.Contains(n.String(), words)
}

// String is the lines, joined.
func (n *Notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.lines, "; ")
}

// Buffer keeps the first megabyte.
type Buffer struct{ Data []byte }

func (b *Buffer) Write(p []byte) (int, error) {
	b.Data = append(b.Data, p[:min(len(p), 1<<20-len(b.Data))]...)
	return len(p), nil
}
