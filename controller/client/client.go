package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

// InfoFile is the file in a controller's data folder that says where it is: an
// [Info].
const InfoFile = "controller.json"

// longest is how many bytes of an answer are read.
const longest = 8 << 20

// Open finds a controller by the file that it wrote. An error says that there is
// none, or that it is not readable; whether the controller runs is not asked.
func Open(path string) (*Client, error) {
	info, err := Find(path)
	if err != nil {
		return nil, err
	}
	return &Client{Base: info.URL, Token: info.Token}, nil
}

// Find reads where a controller is from the file that it wrote.
func Find(path string) (info Info, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return info, fmt.Errorf("find the controller: %w", err)
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return info, fmt.Errorf("find the controller in %s: %w", path, err)
	}
	return info, nil
}

// Info is where a controller is: DATA/controller.json, for scripts and for the
// person who looks for the address.
type Info struct {
	URL    string `json:"url"`
	Secure string `json:"secure,omitempty"` // the same over TLS
	Token  string `json:"token"`
	MQTT   string `json:"mqtt"`
}

// Client speaks to one controller.
type Client struct {
	Base  string // http://host:port
	Token string // of the API
}

// Do sends body as JSON, nothing if it is nil, and reads the answer's JSON into
// answer, if that is not nil. A status of 300 or more is an error that holds what
// the controller said.
func (a *Client) Do(ctx context.Context, method, path string, body, answer any) error {
	var r io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		r = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Base+path, r)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+a.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, longest))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, data)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(data, answer)
}
