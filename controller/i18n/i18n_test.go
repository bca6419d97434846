package i18n

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSay(t *testing.T) {
	require.Equal(t, "3/4 cụm loa tốt", Say(VI, "good_of", 3, 4))
	require.Equal(t, "3 of 4 loudspeakers good", Say(EN, "good_of", 3, 4))
	require.Equal(t, "nothing_like_it", Say(EN, "nothing_like_it"), "a key that is missing shows itself")
	require.True(t, Exists("good_of"))
	require.False(t, Exists("nothing_like_it"))
	require.Equal(t, "[%s] Trouble at the office machine", Some(EN, []string{"alert_office_sub"})["alert_office_subject"])
	require.Empty(t, Some(VI, nil))
}

// Nobody can change the catalogue by what he was given of it.
func TestAllIsACopy(t *testing.T) {
	All()["good_of"] = [2]string{"x", "x"}
	require.Equal(t, "3/4 cụm loa tốt", Say(VI, "good_of", 3, 4))
}

func TestNoSentenceIsGivenTwice(t *testing.T) {
	family := map[string][2]string{"a": {"một", "one"}}
	require.Panics(t, func() { catalogue(family, family) })
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		40 * time.Second: "40 giây", -5 * time.Minute: "5 phút", 150 * time.Minute: "2 giờ 30 phút", 50 * time.Hour: "2 ngày",
	} {
		require.Equal(t, want, Span(VI, d))
	}
}

func TestTongueName(t *testing.T) {
	require.Equal(t, "Mông", TongueName(VI, "hmn"))
	require.Equal(t, "Hmong", TongueName(EN, "hmn"))
	require.Equal(t, "xx", TongueName(VI, "xx"))
}
