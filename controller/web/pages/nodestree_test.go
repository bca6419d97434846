package pages

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/office/inventory"
	"loa/controller/store"
)

// A branch is good when all below it say so, and never by silence: neither by
// one that was not heard nor by one that has no way to say.
func TestTreeOfLoudspeakersIsHonest(t *testing.T) {
	areas := []store.Area{
		{ID: "lam-dong", Kind: store.Province}, {ID: "la-da", Kind: store.Commune, Parent: "lam-dong"}, {ID: "da-mi", Kind: store.Commune,
			Parent: "la-da"},
		{ID: "v1", Kind: store.Village, Parent: "la-da"}, {ID: "v2", Kind: store.Village, Parent: "la-da"}, {ID: "v3", Kind: store.Village,
			Parent: "la-da"},
		{ID: "v4", Kind: store.Village, Parent: "da-mi"}, {ID: "v5", Kind: store.Village, Parent: "la-da"}, {ID: "v6", Kind: store.Village,
			Parent: "da-mi"},
	}
	byArea := map[string][]beatenNode{}
	stands := func(area, id, state string) {
		byArea[area] = append(byArea[area], beatenNode{Node: inventory.Node{ID: id, Area: area, State: state, NoReturn: state == "no_return"}})
	}
	stands("v1", "a", "good")
	stands("v1", "b", "on_air")
	stands("v2", "c", "good")
	stands("v2", "d", "no_return")
	stands("v3", "e", "unknown")
	stands("v4", "f", "offline")
	stands("v4", "g", "fault")
	stands("v4", "h", "good")
	may := func(area string) bool { return area != "v6" }
	tree := growTree(areas, byArea, may)
	require.Len(t, tree, 1)
	root := tree[0]
	require.Equal(t, "la-da", root.ID, "of its province there is no more to see")
	require.Equal(t, tree, growTree(areas[1:], byArea, may), "nor by whoever does not see that at all")
	require.Equal(t, []int{2, 4, 7, 1}, []int{root.Level, root.Good, root.Total, root.Mute})
	require.Equal(t, []string{"e", "f", "g"}, root.Trouble)
	require.Equal(t, []mapCount{{"offline", 1}, {"fault", 1}, {"unknown", 1}, {"on_air", 1}, {"good", 3}, {"no_return", 1}}, root.Counts)
	of := map[string]branch{}
	var order []string
	for _, b := range append(root.Parts, root.Parts[0].Parts...) {
		of[b.ID] = b
		order = append(order, b.ID)
	}
	require.Equal(t, []string{"da-mi", "v1", "v2", "v3", "v5", "v4"}, order, "an empty village is there for whoever can set it up")
	for id, want := range map[string][2]bool{"v1": {true, false}, "v2": {false, false}, "v3": {false, true}, "v4": {false, true},
		"da-mi": {false, true}, "v5": {false, false}} {
		require.Equal(t, want, [2]bool{of[id].AllGood(), of[id].Open()}, "all good, and open, in %s", id)
	}
	require.Equal(t, 4, of["v4"].Level)
	stood := growTree(areas, map[string][]beatenNode{"v2": {{Node: inventory.Node{ID: "d", State: "no_return", NoReturn: true}}}},
		func(string) bool { return false })
	require.False(t, stood[0].AllGood(), "nothing there can say that it is good")
	require.Equal(t, []mapCount{{"no_return", 1}}, stood[0].Counts)
}
