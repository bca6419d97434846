package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"loa/controller/client"
	"loa/node"
	"loa/node/local"
	"loa/node/wire/tap"
)

type tapCmd struct {
	where
	Node string `help:"Only what this node says and is told." placeholder:"ID"`
	Kind string `help:"Only this kind: status, plan, time, ack, call, stop, frames, report …" placeholder:"KIND"`
	JSON bool   `help:"One JSON object a line."`
}

// Run prints what passes until ctx ends, or what shows it does.
func (c *tapCmd) Run(ctx context.Context) error {
	role, settings, err := c.find()
	if err != nil {
		return err
	}
	if role == "node" {
		err = c.board(ctx, settings)
	} else {
		err = c.office(ctx, settings)
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (c *tapCmd) board(ctx context.Context, settings string) error {
	var config node.Config
	if err := errors.Join(readYAML(settings, &config), becomeOwner(config.Data)); err != nil {
		return err
	}
	err := local.Ask(ctx, config.Data, "tap", c.show)
	if errors.Is(err, local.ErrNobody) {
		return fmt.Errorf("cụm loa không chạy: systemctl start loa-node; no node is running: %w", err)
	}
	return err
}

// office reads the controller's stream.
func (c *tapCmd) office(ctx context.Context, settings string) error {
	config, err := openSettings(settings)
	if err != nil {
		return err
	}
	api, err := client.Open(filepath.Join(config.Data, client.InfoFile))
	if err != nil {
		return err
	}
	query := url.Values{"node": {c.Node}, "kind": {c.Kind}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, api.Base+"/api/v1/tap?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+api.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("máy chủ không trả lời; the controller does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, maxEnrolled)) // what there is of it
		var p struct{ VI, EN string }
		_ = json.Unmarshal(text, &p)
		return fmt.Errorf("%s %s (%s)", p.VI, p.EN, res.Status)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := c.show(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// show prints one message.
func (c *tapCmd) show(line []byte) error {
	var s tap.Seen
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("read the wire: %w", err)
	}
	if c.Kind != "" && s.Kind != c.Kind || c.Node != "" && !strings.Contains(s.Topic, "/"+c.Node+"/") {
		return nil
	}
	if c.JSON {
		_, err := fmt.Println(string(line))
		return err
	}
	_, err := fmt.Println(tapLine(s))
	return err
}

// tapLine is a message in a line: when, where, how long, by whom, what.
func tapLine(s tap.Seen) string {
	var b strings.Builder
	if s.Missed > 0 {
		fmt.Fprintf(&b, "… %d bản tin quá nhanh, không hiện; messages too fast to show\n", s.Missed)
	}
	fmt.Fprintf(&b, "%s %-5s %s %d B", s.At.Local().Format("15:04:05.000"), way(s.Topic), s.Topic, s.Bytes)
	if s.Retained {
		b.WriteString(" retained")
	}
	switch s.Signature {
	case tap.Good:
		fmt.Fprintf(&b, " [✓ %.8s seq %d", s.Key, s.Seq)
	case tap.Refused:
		fmt.Fprintf(&b, " [✗ CHỮ KÝ SAI/NOT BELIEVED %.8s seq %d", s.Key, s.Seq)
	default:
		b.WriteString(" [không ký/unsigned")
	}
	if !s.Expires.IsZero() {
		b.WriteString(" → " + s.Expires.Local().Format("15:04:05"))
	}
	b.WriteString("] ")
	b.Write(s.Body)
	if s.Wrong != "" {
		b.WriteString(" ✗ " + s.Wrong)
	}
	return b.String()
}

// way is an arrow to the office or from it.
func way(topic string) string {
	if strings.Contains(topic, "/up/") {
		return "loa→"
	}
	return "→loa"
}
