package node

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// deaf is longer than a working output ever takes no sound.
const deaf = 10 * time.Second

// Alive returns nil if the node does its work: the player's loop comes round
// before ctx ends, and an output that says that it works takes sound. One that
// is not there is told as a fault, and no reason to start anew.
func (a *App) Alive(ctx context.Context) error {
	if err := a.player.Answers(ctx); err != nil {
		return fmt.Errorf("the player stands still: %w", err)
	}
	if a.sink.State().OK() && a.player.Unasked() > deaf {
		return errors.New("the output takes no sound, and says that it works")
	}
	return nil
}
