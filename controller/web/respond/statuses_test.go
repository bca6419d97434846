package respond

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
)

// Every kind of problem travels under a number of its own.
func TestEveryKindHasItsStatus(t *testing.T) {
	require.Equal(t, http.StatusInternalServerError, Status(&problem.Problem{}), "what nobody said is a fault of ours")
	used := map[int]bool{}
	for kind := problem.Internal; kind <= problem.Full; kind++ {
		status := statuses[kind]
		require.GreaterOrEqual(t, status, 400, kind)
		require.False(t, used[status], "%d twice", status)
		used[status] = true
	}
	require.Len(t, statuses, int(problem.Full)+1)
}
