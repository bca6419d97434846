package store

import (
	"context"
	"errors"

	"loa/schedule"
)

const keyQuiet = "quiet"

// Quiet returns the commune's quiet hours (giờ yên tĩnh).
func (s *Store) Quiet(ctx context.Context) ([]schedule.Quiet, error) {
	quiet := []schedule.Quiet{}
	if err := s.Setting(ctx, keyQuiet, &quiet); err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return quiet, nil
}

// PutQuiet sets the commune's quiet hours.
func (s *Store) PutQuiet(ctx context.Context, quiet []schedule.Quiet) error {
	return s.PutSetting(ctx, keyQuiet, quiet)
}
