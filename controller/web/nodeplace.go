package web

import (
	"context"
	"strconv"
	"strings"

	"loa/controller/problem"
	"loa/controller/store"
)

type placeInput struct {
	ID   string `path:"id"`
	Body store.Place
}

func (s *Server) placeNode(ctx context.Context, in *placeInput) (*nodeAnswer, error) {
	if err := s.inventory.PlaceNode(ctx, in.ID, &in.Body); err != nil {
		return nil, s.fail(err)
	}
	return s.getNode(ctx, &idInput{in.ID})
}

func (s *Server) unplaceNode(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, s.fail(s.inventory.PlaceNode(ctx, in.ID, nil))
}

var placeGarbled = problem.New(problem.Invalid, "place_garbled",
	"Không đọc được vị trí: hãy viết vĩ độ, kinh độ như 11.2345, 107.8901.", "The position cannot be read: write latitude, longitude like 11.2345, 107.8901.")

// readPlace understands a position as people copy it from a map or write it
// down: two numbers, a point or a comma before the decimals. Nothing: nil.
func readPlace(text string) (*store.Place, error) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ';' || r == '°' })
	if len(parts) == 1 {
		parts = strings.Split(parts[0], ",")
	}
	if len(parts) == 0 {
		return nil, nil
	}
	if len(parts) != 2 {
		return nil, placeGarbled
	}
	var at [2]float64
	for i, most := range []float64{90, 180} {
		v, err := strconv.ParseFloat(strings.Replace(strings.TrimSuffix(parts[i], ","), ",", ".", 1), 64)
		if err != nil || !(v >= -most && v <= most) { // so that NaN is refused too
			return nil, placeGarbled
		}
		at[i] = v
	}
	return &store.Place{Latitude: at[0], Longitude: at[1]}, nil
}

// writePlace is a position as readPlace understands it, to a metre or less.
func writePlace(p *store.Place) string {
	if p == nil {
		return ""
	}
	return strconv.FormatFloat(p.Latitude, 'f', 6, 64) + ", " + strconv.FormatFloat(p.Longitude, 'f', 6, 64)
}
