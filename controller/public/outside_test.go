package public_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/public"
)

// A real feed reader takes both feeds: newsboat finds as many entries as are on the page,
// by their titles, and the sounds of the podcast.
func TestAFeedReader(t *testing.T) {
	if _, err := exec.LookPath("newsboat"); err != nil {
		t.Skip("needs newsboat: make test-people installs it")
	}
	b := open(t, public.Limits{}, lived)
	folder := t.TempDir()
	witness.Await(t, "the podcast's sounds", time.Minute, func() bool { b.publish(t, folder); return b.made(t) })
	for _, c := range []struct {
		feed, each string
		has        []string
	}{
		{"feed.atom", "</entry>", []string{"Lũ về trên suối Đa Mi", "Mời họp thôn"}},
		{"podcast.rss", "</item>", []string{"Lũ về trên suối Đa Mi", ".m4a", "audio/mp4"}},
	} {
		t.Run(c.feed, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "urls"), []byte(b.url+"/t/"+b.code+"/"+c.feed+"\n"), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "config"), nil, 0o600))
			newsboat := func(does string) string {
				cmd := exec.CommandContext(t.Context(), "newsboat", "-u", filepath.Join(dir, "urls"), "-c", filepath.Join(dir, "cache.db"),
					"-C", filepath.Join(dir, "config"), "-x", does)
				cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s", out)
				return string(out)
			}
			require.Empty(t, newsboat("reload"), "it complains of nothing")
			items := strings.Count(b.ask(http.MethodGet, "/t/"+b.code+"/"+c.feed).body, c.each)
			require.Positive(t, items)
			require.Contains(t, newsboat("print-unread"), fmt.Sprintf("%d unread", items))
			cache, err := os.ReadFile(filepath.Join(dir, "cache.db"))
			require.NoError(t, err)
			for _, want := range c.has {
				require.Contains(t, string(cache), want)
			}
		})
	}
}

// It is heard in Firefox too, as Debian has it: the Opus, and what an old telephone gets.
func TestFirefoxHears(t *testing.T) {
	if _, err := exec.LookPath("firefox-esr"); err != nil {
		t.Skip("needs firefox-esr: make test-people installs it")
	}
	b := open(t, public.Limits{}, lived)
	f := firefox(t)
	f.do("browsingContext.navigate", map[string]any{"url": b.url + "/t/" + b.code, "wait": "complete"})
	for _, kind := range []string{"opus", "m4a"} {
		got := f.do("script.evaluate", map[string]any{"awaitPromise": true, "userActivation": true, "expression": fmt.Sprintf(`(async () => {
			const a = document.querySelector("audio");
			a.src = a.querySelector('source[src$=%q]').src;
			a.muted = true;
			await a.play();
			while (a.currentTime < 0.2 && !a.ended) await new Promise((r) => setTimeout(r, 50));
			const at = a.currentTime;
			a.pause();
			return at > 0 && a.duration > 0 && a.canPlayType(a.querySelector('source[src$=%q]').type) !== "";
		})()`, kind, kind)})
		require.Contains(t, got, `"value":true`, kind)
	}
}

// fox is a Firefox that is told what to do, by WebDriver BiDi.
type fox struct {
	t    *testing.T
	conn *websocket.Conn
	page string
	n    int
}

// firefox starts one with a profile of its own.
func firefox(t *testing.T) *fox {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "user.js"), []byte(`user_pref("media.autoplay.default", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.normandy.enabled", false);
`), 0o600))
	cmd := exec.Command("firefox-esr", "--headless", "--no-remote", "--profile", dir, "--remote-debugging-port", "0", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+dir, "MOZ_CRASHREPORTER_DISABLE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its helpers too
		_ = cmd.Wait()
	})
	address := ""
	lines := bufio.NewScanner(said)
	for address == "" && lines.Scan() {
		_, address, _ = strings.Cut(lines.Text(), "WebDriver BiDi listening on ")
	}
	require.NotEmpty(t, address)
	go func() {
		for lines.Scan() { // it must not wait for its words to be read
		}
	}()
	conn, _, err := websocket.Dial(t.Context(), address+"/session", nil)
	require.NoError(t, err)
	conn.SetReadLimit(1 << 20)
	f := &fox{t: t, conn: conn}
	f.do("session.new", map[string]any{"capabilities": map[string]any{}})
	var tree struct {
		Contexts []struct{ Context string }
	}
	require.NoError(t, json.Unmarshal([]byte(f.do("browsingContext.getTree", map[string]any{})), &tree))
	require.NotEmpty(t, tree.Contexts)
	f.page = tree.Contexts[0].Context
	return f
}

// do returns what comes of a command.
func (f *fox) do(method string, params map[string]any) string {
	f.t.Helper()
	switch method {
	case "browsingContext.navigate":
		params["context"] = f.page
	case "script.evaluate":
		params["target"] = map[string]any{"context": f.page}
	}
	f.n++
	ctx, cancel := context.WithTimeoutCause(f.t.Context(), time.Minute, errors.New("Firefox does not answer"))
	defer cancel()
	raw, err := json.Marshal(map[string]any{"id": f.n, "method": method, "params": params})
	require.NoError(f.t, err)
	require.NoError(f.t, f.conn.Write(ctx, websocket.MessageText, raw))
	for {
		_, raw, err := f.conn.Read(ctx)
		require.NoError(f.t, err, context.Cause(ctx))
		var answer struct {
			ID      int
			Type    string
			Result  json.RawMessage
			Message string
		}
		require.NoError(f.t, json.Unmarshal(raw, &answer))
		if answer.ID == f.n {
			require.Equal(f.t, "success", answer.Type, "%s: %s", method, answer.Message)
			return string(answer.Result)
		}
	}
}
