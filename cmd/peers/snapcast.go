package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"loa/cmd/process"
)

// snapcast is a Snapcast server and its clients.
type snapcast struct {
	dir     string
	place   place
	port    int
	server  *process.Process
	clients []*process.Process
	source  *os.File
}

// openSnapcast starts a server with its defaults but for the ports and the
// codec: a chunk of 20 ms, a buffer of 1000 ms.
func openSnapcast(ctx context.Context, b *bench, dir, codec string) (*snapcast, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &snapcast{dir: dir, place: b.place, port: port}
	fifo := filepath.Join(dir, "source")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		return nil, err
	}
	if s.source, err = os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0); err != nil {
		return nil, err
	}
	settings := fmt.Sprintf(`[server]
datadir = %s
[http]
enabled = false
[tcp]
enabled = false
[stream]
source = pipe://%s?name=default&mode=read
sampleformat = 48000:16:2
codec = %s
chunk_ms = 20
buffer = 1000
bind_to_address = %s
port = %d
[logging]
sink = null
`, dir, fifo, codec, b.place.host, port)
	if err := os.WriteFile(s.settings(), []byte(settings), 0o600); err != nil {
		return nil, err
	}
	return s, s.start(ctx)
}

func (s *snapcast) settings() string { return filepath.Join(s.dir, "snapserver.conf") }
func (s *snapcast) addr() string     { return fmt.Sprintf("%s:%d", s.place.host, s.port) }

// start starts the server and waits until it listens.
func (s *snapcast) start(ctx context.Context) (err error) {
	if s.server, err = launch(s.dir, "snapserver", nil, "snapserver", "-c", s.settings()); err != nil {
		return err
	}
	return process.Poll(ctx, lookEvery, 5*time.Second, "snapserver listens", func() bool { return listens(s.addr()) })
}

// client starts a player into a horn. Its CLOCK_MONOTONIC, and with it the
// sample clock of its file player, runs as the horn's crystal does.
func (s *snapcast) client(ctx context.Context, h *horn) error {
	fifo, err := h.fifo(ctx, s.dir)
	if err != nil {
		return err
	}
	var env []string
	if h.ppm != 0 {
		lib, err := faketime()
		if err != nil {
			return err
		}
		env = []string{"LD_PRELOAD=" + lib, "FAKETIME_NO_CACHE=1", fmt.Sprintf("FAKETIME=+0 x%.6f", 1+h.ppm*1e-6)}
	}
	return s.play(fifo, h.name, env...)
}

// play starts a player into a file, with more of an environment.
func (s *snapcast) play(file, name string, env ...string) error {
	words := append(slices.Clone(s.place.village), "snapclient", "-h", s.place.host, "-p", fmt.Sprint(s.port),
		"-i", fmt.Sprint(len(s.clients)+1), "--hostID", name, "--player", "file:filename="+file, "--logsink", "null")
	p, err := launch(s.dir, name, env, words...)
	if err == nil {
		s.clients = append(s.clients, p)
	}
	return err
}

// faketime is where Debian has the library.
func faketime() (string, error) {
	found, err := filepath.Glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
	if err == nil && len(found) == 0 {
		err = errors.New("libfaketime is not installed")
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// listen is a listener of speak.
func (s *snapcast) listen(pcm []int16) error {
	_, err := s.source.Write(bytesOf(pcm, 2))
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil // nobody reads: the server is down, and this is lost
	}
	return err
}

func (s *snapcast) close() {
	for _, p := range append(slices.Clone(s.clients), s.server) {
		p.Stop()
	}
	_ = s.source.Close() // nothing is lost with it
}
