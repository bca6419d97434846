package trust

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhoGuessesWaits(t *testing.T) {
	th := NewThrottle()
	now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	var total time.Duration
	tries := 0
	for total < 24*time.Hour {
		wait := th.Wait(now, "account hoa", "from 10.0.0.7")
		total += wait
		now = now.Add(wait)
		require.Zero(t, th.Wait(now, "account hoa"))
		th.Wrong(now, "account hoa", "from 10.0.0.7")
		tries++
		if tries == 4 {
			require.Zero(t, th.Wait(now, "account hoa"), "people mistype")
		}
	}
	t.Logf("%d guesses in a day", tries)
	require.Less(t, tries, 120)
	require.Positive(t, th.Wait(now, "account lan", "from 10.0.0.7"), "an address counts for every account")
	require.Zero(t, th.Wait(now, "account lan", "from 10.0.0.8"))
	th.Right("account hoa")
	require.Zero(t, th.Wait(now, "account hoa", "from 10.0.0.8"))
	require.Zero(t, th.Wait(now.Add(25*time.Hour), "from 10.0.0.7"), "forgiven in a day")

	// an attacker with many addresses cannot make it forget, nor grow
	for range 10 {
		th.Wrong(now, "account hoa")
	}
	for i := range 3 * mostKeys {
		th.Wrong(now, fmt.Sprint("from ", i))
	}
	require.LessOrEqual(t, len(th.keys), mostKeys)
	require.Positive(t, th.Wait(now, "account hoa"))
}
