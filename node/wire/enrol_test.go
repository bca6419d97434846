package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		c := wire.NewCode()
		s := c.String()
		require.Regexp(t, `^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$`, s)
		require.False(t, seen[s])
		seen[s] = true
		for _, typed := range []string{s, strings.ToLower(s), strings.ReplaceAll(s, "-", " "), strings.ReplaceAll(s, "-", ""),
			" " + strings.NewReplacer("0", "o", "1", "l").Replace(s)} {
			got, err := wire.ParseCode(typed)
			require.NoError(t, err, typed)
			require.Equal(t, c, got)
		}
	}
	for _, bad := range []string{"", "ABCDE", strings.Repeat("A", 21), strings.Repeat("U", 20), strings.Repeat("Ă", 20)} {
		_, err := wire.ParseCode(bad)
		require.ErrorIs(t, err, wire.ErrCode, bad)
	}
}

func TestEnrolmentProvesBothSides(t *testing.T) {
	code, other := wire.NewCode(), wire.NewCode()
	ask, err := code.SealEnrol(wire.Enrol{Request: []byte("key")})
	require.NoError(t, err)
	require.NoError(t, code.OpenEnrol(ask))
	require.ErrorIs(t, other.OpenEnrol(ask), wire.ErrCode)
	swapped := ask
	swapped.Request = []byte("another's key")
	require.ErrorIs(t, code.OpenEnrol(swapped), wire.ErrCode)
	require.ErrorIs(t, code.OpenEnrol(wire.Enrol{Invite: code.Invite}), wire.ErrCode)

	answer, err := code.SealEnrolled(wire.Enrolled{Node: "loa-1", CommuneKey: []byte("k"), Broker: "b:1"})
	require.NoError(t, err)
	require.NoError(t, code.OpenEnrolled(answer))
	require.ErrorIs(t, other.OpenEnrolled(answer), wire.ErrCode, "a false office")
	answer.CommuneKey = []byte("x")
	require.ErrorIs(t, code.OpenEnrolled(answer), wire.ErrCode)
	require.ErrorIs(t, code.OpenEnrolled(wire.Enrolled{MAC: ask.MAC}), wire.ErrCode, "a question is no answer")
}

func FuzzParseCode(f *testing.F) {
	f.Add("K7Q2M-9F3XA-00000-ZZZZZ")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := wire.ParseCode(s)
		if err == nil {
			again, err := wire.ParseCode(c.String())
			require.NoError(t, err)
			require.Equal(t, c, again)
		}
	})
}
