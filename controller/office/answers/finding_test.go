package answers

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The rule of “loa kêu nhưng dân không nghe rõ”: few answers are no finding, nor is a third of
// them, nor what a flood makes doubtful, nor what did not sound there.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		clear, unclear, unheard, refused, sounded int
		want                                      verdict
	}{
		{0, 2, 2, 0, 1, nothing}, // four jokers
		{0, 2, 3, 0, 1, notUnderstood},
		{0, 2, 3, 0, 0, nothing}, // it was silent there: its own fault says so
		{4, 1, 1, 0, 1, understood},
		{3, 1, 2, 0, 1, notUnderstood},
		{20, 10, 0, 0, 1, understood}, // a third is not more than a third
		{20, 10, 1, 0, 1, notUnderstood},
		{0, 3, 3, 19, 1, notUnderstood},
		{0, 3, 3, 20, 1, nothing},
		{0, 30, 3, 32, 1, notUnderstood},
		{0, 30, 3, 33, 1, nothing},
	} {
		v := VillageHeard{Clear: c.clear, Unclear: c.unclear, Unheard: c.unheard, Refused: c.refused, Sounded: c.sounded}
		require.Equal(t, c.want, judge(v), "%+v", c)
		v.conclude()
		require.Equal(t, c.want == notUnderstood, v.Finding)
	}
}

// A broadcast that was understood ends the finding of those before it; one of which too few
// say something does not.
func TestLastFinding(t *testing.T) {
	bad := func(id string) Heard {
		return Heard{ID: id, Villages: []VillageHeard{{Area: "a", Unheard: 6, Sounded: 1}, {Area: "b", Clear: 9, Sounded: 1}}}
	}
	few := Heard{ID: "few", Villages: []VillageHeard{{Area: "a", Clear: 4, Sounded: 1}}}
	good := Heard{ID: "good", Villages: []VillageHeard{{Area: "a", Clear: 6, Sounded: 1}}}
	require.Equal(t, "new", last([]Heard{few, bad("new"), bad("old")})["a"].ID)
	require.Len(t, last([]Heard{few, bad("new")}), 1)
	require.Empty(t, last([]Heard{few, good, bad("old")}))
}
