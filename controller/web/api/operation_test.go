package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPagesOfAList(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	created := func(s int) time.Time { return at(s) }
	require.Nil(t, pageOf([]int{3, 2}, 3, created).Body.Next)
	require.Equal(t, at(2), *pageOf([]int{4, 3, 2, 1}, 4, created).Body.Next)
	tied := pageOf([]int{4, 3, 3, 3}, 4, created)
	require.Equal(t, []int{4}, tied.Body.Items, "those of one instant stay together")
	require.Equal(t, at(4), *tied.Body.Next)
	require.Len(t, pageOf([]int{3, 3, 3}, 3, created).Body.Items, 3)
	require.NotNil(t, pageOf([]int(nil), 1, created).Body.Items)
}
