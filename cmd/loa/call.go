package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/coder/websocket"

	"loa/controller/client"
)

type callCmd struct {
	Area       []string      `help:"Area to speak to; may be repeated." placeholder:"ID"`
	Node       []string      `help:"Single node to speak to; may be repeated." placeholder:"ID"`
	Class      string        `help:"live, relay or emergency." default:"live" enum:"live,relay,emergency"`
	Drill      bool          `help:"A drill (diễn tập): of class live, it begins and ends with the words that it is one."`
	Source     string        `help:"What to put on the air: a file, - for stdin, alsa:DEVICE for a microphone, or a stream's URL." required:""`
	Title      string        `help:"How it stands in the log."`
	Author     string        `help:"Who speaks." env:"USER"`
	Chime      bool          `help:"Begin with the chime." default:"true" negatable:""`
	Limit      time.Duration `help:"End by itself after so long." default:"30m"`
	Controller string        `help:"The controller.json or dev.json that the controller wrote." default:"/var/lib/loa/controller.json" type:"path"`
	FFmpeg     string        `help:"The ffmpeg program." default:"ffmpeg"`
}

// Run speaks to the villages from the office PC, with no browser.
func (c *callCmd) Run(ctx context.Context) error {
	api, err := client.Open(c.Controller)
	if err != nil {
		return err
	}
	if c.Drill && c.Class != "live" {
		return errors.New("diễn tập không bao giờ phát như khẩn cấp hay tiếp sóng: hãy bỏ --class; " +
			"a drill is never an emergency nor a relay: leave --class out")
	}
	if c.Class == "relay" {
		return c.relay(ctx, api)
	}
	// The source first: nobody goes on air with a microphone that is not there.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	voice, err := client.Source{Name: c.Source, FFmpeg: c.FFmpeg}.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = voice.Close() }() // ended by us, or long over
	call, err := c.begin(ctx, api)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d cụm loa\n", call.ID, call.Nodes)
	conn, err := api.Microphone(ctx, call)
	if err != nil {
		return errors.Join(err, c.end(api, call.ID))
	}
	defer conn.CloseNow()
	go showMeter(ctx, conn)
	voice.Begin(call.Speak) // what it says while the chime is on air nobody would hear
	err = client.Speak(ctx, conn, voice)
	return errors.Join(err, c.end(api, call.ID))
}

// relay has the controller pass a station on until ctx ends, or the relay does.
func (c *callCmd) relay(ctx context.Context, api *client.Client) error {
	call, err := c.begin(ctx, api)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d cụm loa\n", call.ID, call.Nodes)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return c.end(api, call.ID)
		case <-tick.C:
		}
		var now struct {
			Ended  *time.Time
			Reason string
			Relay  *struct{ VI, EN string }
		}
		switch err := api.Do(ctx, http.MethodGet, "/api/v1/calls/"+call.ID, nil, &now); {
		case ctx.Err() != nil || err != nil: // asked again in a second
		case now.Ended != nil:
			fmt.Fprintf(os.Stderr, "kết thúc: %s\n", now.Reason)
			return nil
		case now.Relay != nil && now.Relay.VI != said:
			said = now.Relay.VI
			fmt.Fprintf(os.Stderr, "%s %s\n", now.Relay.VI, now.Relay.EN)
		}
	}
}

func (c *callCmd) begin(ctx context.Context, api *client.Client) (call client.Started, err error) {
	body := map[string]any{"title": c.Title, "class": c.Class, "author": c.Author, "chime": c.Chime, "limit_s": c.Limit.Seconds(),
		"targets": map[string]any{"areas": c.Area, "nodes": c.Node}}
	if c.Class == "emergency" || c.Drill {
		path := "/api/v1/arm"
		if c.Drill {
			path, body["drill"] = "/api/v1/arm/drill", true
		}
		var arm struct{ Armed string }
		if err := api.Do(ctx, http.MethodPost, path, nil, &arm); err != nil {
			return call, err
		}
		body["armed"] = arm.Armed
	}
	if c.Class == "relay" {
		body["source"] = c.Source
	}
	return call, api.Do(ctx, http.MethodPost, "/api/v1/calls", body, &call)
}

// closingWithin is how long the last words of a drill are waited for.
const closingWithin = 30 * time.Second

// end stops the call, also when the context is over: that is how a person
// ends it. A drill says its last words, for which it waits.
func (c *callCmd) end(api *client.Client, id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), closingWithin)
	defer cancel()
	var now struct{ Closing bool }
	var err error
	if now.Closing, err = api.Stop(ctx, id); err != nil || !now.Closing {
		return err
	}
	fmt.Fprintln(os.Stderr, "\nĐang phát câu kết thúc diễn tập; the closing words are on air")
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for now.Closing {
		select {
		case <-ctx.Done():
			return nil // the controller ends it without us
		case <-tick.C:
		}
		now.Closing = false
		if err := api.Do(ctx, http.MethodGet, "/api/v1/calls/"+id, nil, &now); err != nil {
			return err
		}
	}
	return nil
}

// showMeter prints what the controller says of the call.
func showMeter(ctx context.Context, conn *websocket.Conn) {
	conn.SetReadLimit(1 << 20) // names of a large commune's nodes
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var m struct {
			ElapsedS float64 `json:"elapsed_s"`
			Level    float64
			Heard    int
			Nodes    int
			Warn     bool
			Cut      bool
			Reason   string
		}
		if json.Unmarshal(data, &m) != nil {
			continue
		}
		if m.Reason != "" {
			fmt.Fprintf(os.Stderr, "\nkết thúc: %s\n", m.Reason)
			return
		}
		warn := ""
		switch {
		case m.Cut:
			warn = "  mất liên lạc với các cụm loa, vẫn đang ghi âm; not reaching the loudspeakers, still recording"
		case m.Warn:
			warn = "  không nghe thấy tiếng nói; nobody is heard"
		}
		fmt.Fprintf(os.Stderr, "\r%5.0f s  %4.0f dB  đã nghe %d/%d%s ", m.ElapsedS, m.Level, m.Heard, m.Nodes, warn)
	}
}
