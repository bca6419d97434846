package controller

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Alive returns nil if the controller does its work: the loops that make plans,
// take reports and follow the nodes come round, and its pages and its store
// answer, all before ctx ends. A broker out of reach is no reason to start anew, and
// neither is a store that answers with an error: that would be the same after a start, and
// an alarm can be raised without it.
func (a *App) Alive(ctx context.Context) error {
	if err := a.dispatch.Answers(ctx); err != nil {
		return fmt.Errorf("dispatch stands still: %w", err)
	}
	if err := a.fleet.Answers(ctx); err != nil {
		return fmt.Errorf("fleet stands still: %w", err)
	}
	if err := a.store.Check(ctx); err != nil && ctx.Err() != nil {
		return fmt.Errorf("the store stands still: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL()+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("ask the pages: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the pages: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the pages answer %s", res.Status)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<10)) // so that the connection serves again
	return err
}
