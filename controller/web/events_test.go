package web_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// listen opens the stream; the channel gives its lines and ends with it.
func (o *office) listen(t *testing.T) <-chan string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", o.URL()+"/api/v1/events", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+o.Token())
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	require.Empty(t, res.Header.Get("Content-Encoding"), "an event must not wait in a buffer")
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		defer res.Body.Close()
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			lines <- in.Text()
		}
	}()
	require.Equal(t, ": loa", <-lines)
	return lines
}

// await reads the stream up to a piece of news.
func await(t *testing.T, lines <-chan string, what string) {
	t.Helper()
	event := ""
	for line := range lines {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if line == "data: "+what {
			require.Equal(t, "changed", event)
			return
		}
	}
	t.Fatalf("the stream ended without %q", what)
}

func TestEvents(t *testing.T) {
	o := start(t)
	one, two := o.listen(t), o.listen(t)
	id := o.add(t, programme())
	await(t, one, "calendar")
	await(t, two, "calendar")
	o.ask(t, "POST", "/api/v1/speech", object{"text": "Một."}).object(201)
	await(t, one, "library")
	o.ask(t, "PUT", "/api/v1/nodes/cho", object{"name": "Chợ", "area": "da-mi"}).object(200)
	await(t, one, "nodes")
	o.ask(t, "DELETE", "/api/v1/programmes/"+id, nil).into(204, nil)
	await(t, one, "calendar")
	require.Contains(t, string(o.ask(t, "GET", "/metrics", nil).body), "loa_event_streams 2")

	require.NoError(t, o.stop(), "open streams do not keep the controller")
	for range one {
	}
	for range two {
	}
}

func TestMetrics(t *testing.T) {
	o := start(t)
	text := string(o.ask(t, "GET", "/metrics", nil).body)
	for _, line := range []string{`loa_nodes{state="unknown"} 3`, `loa_nodes{state="good"} 0`, "loa_mqtt_clients ", "loa_event_streams 0",
		"loa_status_dropped_total 0", `loa_call_frames{what="late"} 0`, `loa_dispatch_total{what="dropped"} 0`, `loa_mqtt_total{what="denied"} 0`, `loa_certificate_end_seconds{certificate="ca"} `, "go_goroutines"} {
		require.Contains(t, text, line)
	}
}
