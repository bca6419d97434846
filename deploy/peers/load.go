package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	listeners = 200
	loadFor   = 12 * time.Second
)

// load compares what the office's machine needs for one voice in Opus to 200
// listeners, encoding included. Snapcast's listeners are as light as can be;
// Loa's are its nodes: only the office counts.
func (b *bench) load(ctx context.Context) error {
	f, err := b.runSwarm(ctx, "--nodes", fmt.Sprint(listeners), "--for", loadFor.String(), "--no-chime")
	if err != nil {
		return err
	}
	cpu, rss, err := b.snapLoad(ctx)
	if err != nil {
		return err
	}
	b.table.add(row{What: fmt.Sprintf("office's CPU, %d Opus listeners, encoding included", listeners), Unit: "% of a core", Loa: f.ControllerCPU, Peer: cpu,
		PeerName: "snapserver", MaxRatio: 1, Note: "Loa: TLS and signatures, and the nodes' status; " + f.trouble()},
		row{What: fmt.Sprintf("office's memory, %d Opus listeners", listeners), Unit: "MB", Loa: f.ControllerRSS, Peer: rss / 1e6, PeerName: "snapserver"},
		row{What: "CPU of a player, no output", Unit: "% of a core", Loa: f.VillageCPU / listeners})
	return nil
}

// snapLoad is Snapcast's server with its listeners.
func (b *bench) snapLoad(ctx context.Context) (cpu, rss float64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := b.folder("load")
	if err != nil {
		return 0, 0, err
	}
	s, err := openSnapcast(ctx, b, dir, "opus")
	if err != nil {
		return 0, 0, err
	}
	defer s.close()
	spoken := make(chan error, 1)
	go func() { _, err := speak(ctx, loadFor+time.Minute, s.listen); spoken <- err }()
	for i := range listeners {
		conn, err := net.Dial("tcp", s.addr())
		if err != nil {
			return 0, 0, err
		}
		defer conn.Close()
		go listenSnapcast(ctx, conn, i)
	}
	if err := pause(ctx, 3*time.Second); err != nil {
		return 0, 0, err
	}
	if cpu, err = s.server.use(ctx, loadFor); err != nil {
		return 0, 0, err
	}
	if rss, err = s.server.rss(); err != nil {
		return 0, 0, err
	}
	cancel()
	<-spoken // its error is that it was told to end
	return cpu, rss, nil
}

// listenSnapcast is a listener by Snapcast's binary protocol: it says hello,
// asks for the time once a second as a client does, and drinks what comes.
func listenSnapcast(ctx context.Context, conn net.Conn, i int) {
	id := fmt.Sprintf("00:00:00:00:%02x:%02x", i>>8, i&255)
	hello, err := json.Marshal(map[string]any{"Arch": "x86_64", "ClientName": "Snapclient", "HostName": id, "ID": id, "Instance": 1,
		"MAC": id, "OS": "Linux", "SnapStreamProtocolVersion": 2, "Version": "0.26.0"})
	if err != nil {
		return
	}
	body := append(binary.LittleEndian.AppendUint32(nil, uint32(len(hello))), hello...)
	if _, err := conn.Write(snapMessage(5, body)); err != nil {
		return
	}
	go func() {
		if pause(ctx, time.Duration(i)*time.Second/listeners) != nil {
			return
		}
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			if _, err := conn.Write(snapMessage(4, make([]byte, 8))); err != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	_, _ = io.Copy(io.Discard, bufio.NewReader(conn)) // until either side closes
}

// snapMessage is a message of Snapcast's protocol: type, ids, two times, size.
func snapMessage(kind uint16, body []byte) []byte {
	head := make([]byte, 26)
	le := binary.LittleEndian
	le.PutUint16(head, kind)
	now := time.Now()
	le.PutUint32(head[6:], uint32(now.Unix()))
	le.PutUint32(head[10:], uint32(now.Nanosecond()/1000))
	le.PutUint32(head[22:], uint32(len(body)))
	return append(head, body...)
}
