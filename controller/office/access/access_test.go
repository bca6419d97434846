package access_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// commune is La Dạ with two villages and a loudspeaker in each.
func commune(t *testing.T) (*store.Store, *access.Control) {
	s, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	for _, a := range []store.Area{{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune},
		{ID: "thon-1", Parent: "la-da", Name: "Thôn 1", Kind: store.Village},
		{ID: "thon-2", Parent: "la-da", Name: "Thôn 2", Kind: store.Village}} {
		require.NoError(t, s.PutArea(t.Context(), a))
	}
	for _, v := range []string{"thon-1", "thon-2"} {
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: v + "-loa", Name: "Cụm loa " + v, Area: v}))
	}
	return s, access.New(s, "la-da")
}

// by is a request of somebody with one role in one place.
func by(t *testing.T, role, area string) (context.Context, *access.Visit) {
	v := &access.Visit{}
	v.Becomes(store.Person{ID: "p1", Name: "Cô Hoa", Grants: []store.Grant{{Role: role, Area: area}}}, "cookie")
	return access.With(t.Context(), v), v
}

func seen(v *access.View) (ids []string) {
	for _, n := range v.Nodes {
		ids = append(ids, n.ID)
	}
	return ids
}

// One request sees one commune, until it has changed it itself.
func TestViewIsReadOnce(t *testing.T) {
	s, c := commune(t)
	ctx, v := by(t, "operator", "la-da")
	first, err := c.View(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"thon-1-loa", "thon-2-loa"}, seen(first))
	require.NoError(t, s.DeleteNode(ctx, "thon-2-loa"))
	again, err := c.View(ctx)
	require.NoError(t, err)
	require.Same(t, first, again)
	c.Renew(ctx)
	after, err := c.View(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"thon-1-loa"}, seen(after))

	v.Becomes(store.Person{ID: "p2", Grants: []store.Grant{{Role: "head", Area: "thon-2"}}}, "cookie")
	other, err := c.View(ctx)
	require.NoError(t, err)
	require.Empty(t, seen(other), "somebody else sees something else")
}

// A request without a visitor is nobody's: it sees and may nothing.
func TestNobodyMayNothing(t *testing.T) {
	_, c := commune(t)
	v, err := c.View(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Nodes)
	require.Empty(t, v.Seen)
	require.NotNil(t, v.Roots())
	require.Empty(t, v.Roots())
	for _, a := range trust.Actions {
		require.Error(t, v.Permit([]trust.Action{a}))
		require.Error(t, v.Permit([]trust.Action{a}, "thon-1"))
	}
}

// A right holds where it was given and in all below, and a refusal says what is
// missing and where.
func TestPermit(t *testing.T) {
	_, c := commune(t)
	ctx, _ := by(t, "operator", "thon-1")
	v, err := c.View(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"thon-1-loa"}, seen(v))
	require.NoError(t, v.Permit(access.Writing, "thon-1"))
	refused, ok := problem.Of(v.Permit(access.Writing, "thon-1", "thon-2"))
	require.True(t, ok)
	require.Equal(t, "forbidden", refused.Code)
	require.Contains(t, refused.VI, "Thôn 2")
	require.Error(t, v.Permit(access.Writing, "la-da"), "a village speaks for no commune")
	require.NoError(t, v.PermitPart(access.Writing, []string{"la-da"}))
	require.Equal(t, []string{"la-da"}, v.PlacesOf(schedule.Targets{Nodes: []string{"gone"}}),
		"what is not known any more is the whole commune's")
	require.True(t, access.IsForbidden(c.Permit(ctx, access.Writing, schedule.Targets{Nodes: []string{"gone"}})))
	require.NoError(t, c.Permit(ctx, access.Writing, access.NodeTarget("thon-1-loa")))

	machine := access.With(t.Context(), access.MachineVisit())
	require.NoError(t, c.Permit(machine, access.Governing, schedule.Targets{}))
}

// Nobody gives what they do not have, nor where they do not govern.
func TestPermitGrants(t *testing.T) {
	_, c := commune(t)
	ctx, _ := by(t, "admin", "thon-1")
	v, err := c.View(ctx)
	require.NoError(t, err)
	require.NoError(t, v.PermitGrants([]store.Grant{{Role: "operator", Area: "thon-1"}}))
	require.Error(t, v.PermitGrants([]store.Grant{{Role: "operator", Area: "thon-2"}}))
	require.Error(t, v.PermitGrants([]store.Grant{{Role: "operator", Area: "thon-1"}, {Role: "admin", Area: "la-da"}}))
	require.Error(t, v.Known([]store.Grant{{Role: "operator", Area: "nowhere"}}))
	ctx, _ = by(t, "operator", "la-da")
	v, err = c.View(ctx)
	require.NoError(t, err)
	require.Error(t, v.PermitGrants([]store.Grant{{Role: "operator", Area: "la-da"}}), "who writes governs nobody")
}
