package main

import (
	"context"
	"net"
	"time"

	"loa/cmd/process"
)

// launch starts a program under test; what it says goes to a file in dir. It is as
// nice as this process.
func launch(dir, name string, env []string, words ...string) (*process.Process, error) {
	p, err := process.Start(process.Options{Dir: dir, Name: name, Env: env}, words...)
	if err == nil {
		p.KeepNice()
	}
	return p, err
}

// use is a process's CPU in percent of a core over a time.
func use(ctx context.Context, p *process.Process, d time.Duration) (percent float64, err error) {
	before, err := p.CPU()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := process.Pause(ctx, d); err != nil {
		return 0, err
	}
	after, err := p.CPU()
	return 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}

// lookEvery is how often a program under test is looked at.
const lookEvery = 20 * time.Millisecond

// listens reports whether someone accepts connections there.
func listens(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, 200*time.Millisecond)
	return err == nil && conn.Close() == nil
}

// freePort is a TCP port that nobody has now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
