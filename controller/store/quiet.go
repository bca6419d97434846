package store

import (
	"context"
	"slices"

	"loa/schedule"
)

const (
	keyQuiet = "quiet"
	keySoft  = "soft"
	keyUsual = "usual_hours"
)

// Quiet returns the commune's quiet hours (giờ yên tĩnh). None is an empty list, and no
// error.
func (s *Store) Quiet(ctx context.Context) ([]schedule.Quiet, error) {
	return recall(ctx, s, keyQuiet, slices.Clone[[]schedule.Quiet], func(ctx context.Context) ([]schedule.Quiet, error) {
		quiet := []schedule.Quiet{}
		err := s.SettingOr(ctx, keyQuiet, &quiet)
		return quiet, err
	})
}

// PutQuiet sets the commune's quiet hours.
func (s *Store) PutQuiet(ctx context.Context, quiet []schedule.Quiet) error {
	return s.PutSetting(ctx, keyQuiet, quiet)
}

// Soft returns the commune's soft hours (giờ vặn nhỏ). None is an empty list, and no
// error.
func (s *Store) Soft(ctx context.Context) ([]schedule.Soft, error) {
	soft := []schedule.Soft{}
	err := s.SettingOr(ctx, keySoft, &soft)
	return soft, err
}

// PutSoft sets the commune's soft hours.
func (s *Store) PutSoft(ctx context.Context, soft []schedule.Soft) error {
	return s.PutSetting(ctx, keySoft, soft)
}

// UsualHours are when the commune usually airs (khung giờ phát thường dùng).
type UsualHours struct {
	Morning string `json:"morning" maxLength:"5" doc:"as 05:00"`
	Evening string `json:"evening" maxLength:"5" doc:"as 17:00"`
}

// UsualHours returns them; 05:00 and 17:00 if nobody said.
func (s *Store) UsualHours(ctx context.Context) (UsualHours, error) {
	hours := UsualHours{Morning: "05:00", Evening: "17:00"}
	err := s.SettingOr(ctx, keyUsual, &hours)
	return hours, err
}

// PutUsualHours sets them.
func (s *Store) PutUsualHours(ctx context.Context, hours UsualHours) error {
	return s.PutSetting(ctx, keyUsual, hours)
}
