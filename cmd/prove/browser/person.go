package browser

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

const (
	shell = "/usr/bin/chromium-headless-shell"
	// How long somebody waits for one thing to be seen before the page is broken.
	patience = 30 * time.Second
	// How long all that one person does may take.
	visit = 3 * time.Minute
)

// Person is somebody at a browser. The caller may change URL, where they
// find the controller.
type Person struct {
	T   testing.TB
	Ctx context.Context
	URL string
}

func flags() []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(shell), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("lang", "vi"))
}

// shared is the one chromium of this process, and how it is closed.
var shared struct {
	sync.Once
	ctx   context.Context
	close func()
	err   error
}

func begin() {
	ctx, end := chromedp.NewExecAllocator(context.Background(), flags()...)
	ctx, leave := chromedp.NewContext(ctx)
	shared.ctx, shared.close = ctx, func() { leave(); end() }
	shared.err = chromedp.Do(ctx) // starts it
}

// Main runs a package's tests and closes the shared chromium.
func Main(run func() int) int {
	code := run()
	shared.Do(func() {})
	if shared.close != nil {
		shared.close()
	}
	return code
}

// Open is somebody who has opened nothing yet, in the shared chromium.
func Open(t testing.TB, url string) *Person {
	t.Helper()
	shared.Do(begin)
	require.NoError(t, shared.err)
	ctx, cancel := chromedp.NewContext(shared.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return &Person{t, witness.Within(t, ctx, visit), url}
}

// Speaking is somebody in a chromium of their own, whose microphone hears a WAV
// file; with "" there is none. Flags come after those of all.
func Speaking(t testing.TB, url, voice string, more ...chromedp.ExecAllocatorOption) *Person {
	t.Helper()
	p := start(t, url, voice, more)
	p.May("microphone", cdpbrowser.PermissionSettingGranted)
	return p
}

// Whole is somebody at the whole browser, which asks before a microphone is used
// and knows how to install a page.
func Whole(t testing.TB, url, voice string, more ...chromedp.ExecAllocatorOption) *Person {
	t.Helper()
	return start(t, url, voice, append([]chromedp.ExecAllocatorOption{chromedp.ExecPath("/usr/bin/chromium")}, more...))
}

func start(t testing.TB, url, voice string, more []chromedp.ExecAllocatorOption) *Person {
	t.Helper()
	opts := flags()
	if voice != "" {
		opts = append(opts, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-audio-capture", voice))
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(opts, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return &Person{t, witness.Within(t, ctx, visit), url}
}

// May says what a page may do, as a person does who is asked.
func (p *Person) May(what string, setting cdpbrowser.PermissionSetting) {
	p.T.Helper()
	require.NoError(p.T, chromedp.Do(p.Ctx)) // a browser that is not there yet cannot be told
	_, err := chromedp.CallBrowser(p.Ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: what}, Setting: setting})
	require.NoError(p.T, err)
}

// Do does one step after another.
func (p *Person) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.T.Helper()
	for _, step := range steps {
		err := chromedp.Do(p.Ctx, step)
		for err != nil && strings.Contains(err.Error(), "Could not find node with given id") {
			err = chromedp.Do(p.Ctx, step) // a part of the page was renewed between finding and pressing; a hand would not notice
		}
		require.NoError(p.T, err)
	}
}

// Open shows a page at the width of a phone, signed in by a token.
func (p *Person) Open(token, path string) {
	p.T.Helper()
	p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.URL+path+"?token="+token), chromedp.WaitVisible("main h1"))
}

// Before has a script run in every page before its own.
func (p *Person) Before(script string) {
	p.T.Helper()
	_, err := chromedp.Call(p.Ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	require.NoError(p.T, err)
}

// Sees waits until an expression of the page is true, over whatever pages lead
// there by themselves.
func (p *Person) Sees(what, expression string) {
	p.T.Helper()
	for from := time.Now(); ; <-time.After(50 * time.Millisecond) {
		_, err := chromedp.Run(p.Ctx,
			chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(5*time.Second), chromedp.WithPollingInterval(50*time.Millisecond)))
		if err == nil {
			return
		}
		if witness.Over(from, patience) || p.Ctx.Err() != nil {
			text, _ := chromedp.Run(p.Ctx, chromedp.Evaluate[string](`document.body.innerText`)) // that it is not seen is the error
			require.NoError(p.T, err, "%s; the page says: %s", what, text)
		}
	}
}

// Comes waits until an expression is true of the page that is there then:
// unlike Sees, only when that page has been loaded whole.
func (p *Person) Comes(what, expression string) {
	p.T.Helper()
	witness.Await(p.T, what, patience, func() bool {
		ok, err := chromedp.Run(p.Ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !!(`+expression+`)`))
		return err == nil && ok
	})
}

// State waits until the call on the page is in a state.
func (p *Person) State(s string) {
	p.T.Helper()
	p.Sees("the call is "+s, fmt.Sprintf(`document.querySelector("#call").dataset.state === %q`, s))
}

// Text is what a part of the page says.
func (p *Person) Text(selector string) string {
	p.T.Helper()
	text, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).innerText`, selector)))
	require.NoError(p.T, err)
	return text
}

// Evaluate asks the page once.
func (p *Person) Evaluate(expression string) bool {
	p.T.Helper()
	v, err := chromedp.Run(p.Ctx, chromedp.Evaluate[bool](expression))
	require.NoError(p.T, err)
	return v
}

// Address is where the page is.
func (p *Person) Address() string {
	p.T.Helper()
	address, err := chromedp.Run(p.Ctx, chromedp.Location())
	require.NoError(p.T, err)
	return address
}

// Types writes into a field, as a person does who knows what to write.
func (p *Person) Types(selector, text string) {
	p.T.Helper()
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const f = document.querySelector(%q); f.value = %q; f.dispatchEvent(new Event("change")); }`, selector, text)))
}

// Sends presses the button of a form and waits for the page that follows.
func (p *Person) Sends(selector, next string) {
	p.T.Helper()
	p.Do(chromedp.Click(selector))
	p.Comes("the page "+next, fmt.Sprintf(`location.pathname === %q`, next))
}

// Press and Release are of the left button of a mouse, now.
func (p *Person) Press(selector string) {
	p.T.Helper()
	p.mouse(chromedp.MousePressed, selector, time.Now())
}

func (p *Person) Release(selector string) {
	p.T.Helper()
	p.mouse(chromedp.MouseReleased, selector, time.Now())
}

// mouse gives an event the time of the hand, which the page sees, however long
// it takes to the page. A person looks for what is below the edge of the screen.
func (p *Person) mouse(kind input.DispatchMouseEventType, selector string, when time.Time) {
	p.T.Helper()
	at, err := chromedp.Run(p.Ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(
		`(() => { const e = document.querySelector(%q); e.scrollIntoViewIfNeeded(); const r = e.getBoundingClientRect();
			return [r.x + r.width / 2, r.y + r.height / 2]; })()`, selector)))
	require.NoError(p.T, err)
	p.Do(chromedp.MouseEvent(kind, at[0], at[1], func(e *input.DispatchMouseEventParams) {
		e.Button, e.ClickCount, e.Timestamp = input.MouseButtonLeft, 1, epoch(when)
	}))
}

func epoch(at time.Time) input.TimeSinceEpoch {
	return input.TimeSinceEpoch(float64(at.UnixMicro()) / 1e6)
}

// Tap is a press of 50 ms.
func (p *Person) Tap(selector string) {
	p.T.Helper()
	p.press(selector, 50*time.Millisecond)
}

// Hold is a press of somewhat more than a second.
func (p *Person) Hold(selector string) {
	p.T.Helper()
	p.press(selector, 1150*time.Millisecond)
}

// HoldFor holds for so long, by the time of the hand: it is on the event, however
// late the machine gives it.
func (p *Person) HoldFor(selector string, length time.Duration) {
	p.T.Helper()
	p.press(selector, length)
}

func (p *Person) press(selector string, length time.Duration) {
	p.T.Helper()
	down := time.Now()
	up := down.Add(length)
	p.mouse(chromedp.MousePressed, selector, down)
	<-time.After(time.Until(up))
	p.mouse(chromedp.MouseReleased, selector, up)
}

// Key presses or releases the space bar on what has the focus.
func (p *Person) Key(kind input.DispatchKeyEventType) {
	p.T.Helper()
	p.key(kind, " ", "Space", 32, time.Now())
}

// Escape presses Esc so many times, a fifth of a second apart by the hand.
func (p *Person) Escape(times int) {
	p.T.Helper()
	first := time.Now()
	for i := range times {
		when := first.Add(time.Duration(i) * 200 * time.Millisecond)
		p.key(input.DispatchKeyEventTypeKeyDown, "Escape", "Escape", 27, when)
		p.key(input.DispatchKeyEventTypeKeyUp, "Escape", "Escape", 27, when)
	}
}

func (p *Person) key(kind input.DispatchKeyEventType, key, code string, number int64, when time.Time) {
	p.T.Helper()
	e := input.DispatchKeyEventParams{Type: kind, Key: key, Code: code, WindowsVirtualKeyCode: number, Timestamp: epoch(when)}
	if key == " " {
		e.Text = key
	}
	_, err := chromedp.Call(p.Ctx, input.DispatchKeyEvent, e)
	require.NoError(p.T, err)
}
