package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
	"loa/controller/client"
	"loa/node/wire"
)

// loaBinary is the program that all tests start: the one that LOA_BINARY names,
// which make test has built, or one that is built now, once, as make build does.
var loaBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("LOA_BINARY"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "loa-test")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "loa")
	out, err := exec.Command("go", "build", "-tags", "nolibopusfile", "-trimpath", "-ldflags", "-s -w", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	if dirs := os.Getenv(envNodes); dirs != "" {
		if err := runNodes(filepath.SplitList(dirs)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if unit := os.Getenv(envUnit); unit != "" {
		fmt.Fprintln(os.Stderr, runFiltered(unit, os.Args[1:]))
		os.Exit(1)
	}
	code := browser.Main(func() int { return witness.Main(m) })
	if path, err := loaBinary(); err == nil && path != os.Getenv("LOA_BINARY") {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// process is one real process of the program.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
}

// start runs loa with arguments; it is killed when the test ends.
func start(t testing.TB, name string, env []string, args ...string) *process {
	t.Helper()
	bin, err := loaBinary()
	require.NoError(t, err)
	return launch(t, bin, name, env, args...)
}

// launch runs any program so.
func launch(t testing.TB, bin, name string, env []string, args ...string) *process {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(t.TempDir(), name+".log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	require.NoError(t, err)
	p := &process{t: t, cmd: exec.Command(bin, args...), log: log, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, p.cmd.Start())
	go func() { defer close(p.done); _ = p.cmd.Wait() }()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, p.said())
		}
		_ = log.Close()
	})
	return p
}

func (p *process) said() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-20_000):])
}

// kill ends the process as a cut of power does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop ends it as a person does.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	for from := time.Now(); p.running(); until(time.Now().Add(5 * time.Millisecond)) {
		if witness.Over(from, 10*time.Second) {
			_ = p.cmd.Process.Signal(syscall.SIGQUIT) // what it waits for
			await(p.t, "its goroutines are told", 10*time.Second, func() bool { return !p.running() })
			p.t.Errorf("did not stop within 10 s:\n%s", p.said())
			return
		}
	}
}

// ends waits for a process that ends by itself.
func (p *process) ends(within time.Duration) {
	p.t.Helper()
	await(p.t, "the process ends by itself", within, func() bool { return !p.running() })
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// await polls until ok is true; real processes give no other sign. The limit is
// in the machine's own time.
func await(t testing.TB, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	witness.Await(t, what, limit, ok)
}

// until waits for an instant of the wall clock.
func until(at time.Time) { <-time.After(time.Until(at)) }

// api is the controller's API as a script sees it.
type api struct {
	t testing.TB
	client.Client
}

func (a *api) get(path string, answer any) {
	a.t.Helper()
	require.NoError(a.t, a.Do(context.Background(), http.MethodGet, path, nil, answer))
}

func (a *api) send(method, path string, body, answer any) {
	a.t.Helper()
	require.NoError(a.t, a.Do(context.Background(), method, path, body, answer))
}

type clipAnswer struct {
	ID      string  `json:"id"`
	SHA256  string  `json:"sha256"`
	Seconds float64 `json:"seconds"`
	LUFS    float64 `json:"lufs"`
	Peak    float64 `json:"peak_dbtp"`
}

func (a *api) upload(path string) (clip clipAnswer) {
	a.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", filepath.Base(path))
	require.NoError(a.t, err)
	data, err := os.ReadFile(path)
	require.NoError(a.t, err)
	_, err = part.Write(data)
	require.NoError(a.t, err)
	require.NoError(a.t, form.Close())
	res := a.raw(http.MethodPost, "/api/v1/clips", form.FormDataContentType(), &body)
	require.Equal(a.t, http.StatusCreated, res.status, "%s", res.body)
	require.NoError(a.t, json.Unmarshal(res.body, &clip))
	return clip
}

type rawAnswer struct {
	status int
	kind   string
	body   []byte
}

func (a *api) raw(method, path, kind string, body io.Reader) rawAnswer {
	a.t.Helper()
	req, err := http.NewRequest(method, a.Base+path, body)
	require.NoError(a.t, err)
	req.Header.Set("Authorization", "Bearer "+a.Token)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(a.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(a.t, err)
	return rawAnswer{res.StatusCode, res.Header.Get("Content-Type"), data}
}

type nodeAnswer struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	VI      string `json:"vi"`
	Version string
	Clips   *struct{ Held, Of int }
	Faults  []struct{ Code, VI, EN string }
	OnAir   *struct{ Title string } `json:"on_air"`

	Ear      bool
	SelfTest *wire.SelfTest `json:"self_test"`
}

func (a *api) nodes() []nodeAnswer {
	a.t.Helper()
	var l struct{ Items []nodeAnswer }
	a.get("/api/v1/nodes", &l)
	return l.Items
}

type playAnswer struct {
	Node, Programme, Airing string
	Item                    int
	Began, Ended            time.Time
	HeardS                  float64 `json:"heard_s"`
	LengthS                 float64 `json:"length_s"`
	Volume                  int
	Outcome, Reason         string
}

func (a *api) plays(query string) []playAnswer {
	a.t.Helper()
	var l struct{ Items []playAnswer }
	a.get("/api/v1/plays?"+query, &l)
	return l.Items
}

// ready reads the file that the controller writes when it is ready.
func ready(t testing.TB, dir string) (info client.Info) {
	t.Helper()
	path := filepath.Join(dir, "controller.json")
	await(t, "the controller is ready", 20*time.Second, func() bool {
		data, err := os.ReadFile(path)
		return err == nil && json.Unmarshal(data, &info) == nil
	})
	http.DefaultClient.CloseIdleConnections() // to one that was there before: what is posted over such is not asked again
	return info
}
