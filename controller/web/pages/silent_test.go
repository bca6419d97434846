package pages

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/office/inventory"
	"loa/controller/office/preview"
)

// What is not heard in the next airing comes first: a loudspeaker that it does not
// concern, or a fault that leaves the sound as it is, does not count.
func TestSilentInTheNextAiring(t *testing.T) {
	row := func(id, state string, codes ...string) nodeRow {
		n := nodeRow{Node: inventory.Node{ID: id, Name: "Loa " + id, State: state}}
		for _, c := range codes {
			n.Faults = append(n.Faults, inventory.Fault{Code: c})
		}
		return n
	}
	v := &todayView{Others: []nodeRow{row("a", "offline"), row("b", "fault", "too_hot"), row("c", "fault", "too_hot", "horn_silent"),
		row("d", "offline"), row("e", "unknown")}}
	require.Empty(t, v.silent(), "nothing is to be aired")
	v.Next = &preview.Airing{Nodes: []string{"a", "b", "c", "e"}}
	require.Equal(t, []string{"Loa a", "Loa c"}, v.silent())
}
