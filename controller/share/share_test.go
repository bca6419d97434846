package share

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestAddress(t *testing.T) {
	require.Equal(t, "10.0.0.7", Address("10.0.0.7"))
	require.Equal(t, Address("2001:db8:1:2::1"), Address("2001:db8:1:2:ffff::9"))
	require.NotEqual(t, Address("2001:db8:1:2::1"), Address("2001:db8:1:3::1"))
	require.Equal(t, "somewhere", Address("somewhere"))
}

// A taker of many places has a share, and what is over gives way to one that has fewer.
func TestSeats(t *testing.T) {
	s := NewSeats(4, 6)
	given := []string{}
	take := func(who, name string) (func(), bool) {
		return s.Take(who, func() { given = append(given, name) })
	}
	for i := range 4 {
		_, ok := take("flood", fmt.Sprint("f", i))
		require.True(t, ok)
	}
	_, ok := take("flood", "f4")
	require.False(t, ok, "a share is a share")
	leave, ok := take("a", "a0")
	require.True(t, ok)
	_, ok = take("b", "b0")
	require.True(t, ok)
	require.Equal(t, 6, s.Count())
	_, ok = take("c", "c0")
	require.True(t, ok, "a person is not refused for another's load")
	require.Equal(t, []string{"f0"}, given)
	require.Equal(t, 6, s.Count())
	leave()
	leave()
	require.Equal(t, 5, s.Count(), "twice is once")
}

func TestSeatsOfManyHolders(t *testing.T) {
	s := NewSeats(2, 3)
	for i := range 3 {
		_, ok := s.Take(fmt.Sprint(i), func() { t.Fatal("nobody has more than another") })
		require.True(t, ok)
	}
	_, ok := s.Take("late", nil)
	require.True(t, !ok)
}

// However many wait for one address, the next turn is another's.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLine(Room{1, 1, 60, 100})
		leave, err := l.Enter(t.Context(), "flood")
		require.NoError(t, err)
		order := make(chan string, 100)
		come := func(who string) {
			go func() {
				leave, err := l.Enter(t.Context(), who)
				if err != nil {
					order <- "refused"
					return
				}
				order <- who
				leave()
			}()
			synctest.Wait()
		}
		for range 50 {
			come("flood")
		}
		come("a")
		come("a")
		come("b")
		leave()
		synctest.Wait()
		require.Equal(t, []string{"flood", "a", "b", "flood", "a", "flood"}, []string{<-order, <-order, <-order, <-order, <-order, <-order})
		require.Len(t, order, 47)
		require.Empty(t, l.inside)
		require.Zero(t, l.count)
	})
}

// One address that fills the line is refused; another is let in, at its cost.
func TestALineThatIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLine(Room{1, 1, 5, 6})
		leave, err := l.Enter(t.Context(), "x")
		require.NoError(t, err)
		refused := make(chan string, 10)
		wait := func(who string) {
			go func() {
				leave, err := l.Enter(t.Context(), who)
				if err != nil {
					require.ErrorIs(t, err, ErrFull)
					refused <- who
					return
				}
				leave()
			}()
			synctest.Wait()
		}
		for range 6 {
			wait("flood")
		}
		require.Equal(t, "flood", <-refused, "its share is five")
		wait("a")
		wait("b")
		require.Equal(t, "flood", <-refused, "the line is full: who has most gives way")
		require.Empty(t, refused)
		leave()
		synctest.Wait()
		require.Empty(t, refused)
		require.Empty(t, l.inside)
	})
}

// Who goes away passes the turn on.
func TestWhoGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLine(Room{1, 1, 5, 6})
		leave, err := l.Enter(t.Context(), "x")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := l.Enter(ctx, "a")
			gone <- err
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-gone, context.Canceled)
		leave()
		again, err := l.Enter(t.Context(), "b")
		require.NoError(t, err)
		again()
		require.Empty(t, l.inside)
	})
}

// One person has one of two places: the other is free for the next caller.
func TestPlacesForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLine(Room{Places: 2, Own: 1, Each: 9, All: 9})
		first, err := l.Enter(t.Context(), "a")
		require.NoError(t, err)
		second := make(chan func(), 1)
		go func() {
			leave, err := l.Enter(t.Context(), "a")
			require.NoError(t, err)
			second <- leave
		}()
		synctest.Wait()
		require.Empty(t, second)
		other, err := l.Enter(t.Context(), "b")
		require.NoError(t, err)
		other()
		synctest.Wait()
		require.Empty(t, second)
		first()
		(<-second)()
		require.Zero(t, l.entered)
	})
}
