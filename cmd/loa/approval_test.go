package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/client"
)

// operator lets a person in who writes and does not approve, and returns the
// API as a program of theirs sees it.
func (o *office) operator(name string) *api {
	o.t.Helper()
	password := "con suối sau nhà " + name
	o.send(http.MethodPost, "/api/v1/people", map[string]any{"login": name, "name": name, "password": password,
		"grants": []any{map[string]any{"role": "operator", "area": "la-da"}}}, nil)
	ask := func(path, cookie string, body any) *http.Response {
		data, err := json.Marshal(body)
		require.NoError(o.t, err)
		req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.info.URL+path, bytes.NewReader(data))
		require.NoError(o.t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Cookie", cookie)
		res, err := http.DefaultClient.Do(req)
		require.NoError(o.t, err)
		o.t.Cleanup(func() { _ = res.Body.Close() })
		require.Equal(o.t, http.StatusCreated, res.StatusCode, path)
		return res
	}
	session := ask("/api/v1/session", "", map[string]any{"login": name, "password": password})
	var made struct{ Token string }
	answer := ask("/api/v1/tokens", session.Cookies()[0].String(), map[string]any{"name": "máy", "scopes": []string{"read", "write"},
		"password": password})
	require.NoError(o.t, json.NewDecoder(answer.Body).Decode(&made))
	return &api{o.t, client.Client{Base: o.info.URL, Token: made.Token}}
}

// What nobody approved makes no sound: a loudspeaker listens through the hour
// of one programme that waits, and then hears the one that was approved. What
// was approved and then changed is silent too.
func TestE2EApproval(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eApproval)
}

func e2eApproval(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	writer := o.operator("hoa")
	clip := writer.upload(recording(t, "Chiều mai xã họp dân ở nhà văn hóa, mời bà con đến dự đông đủ."))
	type programme struct {
		ID       string
		Approval struct{ State, Digest string }
	}
	give := func(title string, at time.Time) (p programme) {
		writer.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": title, "class": "normal", "at": at.Format(time.RFC3339),
			"start_late_s": 0,
			"targets":      map[string]any{"areas": []string{"la-da"}}, "rundown": []any{map[string]any{"clip": clip.ID}}}, &p)
		require.Equal(t, "waiting", p.Approval.State)
		return p
	}
	length := time.Duration(clip.Seconds * float64(time.Second))
	first := soon(5 * time.Second)
	second := first.Add(length + 2*time.Second).Truncate(time.Second)
	third := second.Add(length + 3*time.Second).Truncate(time.Second)
	give("không ai duyệt", first)
	good, changed := give("được duyệt", second), give("duyệt rồi đổi", third.Add(time.Hour))
	for _, p := range []programme{good, changed} {
		o.send(http.MethodPost, "/api/v1/programmes/"+p.ID+"/approve", map[string]any{"digest": p.Approval.Digest}, &p)
		require.Equal(t, "approved", p.Approval.State)
	}
	var moved map[string]any
	writer.get("/api/v1/programmes/"+changed.ID, &moved)
	moved["at"] = third.Format(time.RFC3339)
	writer.send(http.MethodPut, "/api/v1/programmes/"+changed.ID, moved, &changed)
	require.Equal(t, "waiting", changed.Approval.State)
	o.hold(1, 1)
	witness.Judge(t, first.Add(-6*time.Second), first,
		func(t testing.TB) { require.Less(t, time.Now(), first, "all is given before the first airing") })

	until(third.Add(length + time.Second))
	h := v.horn(t)
	heard := h.firstSound(first.Add(-time.Second))
	require.False(t, heard.IsZero())
	require.False(t, heard.Before(second.Add(-time.Second)), "nothing before the one that was approved")
	heardAt(t, "the approved one", h, o.clip(clip.ID), second)
	require.True(t, h.firstSound(second.Add(length+time.Second)).IsZero(), "nothing after it")

	var log struct {
		Items []struct {
			Title, Author, Approver, State string
			Heard, Nodes                   int
		}
	}
	await(t, "the log has it", 20*time.Second, func() bool {
		o.get("/api/v1/log", &log)
		return len(log.Items) == 1 && log.Items[0].State == "heard"
	})
	require.Equal(t, "được duyệt", log.Items[0].Title)
	require.Equal(t, 1, log.Items[0].Heard)
	require.NotEmpty(t, log.Items[0].Approver)
	require.Contains(t, log.Items[0].Author, "hoa")
}
