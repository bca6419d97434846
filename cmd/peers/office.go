package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/coder/websocket"

	"loa/cmd/process"
	"loa/controller/client"
)

// office is one of Loa's controllers, in a process of its own.
type office struct {
	loa   string
	dir   string
	place place
	proc  *process.Process
	nodes []*process.Process
	info  client.Info
	api   *client.Client
}

// openOffice starts a controller. more are further settings, a line each.
func openOffice(ctx context.Context, b *bench, dir string, more ...string) (*office, error) {
	o := &office{loa: b.loa, dir: dir, place: b.place}
	settings := fmt.Sprintf("data: %s\nhttp: 127.0.0.1:0\nmqtt: %s:0\nhosts: [%s]\n", filepath.Join(dir, "office"), b.place.host, b.place.host)
	for _, line := range more {
		settings += line + "\n"
	}
	if err := os.WriteFile(o.settings(), []byte(settings), 0o600); err != nil {
		return nil, err
	}
	var err error
	if o.proc, err = launch(dir, "controller", nil, o.loa, "--log-level=warn", "controller", "--config", o.settings()); err != nil {
		return nil, err
	}
	err = process.Poll(ctx, lookEvery, 10*time.Second, "the controller is ready", func() (ok bool) {
		o.info, err = client.Find(filepath.Join(dir, "office", client.InfoFile))
		return err == nil
	})
	if err != nil {
		defer o.close()
		return nil, fmt.Errorf("%w: %s", err, o.proc.Said())
	}
	o.api = &client.Client{Base: o.info.URL, Token: o.info.Token}
	return o, o.api.Do(ctx, http.MethodPut, "/api/v1/areas/la-da", map[string]any{"name": "Xã La Dạ", "kind": "commune"}, nil)
}

func (o *office) settings() string { return filepath.Join(o.dir, "controller.yaml") }

// close ends controller and nodes.
func (o *office) close() {
	for _, p := range append(slices.Clone(o.nodes), o.proc) {
		p.Stop()
	}
}

// board provisions a node of a horn and switches it on.
func (o *office) board(ctx context.Context, h *horn, program string, env ...string) error {
	on, err := o.provision(ctx, h, program, env...)
	if err == nil {
		err = on()
	}
	return err
}

// provision makes the node of a horn known; on switches it on, with its card.
func (o *office) provision(ctx context.Context, h *horn, program string, env ...string) (on func() error, err error) {
	card, err := h.card(ctx, o.dir)
	if err != nil {
		return nil, err
	}
	body := map[string]any{"name": h.name, "area": "la-da", "volume": 100}
	if err := o.api.Do(ctx, http.MethodPut, "/api/v1/nodes/"+h.name, body, nil); err != nil {
		return nil, err
	}
	dir := filepath.Join(o.dir, "node-"+h.name)
	out, err := exec.CommandContext(ctx, o.loa, "provision", "--config", o.settings(), "--node", h.name, "--broker", o.info.MQTT, "--out",
		dir).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("provision %s: %w: %s", h.name, err, out)
	}
	words := append(slices.Clone(o.place.village), program, "--log-level=warn", "node", "--config", filepath.Join(dir, "node.yaml"))
	return func() error {
		p, err := launch(o.dir, h.name, append(env, card.Env()...), words...)
		if err == nil {
			o.nodes = append(o.nodes, p)
		}
		return err
	}, nil
}

// awaitGood waits until all nodes are well.
func (o *office) awaitGood(ctx context.Context) error {
	err := process.Poll(ctx, lookEvery, time.Minute, "every node is well", func() bool {
		var l struct{ Items []struct{ State string } }
		if o.api.Do(ctx, http.MethodGet, "/api/v1/nodes", nil, &l) != nil {
			return false
		}
		good := 0
		for _, n := range l.Items {
			if n.State == "good" {
				good++
			}
		}
		return good == len(o.nodes)
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, o.nodes[0].Said())
	}
	return nil
}

// microphone is a call on air.
type microphone struct {
	office *office
	id     string
	conn   *websocket.Conn
}

// call puts a voice on the air.
func (o *office) call(ctx context.Context, limit time.Duration) (*microphone, error) {
	var call client.Started
	err := o.api.Do(ctx, http.MethodPost, "/api/v1/calls", map[string]any{"title": "peers", "class": "live", "chime": false,
		"limit_s": limit.Seconds(), "targets": map[string]any{"areas": []string{"la-da"}}}, &call)
	if err != nil {
		return nil, err
	}
	conn, err := o.api.Microphone(ctx, call)
	if err != nil {
		return nil, err
	}
	go func() { // the meter must be read for the link to live
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	}()
	m := &microphone{o, call.ID, conn}
	return m, conn.Write(ctx, websocket.MessageText, []byte(`{"codec":"pcm_s16le"}`))
}

// listen is a listener of speak.
func (m *microphone) listen(ctx context.Context) func([]int16) error {
	return func(pcm []int16) error { return m.conn.Write(ctx, websocket.MessageBinary, bytesOf(pcm, 1)) }
}

func (m *microphone) end(ctx context.Context) error {
	defer m.conn.CloseNow()
	_, err := m.office.api.Stop(ctx, m.id)
	return err
}
