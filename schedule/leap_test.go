package schedule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A day that comes in leap years only has its five next starts too; one that never comes has none.
func TestTheNextLeapDays(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, Zone())
	var years []int
	for _, at := range (&Rule{Cron: []string{"0 5 29 2 *"}}).Next(now, 5) {
		local := at.In(Zone())
		require.Equal(t, "29/02 05:00", local.Format("02/01 15:04"))
		years = append(years, local.Year())
	}
	require.Equal(t, []int{2028, 2032, 2036, 2040, 2044}, years)
	require.Empty(t, (&Rule{Cron: []string{"0 5 31 2 *"}}).Next(now, 5))
	ends := &Rule{Cron: []string{"0 5 29 2 *"}, Until: time.Date(2033, 1, 1, 0, 0, 0, 0, Zone())}
	require.Len(t, ends.Next(now, 5), 2)
	vi, _ := ends.Words()
	require.Contains(t, vi, "đến hết 31/12/2032", "why there are fewer")
}
