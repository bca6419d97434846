package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/coder/websocket"
)

type callCmd struct {
	Area       []string      `help:"Area to speak to; may be repeated." placeholder:"ID"`
	Node       []string      `help:"Single node to speak to; may be repeated." placeholder:"ID"`
	Class      string        `help:"live or emergency." default:"live" enum:"live,emergency"`
	Source     string        `help:"What to put on the air: a file, - for stdin, alsa:DEVICE for a microphone, or a stream's URL." required:""`
	Title      string        `help:"How it stands in the log."`
	Author     string        `help:"Who speaks." env:"USER"`
	Chime      bool          `help:"Begin with the chime." default:"true" negatable:""`
	Limit      time.Duration `help:"End by itself after so long." default:"30m"`
	Controller string        `help:"The controller.json or dev.json that the controller wrote." default:"/var/lib/loa/controller.json" type:"path"`
	FFmpeg     string        `help:"The ffmpeg program." default:"ffmpeg"`
}

// frameBytes is 20 ms of 48 kHz mono 16-bit PCM.
const frameBytes = 1920

// Run speaks to the villages from the office PC, with no browser.
func (c *callCmd) Run(ctx context.Context) error {
	api, err := c.api()
	if err != nil {
		return err
	}
	// The source first: nobody goes on air with a microphone that is not there.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	source, stop, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	first := make([]byte, frameBytes)
	if _, err := io.ReadFull(source, first); err != nil {
		return fmt.Errorf("không có tiếng từ nguồn %s, chưa phát gì; no sound from %s, nothing was aired: %w", c.Source, c.Source, errors.Join(err, stop()))
	}
	call, err := c.begin(ctx, api)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d cụm loa\n", call.ID, call.Nodes)
	conn, _, err := websocket.Dial(ctx, api.base+call.Voice, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + api.token}}})
	if err != nil {
		return errors.Join(fmt.Errorf("open the microphone's link: %w", err), c.end(api, call.ID))
	}
	defer conn.CloseNow()
	go showMeter(ctx, conn)
	err = speak(ctx, conn, io.MultiReader(strings.NewReader(string(first)), source))
	return errors.Join(err, c.end(api, call.ID))
}

func (c *callCmd) api() (*apiClient, error) {
	data, err := os.ReadFile(c.Controller)
	if err != nil {
		return nil, fmt.Errorf("find the controller: %w", err)
	}
	var info controllerInfo
	if err := json.Unmarshal(data, &info); err != nil {
		return nil, fmt.Errorf("find the controller in %s: %w", c.Controller, err)
	}
	return &apiClient{base: info.URL, token: info.Token}, nil
}

type callStarted struct {
	ID    string `json:"id"`
	Voice string `json:"voice"`
	Nodes int    `json:"nodes"`
}

func (c *callCmd) begin(ctx context.Context, api *apiClient) (call callStarted, err error) {
	body := map[string]any{"title": c.Title, "class": c.Class, "author": c.Author, "chime": c.Chime, "limit_s": c.Limit.Seconds(),
		"targets": map[string]any{"areas": c.Area, "nodes": c.Node}}
	if c.Class == "emergency" {
		var arm struct{ Armed string }
		if err := api.do(ctx, http.MethodPost, "/api/v1/arm", nil, &arm); err != nil {
			return call, err
		}
		body["armed"] = arm.Armed
	}
	return call, api.do(ctx, http.MethodPost, "/api/v1/calls", body, &call)
}

// end stops the call, also when the context is over: that is how a person
// ends it.
func (c *callCmd) end(api *apiClient, id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return api.do(ctx, http.MethodPost, "/api/v1/calls/"+id+"/stop", nil, nil)
}

// open makes 48 kHz mono PCM of the source, in real time.
func (c *callCmd) open(ctx context.Context) (io.Reader, func() error, error) {
	args := []string{"-v", "error", "-nostdin"}
	switch device, isALSA := strings.CutPrefix(c.Source, "alsa:"); {
	case isALSA:
		args = append(args, "-f", "alsa", "-i", device)
	case c.Source == "-":
		args = append(args[:2], "-i", "pipe:0")
	default:
		args = append(args, "-re", "-i", c.Source)
	}
	args = append(args, "-f", "s16le", "-ac", "1", "-ar", "48000", "pipe:1")
	cmd := exec.CommandContext(ctx, c.FFmpeg, args...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the source: %w", err)
	}
	return out, func() error { _ = cmd.Process.Kill(); return cmd.Wait() }, nil
}

// speak sends the source frame by frame until it or ctx ends.
func speak(ctx context.Context, conn *websocket.Conn, source io.Reader) error {
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"codec":"pcm_s16le"}`)); err != nil {
		return fmt.Errorf("speak: %w", err)
	}
	frame := make([]byte, frameBytes)
	for {
		_, err := io.ReadFull(source, frame)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the source: %w", err)
		}
		if err := conn.Write(ctx, websocket.MessageBinary, frame); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("the link of the microphone broke: %w", err)
		}
	}
}

// showMeter prints what the controller says of the call.
func showMeter(ctx context.Context, conn *websocket.Conn) {
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
		if m.Warn {
			warn = "  không nghe thấy tiếng nói"
		}
		fmt.Fprintf(os.Stderr, "\r%5.0f s  %4.0f dB  đã nghe %d/%d%s ", m.ElapsedS, m.Level, m.Heard, m.Nodes, warn)
	}
}
