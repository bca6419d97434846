package pages

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"loa/controller/office/inventory"
)

// A map without the internet: no tiles, only what the commune itself knows. It
// is drawn by the server as SVG whose positions are percents, so that signs and
// letters are of the same size on every screen.

const (
	mapAspect = 4.0 / 3 // of the picture: width by height, as in nodes.css
	mapMargin = 0.14    // of the span, at each side
	mapLeast  = 600.0   // m, that it shows at least
	degree    = 111_320 // m, of latitude
	// What a line of text takes on a phone's map, percent of it.
	letterWide, lineHigh = 2.3, 7.0
	markHalf             = 2.8 // of a mark: a name begins 3 from its middle
)

// nodeMap is the map of some nodes.
type nodeMap struct {
	Marks   []mapMark
	Names   []mapName
	Without []inventory.Node // nobody has said where they stand
	Legend  []mapCount
	// Scale is a length to compare with, as wide as it is on the map.
	ScaleWide string
	Scale     string
	// North and West are the corner, High and Wide the degrees from it to the other.
	North, West, High, Wide float64
	Here                    string // id of the node that the page is about
}

type mapMark struct {
	inventory.Node
	X, Y  string // percent
	Label bool   // there is room for its name
	Left  bool   // of the mark
}

type mapName struct{ X, Y, Name string }

type mapCount struct {
	State string
	Nodes int
}

// drawMap puts nodes where they stand; areas are the names of theirs.
func drawMap(nodes []inventory.Node, areas map[string]string) *nodeMap {
	m := &nodeMap{}
	var placed []inventory.Node
	for _, n := range nodes {
		if n.Place == nil {
			m.Without = append(m.Without, n)
		} else {
			placed = append(placed, n)
		}
	}
	if len(placed) == 0 {
		return m
	}
	m.frame(placed)
	labels := &labels{}
	for _, n := range placed { // nothing is written across a mark
		x, y := m.at(n.Place.Latitude, n.Place.Longitude)
		*labels = append(*labels, box{x - markHalf, y - markHalf*mapAspect, x + markHalf, y + markHalf*mapAspect})
	}
	m.name(placed, areas, labels)
	slices.SortStableFunc(placed, func(a, b inventory.Node) int { return cmp.Compare(urgent(b.State), urgent(a.State)) })
	for _, n := range placed {
		x, y := m.at(n.Place.Latitude, n.Place.Longitude)
		mark := mapMark{Node: n, X: percent(x), Y: percent(y), Left: x > 60}
		mark.Label = labels.fits(x, y, n.Name, mark.Left)
		m.Marks = append(m.Marks, mark)
	}
	for _, state := range []string{"good", "on_air", "fault", "offline", "unknown", "no_return"} {
		count := 0
		for _, n := range placed {
			if n.State == state {
				count++
			}
		}
		if count > 0 {
			m.Legend = append(m.Legend, mapCount{state, count})
		}
	}
	return m
}

// urgent is what is named first where there is little room.
func urgent(state string) int {
	return slices.Index([]string{"good", "on_air", "no_return", "unknown", "fault", "offline"}, state)
}

// frame chooses the piece of land: all nodes, some margin, and the picture's
// form.
func (m *nodeMap) frame(nodes []inventory.Node) {
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	for _, n := range nodes {
		south, north = min(south, n.Place.Latitude), max(north, n.Place.Latitude)
		west, east = min(west, n.Place.Longitude), max(east, n.Place.Longitude)
	}
	shrink := max(math.Cos((south+north)/2*math.Pi/180), 0.01) // a degree of longitude by one of latitude
	wide := max((east-west)*shrink*degree*(1+2*mapMargin), (north-south)*degree*(1+2*mapMargin)*mapAspect, mapLeast)
	m.Wide, m.High = wide/degree/shrink, wide/mapAspect/degree
	m.West, m.North = (west+east-m.Wide)/2, (south+north+m.High)/2
	length := niceLength(wide * 0.3)
	m.ScaleWide = percent(length / wide * 100)
	if m.Scale = fmt.Sprintf("%.0f m", length); length >= 1000 {
		m.Scale = fmt.Sprintf("%.0f km", length/1000)
	}
}

// niceLength is the longest of 1, 2, 5, 10, … that is not longer than most, m.
func niceLength(most float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, times := range []float64{5, 2} {
		if times*unit <= most {
			return times * unit
		}
	}
	return unit
}

func (m *nodeMap) at(latitude, longitude float64) (x, y float64) {
	return (longitude - m.West) / m.Wide * 100, (m.North - latitude) / m.High * 100
}

func percent(v float64) string { return fmt.Sprintf("%.2f%%", v) }

// name writes each area in the midst of its nodes, where there is room.
func (m *nodeMap) name(nodes []inventory.Node, areas map[string]string, labels *labels) {
	type middle struct{ x, y, n float64 }
	of := map[string]middle{}
	var order []string
	for _, n := range nodes {
		x, y := m.at(n.Place.Latitude, n.Place.Longitude)
		c, known := of[n.Area]
		if !known {
			order = append(order, n.Area)
		}
		of[n.Area] = middle{c.x + x, c.y + y, c.n + 1}
	}
	for _, area := range order {
		c := of[area]
		x, y := c.x/c.n, c.y/c.n-9
		half := letterWide * float64(utf8.RuneCountInString(areas[area])) / 2
		if labels.take(box{x - half, y - lineHigh, x + half, y}) {
			m.Names = append(m.Names, mapName{percent(x), percent(y), areas[area]})
		}
	}
}

// labels are the places on the map that have something written on them.
type labels []box

type box struct{ left, top, right, bottom float64 }

// fits takes the room for a name beside a mark, if there is any.
func (l *labels) fits(x, y float64, name string, left bool) bool {
	wide := letterWide * float64(utf8.RuneCountInString(name))
	b := box{x + 3, y - lineHigh/2, x + 3 + wide, y + lineHigh/2}
	if left {
		b.left, b.right = x-3-wide, x-3
	}
	return l.take(b)
}

func (l *labels) take(b box) bool {
	if b.left < 0 || b.right > 100 || slices.ContainsFunc(*l, func(o box) bool {
		return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
	}) {
		return false
	}
	*l = append(*l, b)
	return true
}
