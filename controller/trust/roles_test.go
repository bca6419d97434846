package trust

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

func TestWhoMayDoWhat(t *testing.T) {
	tree := schedule.Tree{"lam-dong": "", "la-da": "lam-dong", "da-mi": "lam-dong", "thon-1": "la-da", "thon-2": "la-da"}
	table := map[Role]string{ // Read Report Write Approve Speak Emergency Maintain Govern Audit Listen
		Admin:      "yyyyyyyyyy",
		Operator:   "yyy.y....y",
		Approver:   "yy.y....yy",
		Speaker:    "yy..yy...y",
		Head:       "yy.......y",
		Technician: "yy....y...",
		Province:   "y.......y.",
	}
	require.Len(t, table, len(Roles))
	for role, line := range table {
		require.True(t, role.Valid())
		p := Principal{Grants: []store.Grant{{Role: string(role), Area: "la-da"}}}
		for i, a := range Actions {
			require.Equal(t, line[i] == 'y', p.May(a, tree, "la-da"), "%s %s", role, a)
			require.Equal(t, line[i] == 'y', p.May(a, tree, "thon-1", "thon-2"), "%s %s below", role, a)
			require.Equal(t, line[i] == 'y', p.May(a, tree), "%s %s somewhere", role, a)
			require.False(t, p.May(a, tree, "da-mi"), "%s %s beside", role, a)
			require.False(t, p.May(a, tree, "lam-dong"), "%s %s above", role, a)
			require.False(t, p.May(a, tree, "thon-1", "da-mi"), "%s %s partly", role, a)
			require.False(t, p.May(a, tree, "nowhere"), "%s %s nowhere", role, a)
		}
	}
	require.False(t, Role("root").Valid())
	require.False(t, Principal{}.May(Read, tree))

	head := Principal{Grants: []store.Grant{{Role: string(Head), Area: "thon-1"}, {Role: string(Operator), Area: "thon-2"}}}
	require.True(t, head.May(Read, tree, "thon-1", "thon-2"))
	require.False(t, head.May(Write, tree, "thon-1"))
	require.Equal(t, []string{"thon-2"}, head.Where(Write))

	token := Principal{Grants: []store.Grant{{Role: string(Admin), Area: "la-da"}}, Scopes: []Action{Read, Write}}
	require.True(t, token.May(Write, tree, "la-da"))
	require.False(t, token.May(Emergency, tree, "la-da"), "has a scope of its own")
	require.Empty(t, token.Where(Emergency))
	require.False(t, Principal{Grants: token.Grants, Scopes: []Action{}}.May(Read, tree), "a token without scopes")
}
