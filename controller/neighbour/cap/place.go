package cap

import (
	"math"
	"slices"
	"strings"
)

// Place is a village as a message may name it.
type Place struct {
	Point *Point   // nil: nobody has said where it stands
	Codes []string // its codes and those of what it belongs to: commune, province
}

// Covers reports whether an Info is about the place: a polygon or a circle reaches it, give
// or take margin kilometres, or a geocode names it. An Info without any area, or with names
// alone, covers nothing: that no place is named never means that all are meant.
func (i Info) Covers(p Place, margin float64) bool {
	return slices.ContainsFunc(i.Areas, func(a Area) bool { return a.covers(p, margin) })
}

func (a Area) covers(p Place, margin float64) bool {
	for _, g := range a.Geocodes {
		if g.Value != "" && slices.ContainsFunc(p.Codes, func(c string) bool { return strings.EqualFold(c, g.Value) }) {
			return true
		}
	}
	if p.Point == nil {
		return false
	}
	for _, c := range a.Circles {
		if distance(c.Centre, *p.Point) <= c.Radius+margin {
			return true
		}
	}
	return slices.ContainsFunc(a.Polygons, func(polygon []Point) bool {
		return within(polygon, *p.Point) || margin > 0 && near(polygon, *p.Point, margin)
	})
}

const earth = 6371.0088 // kilometres, mean radius (IUGG)

// distance is the way over the ground between two points, kilometres (haversine).
func distance(a, b Point) float64 {
	rad := math.Pi / 180
	dLat, dLon := (b.Latitude-a.Latitude)*rad, (b.Longitude-a.Longitude)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Latitude*rad)*math.Cos(b.Latitude*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(min(1, h)))
}

// within counts how often a ray to the east crosses the border, at each of the two places
// where the border, followed around the Earth, may pass the point.
func within(polygon []Point, p Point) bool {
	inside := false
	for _, turn := range []float64{-360, 0, 360} {
		longitude := math.Remainder(polygon[0].Longitude-p.Longitude, 360) + turn
		for i := 1; i < len(polygon); i++ {
			a := xy{longitude, polygon[i-1].Latitude - p.Latitude}
			longitude += math.Remainder(polygon[i].Longitude-polygon[i-1].Longitude, 360) // the short way, also across the 180th meridian
			b := xy{longitude, polygon[i].Latitude - p.Latitude}
			if (a.y > 0) != (b.y > 0) && a.x+(b.x-a.x)*a.y/(a.y-b.y) > 0 {
				inside = !inside
			}
		}
	}
	return inside
}

// near reports whether the border comes as near as margin kilometres.
func near(polygon []Point, p Point, margin float64) bool {
	for i := 1; i < len(polygon); i++ {
		a := flat(p, polygon[i-1], math.Remainder(polygon[i-1].Longitude-p.Longitude, 360))
		b := flat(p, polygon[i], math.Remainder(polygon[i-1].Longitude-p.Longitude, 360)+
			math.Remainder(polygon[i].Longitude-polygon[i-1].Longitude, 360))
		dx, dy, t := b.x-a.x, b.y-a.y, 0.0
		if l := dx*dx + dy*dy; l > 0 {
			t = max(0, min(1, -(a.x*dx+a.y*dy)/l))
		}
		if math.Hypot(a.x+t*dx, a.y+t*dy) <= margin {
			return true
		}
	}
	return false
}

// xy is east and north of a point.
type xy struct{ x, y float64 }

// flat is a point on a plane around p, kilometres: right to a thousandth within a hundred.
func flat(p, q Point, degreesEast float64) xy {
	const perDegree = math.Pi / 180 * earth
	return xy{degreesEast * perDegree * math.Cos(p.Latitude*math.Pi/180), (q.Latitude - p.Latitude) * perDegree}
}
