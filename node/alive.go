package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/node/cache"
)

// deaf is longer than a working output ever takes no sound.
const deaf = 10 * time.Second

// Alive returns nil if the node does its work: the player's loop comes round
// before ctx ends, an output that says that it works takes sound, and the store
// is whole. An output that is not there is told as a fault, and no reason to
// start anew; a store that is damaged is mended by a start, which waits until
// nothing is on air.
func (a *App) Alive(ctx context.Context) error {
	if err := a.player.Answers(ctx); err != nil {
		return fmt.Errorf("the player stands still: %w", err)
	}
	if a.sink.State().OK() && a.player.Unasked() > deaf {
		return errors.New("the output takes no sound, and says that it works")
	}
	if err := a.cache.Trouble(); errors.Is(err, cache.ErrDamaged) && a.player.OnAir() == nil {
		return err
	}
	return nil
}
