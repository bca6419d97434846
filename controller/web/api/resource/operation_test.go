package resource

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPagesOfAList(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	created := func(s int) time.Time { return at(s) }
	require.Nil(t, PageOf([]int{3, 2}, 3, created).Body.Next)
	require.Equal(t, at(2), *PageOf([]int{4, 3, 2, 1}, 4, created).Body.Next)
	tied := PageOf([]int{4, 3, 3, 3}, 4, created)
	require.Equal(t, []int{4}, tied.Body.Items, "those of one instant stay together")
	require.Equal(t, at(4), *tied.Body.Next)
	require.Len(t, PageOf([]int{3, 3, 3}, 3, created).Body.Items, 3)
	require.NotNil(t, PageOf([]int(nil), 1, created).Body.Items)
}
