package trust

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
)

func TestPasswords(t *testing.T) {
	p := NewPasswords(Cost{})
	ctx := t.Context()
	begun := time.Now()
	hash, err := p.Hash(ctx, "cây đa bến nước")
	require.NoError(t, err)
	t.Logf("one hash: %v", time.Since(begun))
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
	other, err := p.Hash(ctx, "cây đa bến nước")
	require.NoError(t, err)
	require.NotEqual(t, hash, other, "salted")
	for password, want := range map[string]bool{"cây đa bến nước": true, "cay da ben nuoc": false, "": false,
		strings.Repeat("x", 10_000): false} {
		ok, err := p.Check(ctx, password, hash)
		require.NoError(t, err)
		require.Equal(t, want, ok)
		ok, err = p.Check(ctx, password, "")
		require.NoError(t, err)
		require.False(t, ok, "nobody")
	}
	_, err = p.Check(ctx, "cây đa bến nước", "damaged")
	require.Error(t, err)

	for password, code := range map[string]string{"ngắn": "password_short", "1234567890": "password_poor", "aaaaaaaaaaaa": "password_poor",
		"truongdaihoa2026": "password_poor", strings.Repeat("dài ", 100): "password_long", "cây đa bến nước": ""} {
		err := Acceptable(password, "truongdaihoa", "")
		if code == "" {
			require.NoError(t, err)
			continue
		}
		got, ok := problem.Of(err)
		require.True(t, ok, password)
		require.Equal(t, code, got.Code, password)
	}
}

// A flood of sign-ins takes the memory of two hashes.
func TestHashesAreFewAtATime(t *testing.T) {
	p := NewPasswords(Cost{KiB: 8, Passes: 1})
	for range hashesAtOnce {
		require.NoError(t, p.take(t.Context()))
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		_, err := p.Check(t.Context(), "x", "")
		require.NoError(t, err)
		close(done)
	})
	select {
	case <-done:
		require.Fail(t, "a third one ran")
	default:
	}
	p.give()
	wg.Wait()
}
