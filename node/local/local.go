// Package local is how a program on the same board, run by the same user or by
// root, asks the running node how it is: a Unix socket in the node's data
// folder, for the store there is the running node's alone. One word goes in, lines of
// JSON come out. Nothing of what is played can be changed by it.
package local

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	socket  = "node.sock"
	most    = 4                // clients that are answered at the same time
	patient = 10 * time.Second // with a caller that does not read
	maxWord = 64
	maxLine = 1 << 20
)

// Answer sends one value after another, until it is done, ctx ends, or send fails.
type Answer func(ctx context.Context, send func(v any) error) error

// ErrNobody says that no node runs on a data folder.
var ErrNobody = errors.New("no node is running there")

// Serve answers in dir until ctx ends. The holder of the store in dir is the only
// one: a socket that is there was left by one that was killed.
func Serve(ctx context.Context, dir string, answers map[string]Answer) error {
	path, done, err := short(dir)
	if err != nil {
		return err
	}
	defer done()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("local socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("local socket: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("local socket: %w", err), l.Close())
	}
	var g sync.WaitGroup
	defer g.Wait()
	turns := make(chan struct{}, most)
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("local socket: %w", err)
		}
		select {
		case turns <- struct{}{}:
			g.Go(func() { answer(ctx, conn, answers); <-turns })
		default:
			_ = conn.Close() // enough are asking
		}
	}
}

// answer serves one caller; trouble with it is its own.
func answer(ctx context.Context, conn net.Conn, answers map[string]Answer) {
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	_ = conn.SetReadDeadline(time.Now().Add(patient))
	r := bufio.NewReader(io.LimitReader(conn, maxWord))
	word, err := r.ReadString('\n')
	f := answers[strings.TrimSpace(word)]
	if err != nil || f == nil {
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	go func() { // when he goes away, so does the answer
		_, _ = io.Copy(io.Discard, conn)
		cancel()
	}()
	enc := json.NewEncoder(conn)
	_ = f(ctx, func(v any) error {
		_ = conn.SetWriteDeadline(time.Now().Add(patient))
		return enc.Encode(v)
	})
}

// Ask asks the node that runs on dir and hands each line of its answer to each,
// until there is no more. [ErrNobody] says that none runs.
func Ask(ctx context.Context, dir, word string, each func(line []byte) error) error {
	path, done, err := short(dir)
	if err != nil {
		return ErrNobody
	}
	defer done()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNobody
	}
	if err != nil {
		return fmt.Errorf("ask the node: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, word+"\n"); err != nil {
		return fmt.Errorf("ask the node: %w", err)
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if err := each(lines.Bytes()); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return lines.Err()
}

// short is a path of the socket that fits into the 108 bytes of sun_path
// (unix(7)), however long that of the folder is.
func short(dir string) (path string, done func(), err error) {
	path = filepath.Join(dir, socket)
	if len(path) < 100 {
		return path, func() {}, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, fmt.Errorf("local socket: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", f.Fd(), socket), func() { _ = f.Close() }, nil
}
