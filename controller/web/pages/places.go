package pages

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"loa/controller/store"
	"loa/controller/trust"
)

// placeRow is one area that can be spoken to.
type placeRow struct {
	ID, Name string
	Depth    int
	Nodes    int
	Chosen   bool
	village  bool
}

// chooseSmallest chooses the village with the fewest loudspeakers.
func chooseSmallest(rows []placeRow) {
	best := -1
	for i, r := range rows {
		if r.village && r.Nodes > 0 && (best < 0 || r.Nodes < rows[best].Nodes) {
			best = i
		}
	}
	if best >= 0 {
		rows[best].Chosen = true
	}
}

// placeRows is the tree of the commune's areas as a list, each below its
// parent: those in which the caller may do something.
func (p *kit) placeRows(ctx context.Context, needs []trust.Action) ([]placeRow, error) {
	view, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	children := map[string][]store.Area{}
	for _, a := range view.Areas {
		children[a.Parent] = append(children[a.Parent], a)
	}
	var rows []placeRow
	var walk func(areas []store.Area, depth int)
	walk = func(areas []store.Area, depth int) {
		slices.SortFunc(areas, func(a, b store.Area) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
		for _, a := range areas {
			if !view.Who.May(needs, view.Tree, a.ID) {
				walk(children[a.ID], depth)
				continue
			}
			row := placeRow{ID: a.ID, Name: a.Name, Depth: min(depth, 3), village: a.Kind == store.Village}
			for _, n := range view.Nodes {
				row.Nodes += count(view.Tree.Within(n.Area, a.ID))
			}
			rows = append(rows, row)
			walk(children[a.ID], depth+1)
		}
	}
	if commune, ok := view.Areas[p.commune]; ok {
		walk([]store.Area{commune}, 0)
	} else {
		walk(children[""], 0)
	}
	return rows, nil
}
