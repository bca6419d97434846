package cap

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func seeds(f *testing.F) {
	key, certificate := office(f)
	plain, err := Write(flood())
	require.NoError(f, err)
	signed, err := WriteSigned(flood(), key, certificate)
	require.NoError(f, err)
	f.Add(plain)
	f.Add(signed)
	f.Add([]byte(strings.Replace(string(signed), `Id=""`, `Id="a"`, 1)))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="a"/></entry></feed>`))
	f.Add([]byte(`<rss><channel><item><link>http://a/b</link></item></channel></rss>`))
}

// Whatever comes is read or refused; what is read can be written and read again, the same.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(data)
		if err != nil {
			require.Empty(t, m.Infos)
			return
		}
		again, err := Write(m)
		require.NoError(t, err)
		_, _ = Read(again)
		for _, i := range m.Infos {
			i.Covers(Place{Point: &Point{11, 107}, Codes: []string{"1"}}, 2)
		}
	})
}

// Nothing that was not signed is verified, whatever stands in the signature.
func FuzzVerify(f *testing.F) {
	seeds(f)
	_, certificate := office(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Verify(data, Signer{certificate})
		require.Error(t, err)
		require.Empty(t, s.Infos)
	})
}

func FuzzFeed(f *testing.F) {
	seeds(f)
	base, err := url.Parse("https://a.example/feeds/")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := Feed(data, base)
		require.LessOrEqual(t, len(all), max(mostEntries, 1000))
		for _, e := range all {
			require.True(t, len(e.Data) > 0 || strings.HasPrefix(e.URL, "http"), "%+v %v", e, err)
		}
	})
}
