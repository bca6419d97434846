package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// world is an office with one of everything in the village thon-1, made anew
// before each request that could take it away.
type world struct {
	*office
	t        *testing.T
	store    *store.Store
	accounts *trust.Accounts
	made     int
	things   map[string]string // ids, by kind
	in       map[string]in
	ended    bool // a session, perhaps
}

// in is how a person and their program come in.
type in struct{ cookie, token string }

var inVillage = schedule.Targets{Areas: []string{"thon-1"}}

const pin = "cây đa bến nước"

func newWorld(t *testing.T, seeds ...seed) *world { return worldOf(t, start(t, seeds...)) }

func worldOf(t *testing.T, o *office) *world {
	w := &world{office: o, t: t, in: map[string]in{}, things: map[string]string{}}
	var err error
	w.store, err = store.OpenBeside(t.Context(), w.dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	w.accounts = trust.NewAccounts(w.store, time.Now, quick)
	require.NoError(t, w.store.PutCall(t.Context(),
		store.Call{Call: schedule.Call{ID: "c-past", Class: schedule.Live, Title: "Họp", Start: time.Now().Add(-time.Hour)},
			Targets: inVillage, Ended: time.Now().Add(-59 * time.Minute), Reason: "stopped"}))
	return w
}

// ids are what stands for {id}, by what comes before it.
func (w *world) fill(pattern string) string {
	path := strings.ReplaceAll(pattern[strings.Index(pattern, "/"):], "{$}", "")
	if pattern == "/" {
		return "/nowhere"
	}
	for _, kind := range []string{"people", "programmes", "reports", "works", "maintenance", "nodes", "village", "areas", "calls",
		"replay", "bulletins", "clips", "messages", "situation", "quick-reports", "codes", "answer-codes", "exercises",
		"warnings"} {
		if strings.Contains(path, "/"+kind+"/{id}") {
			return strings.Replace(strings.Replace(path, "{id}", w.one(kind), 1), "{token}", "nothing", 1)
		}
	}
	return strings.ReplaceAll(path, "{id}", "nothing")
}

// one is the id of a thing of a kind in the village. It is made anew when it
// may have been taken away or changed: after each request that was let in.
func (w *world) one(kind string) string {
	ctx := w.t.Context()
	if id, ok := w.things[kind]; ok {
		return id
	}
	w.made++
	id := fmt.Sprint(kind, "-", w.made)
	var err error
	switch kind {
	case "people":
		id = "p-head"
		err = w.store.PutPerson(ctx, store.Person{ID: id, Login: "truong-thon", Name: "Trưởng thôn",
			Grants: []store.Grant{{Role: "head", Area: "thon-1"}}, Created: time.Now()})
	case "programmes":
		_, err = w.store.PutProgramme(ctx, schedule.Programme{ID: id, Title: "Bản tin", Class: schedule.Normal, Level: schedule.CommuneLevel,
			Rule:    schedule.Rule{At: soon.Add(24 * time.Hour)},
			Targets: inVillage, Rundown: []schedule.Item{{Kind: schedule.Chime}}}, time.Now())
	case "reports":
		err = w.store.AddReport(ctx, store.Report{ID: id, Node: w.one("nodes"), At: time.Now(), Kind: "silent"})
	case "works", "maintenance":
		err = w.store.PutMaintenance(ctx, store.Maintenance{ID: id, Place: "thon-1", Since: time.Now(), Until: time.Now().Add(time.Hour)})
	case "nodes", "village":
		id = "thon-1-loa"
		err = w.store.PutNode(ctx, store.Node{ID: id, Name: "Cụm loa", Area: "thon-1", Volume: 80, Created: time.Now()})
	case "areas":
		id = "thon-1" // has a node: it cannot be removed
	case "calls", "replay": // what may be heard again is of a call too
		id = "c-past"
	case "exercises":
		err = w.store.AddExercise(ctx, store.Exercise{ID: id, Kind: store.Silent, At: time.Now(), Ended: time.Now()})
	case "codes", "answer-codes":
		id = "thon-1"
	case "messages", "situation":
		err = w.store.AddMessage(ctx, store.Message{ID: id, Area: "thon-1", Kind: "idea", Words: "Cảm ơn", At: time.Now(), Receipt: id,
			State: store.MessageNew, Changed: time.Now()}, []byte{0xff, 0xd8})
	case "warnings":
		err = w.store.AddWarning(ctx, store.Warning{ID: id, Message: id, Areas: []string{"thon-1"}, State: store.WarningProposed, Title: "Lũ",
			Words: "Lũ.", Received: time.Now(), Expires: time.Now().Add(time.Hour)})
	case "quick-reports":
		err = w.store.AddHeadReport(ctx, store.HeadReport{ID: id, Area: "thon-1", Level: "normal", Tapped: time.Now(), Arrived: time.Now()},
			[]byte{0xff, 0xd8})
	case "clips":
		id = strings.Repeat("ab", 32)
		err = errors.Join(w.store.AddClip(ctx, store.Clip{ID: id, Kind: store.Speech, Created: time.Now()}), w.store.PlaceClip(ctx, id, "thon-1"))
	case "bulletins": // a draft of the village's
		err = w.store.PutBulletin(ctx, store.Bulletin{ID: id, Title: "Nháp", Class: "normal", Language: "vi", Area: "thon-1",
			Clips: map[string]string{"vi": w.one("clips")}, Created: time.Now()})
	}
	require.NoError(w.t, err, kind)
	w.things[kind] = id
	return id
}

// as makes a person with a role in a place, and returns how they come in: by
// the cookie of a session, and by a token with every scope.
func (w *world) as(role, area string) (cookie, bearer []string) {
	id := "p-" + role + "-" + area
	if w.ended { // the last request may have ended a session
		clear(w.in)
		w.ended = false
	}
	if in, ok := w.in[id]; ok {
		return []string{"Cookie", "loa=" + in.cookie}, []string{"Authorization", "Bearer " + in.token}
	}
	require.NoError(w.t, w.store.PutPerson(w.t.Context(), store.Person{ID: id, Login: role + "." + area, Name: role + " " + area,
		Grants: []store.Grant{{Role: role, Area: area}}, Created: time.Now()}))
	value, err := w.accounts.Begin(w.t.Context(), id, trust.Visitor{})
	require.NoError(w.t, err)
	token, _, err := w.accounts.MakeToken(w.t.Context(), id, "t", trust.Actions, 0)
	require.NoError(w.t, err)
	w.in[id] = in{value, token}
	return w.as(role, area)
}

// request is one as a browser or a program would make it.
func (w *world) request(method, path string, content any, headers ...string) *http.Request {
	kind, text := "application/json", ""
	switch c := content.(type) {
	case nil:
	case string:
		kind, text = "application/x-www-form-urlencoded", c
	default:
		data, err := json.Marshal(c)
		require.NoError(w.t, err)
		text = string(data)
	}
	req, err := http.NewRequest(method, w.URL()+path, strings.NewReader(text))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", kind)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return req
}
