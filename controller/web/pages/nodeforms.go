package pages

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/store"
)

// newNodeForm makes a place for a loudspeaker, and the code for its board.
func (p *nodesPage) newNodeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	var id string
	if err == nil {
		id, err = p.inventory.AddNode(r.Context(), r.PostForm.Get("name"), r.PostForm.Get("area"), r.PostForm.Has("no_return"))
	}
	if err != nil {
		p.nodesPage(w, r, err)
		return
	}
	if r.PostForm.Has("no_return") { // there is no board to invite
		http.Redirect(w, r, "/nodes/"+id+"?saved", http.StatusSeeOther)
		return
	}
	p.invitePage(w, r, id, nil)
}

func (p *nodesPage) inviteForm(w http.ResponseWriter, r *http.Request) {
	p.invitePage(w, r, r.PathValue("id"), readForm(w, r))
}

// invitePage shows the code by which a board becomes a node.
func (p *nodesPage) invitePage(w http.ResponseWriter, r *http.Request, id string, err error) {
	var code *invited
	if err == nil {
		code, err = invite(p.kit, p.inventory, r, id)
	}
	p.nodePage(w, r, id, code, err)
}

// invite makes a code by which a board becomes a node.
func invite(p *kit, desk *inventory.Inventory, r *http.Request, id string) (*invited, error) {
	code, until, err := desk.Invite(r.Context(), id)
	if err != nil {
		return nil, err
	}
	v := access.Of(r.Context())
	sent := &invited{Node: id, Command: "loa node enrol " + p.machine.Board(p.machine.Reachable(v), v.TLS) + " " + code, Expires: until}
	sent.QR, err = qrSVG(sent.Command)
	return sent, err
}

func (p *nodesPage) revokeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil && !r.PostForm.Has("sure") { // no press of one button takes a loudspeaker away for good
		err = formProblem("node_revoke_unsure")
	}
	if err == nil {
		err = p.inventory.Revoke(r.Context(), r.PathValue("id"))
	}
	p.afterNodeForm(w, r, err)
}

// testForm plays the chime softly at one loudspeaker.
func (p *nodesPage) testForm(w http.ResponseWriter, r *http.Request) {
	err, at := readForm(w, r), p.now()
	if err == nil {
		_, err = p.calls.PlayTest(r.Context(), r.PathValue("id"))
	}
	p.afterOrder(w, r, "test", at, err)
}

// nodeForm changes what a technician may change.
func (p *nodesPage) nodeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		volume, errVolume := strconv.Atoi(r.PostForm.Get("volume"))
		delay, errDelay := strconv.Atoi(cmp.Or(r.PostForm.Get("delay"), "0"))
		if errors.Join(errVolume, errDelay) != nil {
			volume = -1 // which is refused
		}
		_, err = p.inventory.PutNode(r.Context(), r.PathValue("id"), inventory.Change{Name: r.PostForm.Get("name"), Area: r.PostForm.Get("area"), Volume: &volume, DelayMS: delay, NoReturn: r.PostForm.Has("no_return")})
	}
	p.afterNodeForm(w, r, err)
}

// placeForm says where a loudspeaker stands.
func (p *nodesPage) placeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		var place *store.Place
		if place, err = readPlace(r.PostForm.Get("place")); err == nil {
			err = p.inventory.PlaceNode(r.Context(), r.PathValue("id"), place)
		}
	}
	p.afterNodeForm(w, r, err)
}

func (p *nodesPage) afterNodeForm(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		p.nodePage(w, r, r.PathValue("id"), nil, err)
		return
	}
	http.Redirect(w, r, "/nodes/"+r.PathValue("id")+"?saved", http.StatusSeeOther)
}

func (p *nodesPage) testHornForm(w http.ResponseWriter, r *http.Request) {
	err, at := readForm(w, r), p.now()
	if err == nil {
		err = p.inventory.TestHorn(r.Context(), r.PathValue("id"))
	}
	p.afterOrder(w, r, "selftest", at, err)
}

// sentOrder is a test that a node was told to make. That it was told is not
// that it has done it: only the node's own word says so.
type sentOrder struct {
	Kind string // test, selftest
	At   time.Time
}

// afterOrder comes back to the page of the node, which then shows what the node
// says of the order.
func (p *nodesPage) afterOrder(w http.ResponseWriter, r *http.Request, kind string, at time.Time, err error) {
	if err != nil {
		p.nodePage(w, r, r.PathValue("id"), nil, err)
		return
	}
	http.Redirect(w, r, fmt.Sprintf("/nodes/%s?sent=%s&at=%d", r.PathValue("id"), kind, at.UnixMilli()), http.StatusSeeOther)
}

// sentOf reads the order from the page's address; nil: none.
func sentOf(r *http.Request) *sentOrder {
	q := r.URL.Query()
	at, err := strconv.ParseInt(q.Get("at"), 10, 64)
	if kind := q.Get("sent"); err == nil && (kind == "test" || kind == "selftest") {
		return &sentOrder{kind, time.UnixMilli(at)}
	}
	return nil
}

// Told reports whether the node has said, since the order, that it was done.
func (v beatenNode) Told() bool {
	switch {
	case v.Sent == nil:
		return false
	case v.Sent.Kind == "selftest":
		return v.SelfTest != nil && v.SelfTest.At.After(v.Sent.At)
	}
	return v.LastHeard != nil && v.LastHeard.After(v.Sent.At)
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
