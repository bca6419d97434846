package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// FrameBytes is 20 ms of 48 kHz mono 16-bit PCM.
const FrameBytes = 1920

// Started is a call that the controller has put on the air.
type Started struct {
	ID    string    `json:"id"`
	Voice string    `json:"voice"` // path of the microphone's link
	Nodes int       `json:"nodes"` // that it goes to
	Speak time.Time `json:"speak"` // when the chime is over
}

// Microphone opens the link by which a call's voice comes. The caller closes it.
func (a *Client) Microphone(ctx context.Context, call Started) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, a.Base+call.Voice, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + a.Token}}})
	if err != nil {
		return nil, fmt.Errorf("open the microphone's link: %w", err)
	}
	return conn, nil
}

// Stop ends a call, and reports whether its last words are being said: those of a
// drill, after which it ends by itself.
func (a *Client) Stop(ctx context.Context, id string) (closing bool, err error) {
	var now struct{ Closing bool }
	err = a.Do(ctx, http.MethodPost, "/api/v1/calls/"+id+"/stop", nil, &now)
	return now.Closing, err
}

// Speak sends the source frame by frame until it or ctx ends.
func Speak(ctx context.Context, conn *websocket.Conn, source io.Reader) error {
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"codec":"pcm_s16le"}`)); err != nil {
		return fmt.Errorf("speak: %w", err)
	}
	frame := make([]byte, FrameBytes)
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
