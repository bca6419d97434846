package access

import (
	"cmp"
	"context"
	"slices"
	"time"

	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// Control is who may see and do what, where: people and their roles against what
// is asked for.
type Control struct {
	store   *store.Store
	commune string
}

// New returns the control of one commune, by the id of its area.
func New(s *store.Store, commune string) *Control { return &Control{s, commune} }

// View returns the commune as the caller sees it. It is read once for a request, for
// what one page shows must be of one moment.
func (c *Control) View(ctx context.Context) (*View, error) {
	v := Of(ctx)
	v.reading.Lock()
	defer v.reading.Unlock()
	if v.view == nil {
		view, err := c.read(ctx, v)
		if err != nil {
			return nil, err
		}
		v.view = view
	}
	return v.view, nil
}

// Renew has the caller's next View read anew: they have changed areas or nodes.
func (c *Control) Renew(ctx context.Context) { Of(ctx).forget() }

func (c *Control) read(ctx context.Context, who *Visit) (*View, error) {
	areas, err := c.store.Areas(ctx)
	if err != nil {
		return nil, err
	}
	nodes, err := c.store.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	v := &View{Who: who, Commune: c.commune, Tree: schedule.Tree{}, Areas: map[string]store.Area{}, AreaOf: map[string]string{},
		Names: map[string]string{}}
	for _, a := range areas {
		v.Tree[a.ID], v.Areas[a.ID] = a.Parent, a
	}
	v.Seen = slices.DeleteFunc(areas, func(a store.Area) bool { return !who.Sees(v.Tree, a.ID) })
	for _, n := range nodes {
		v.AreaOf[n.ID], v.Names[n.ID] = n.Area, n.Name
		if v.Sees(n.ID) {
			v.Nodes = append(v.Nodes, n)
		}
	}
	return v, nil
}

// View is the commune as the caller sees it: what there is, and of that what the
// caller may see. It is shared by all that work on a
// request: nobody changes it.
type View struct {
	Who     *Visit // the caller
	Commune string // the id of its area
	Tree    schedule.Tree
	Areas   map[string]store.Area
	Seen    []store.Area      // those that the caller may see, by name
	AreaOf  map[string]string // of every node
	Nodes   []store.Node      // those that the caller may see, in the order of the store
	Names   map[string]string // of every node
}

// Named is a node by its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Roots are the areas that the caller sees, with all below; nil: everything.
func (v *View) Roots() (areas []string) {
	if v.Who.Sees(v.Tree, v.Commune) {
		return nil
	}
	areas = []string{}
	for id := range v.Areas {
		if v.Who.Sees(v.Tree, id) {
			areas = append(areas, id)
		}
	}
	return areas
}

// AreaName is what people call an area; its id, cut to what a sentence can hold, where
// there is none of it.
func (v *View) AreaName(id string) string { return cmp.Or(v.Areas[id].Name, text.Shown(id)) }

// Sees reports whether a node is one that the caller may see; one that was
// removed counts as the whole commune's.
func (v *View) Sees(node string) bool {
	return v.Who.Sees(v.Tree, cmp.Or(v.AreaOf[node], v.Commune))
}

// Concerned returns the nodes that targets cover, of those that were there at
// an instant, by name; mute are those among them that have no way to answer.
func (v *View) Concerned(t schedule.Targets, at time.Time) (nodes, mute []Named) {
	for _, n := range v.Nodes {
		switch {
		case !t.Covers(v.Tree, n.ID, n.Area) || n.Created.After(at):
		case n.NoReturn:
			mute = append(mute, Named{n.ID, n.Name})
		default:
			nodes = append(nodes, Named{n.ID, n.Name})
		}
	}
	return nodes, mute
}

// Where names targets as a person does.
func (v *View) Where(t schedule.Targets) (names []string) {
	for _, id := range t.Areas {
		names = append(names, cmp.Or(v.Areas[id].Name, id))
	}
	for _, id := range t.Nodes {
		names = append(names, cmp.Or(v.Names[id], id))
	}
	return names
}

// Meet reports whether there is a node that both targets cover.
func (v *View) Meet(t, u schedule.Targets) bool {
	for node, area := range v.AreaOf {
		if t.Covers(v.Tree, node, area) && u.Covers(v.Tree, node, area) {
			return true
		}
	}
	return false
}

// Standing is an area, or the commune for one that was removed.
func (v *View) Standing(area string) string {
	if _, ok := v.Tree[area]; ok {
		return area
	}
	return v.Commune
}

// NodeTarget is one node as a target.
func NodeTarget(id string) schedule.Targets { return schedule.Targets{Nodes: []string{id}} }
