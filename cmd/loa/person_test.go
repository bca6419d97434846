package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// person is somebody at a browser whose microphone hears a WAV file, over and
// over.
type person struct {
	t   *testing.T
	ctx context.Context
	url string // of the controller, as the browser reaches it
}

// person opens chromium; flags come after those of all browser tests.
func (o *office) person(voice string, flags ...chromedp.ExecAllocatorOption) *person {
	o.t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("lang", "vi"))
	if voice != "" {
		opts = append(opts, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-audio-capture", voice))
	}
	ctx, cancel := chromedp.NewExecAllocator(o.t.Context(), append(opts, flags...)...)
	o.t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	o.t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	o.t.Cleanup(cancel)
	return &person{o.t, ctx, o.info.URL}
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	for _, step := range steps {
		err := chromedp.Do(p.ctx, step)
		for err != nil && strings.Contains(err.Error(), "Could not find node with given id") {
			err = chromedp.Do(p.ctx, step) // a part of the page was renewed between finding and pressing; a hand would not notice
		}
		require.NoError(p.t, err)
	}
}

// open shows a page, signed in.
func (p *person) open(token, path string) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.url+path+"?token="+token), chromedp.WaitVisible("main h1"))
}

// before has a script run in every page before its own.
func (p *person) before(script string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	require.NoError(p.t, err)
}

// sees waits until an expression of the page is true, over whatever pages lead
// there by themselves.
func (p *person) sees(what, expression string) {
	p.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(time.Until(deadline))))
		if err == nil {
			return
		}
		if time.Now().After(deadline) || p.ctx.Err() != nil {
			text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`)) // that it is not seen is the error
			require.NoError(p.t, err, "%s; the page says: %s", what, text)
		}
		until(time.Now().Add(50 * time.Millisecond)) // the page went while it was asked
	}
}

func (p *person) state(s string) {
	p.t.Helper()
	p.sees("the call is "+s, fmt.Sprintf(`document.querySelector("#call").dataset.state === %q`, s))
}

func (p *person) text(selector string) string {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).innerText`, selector)))
	require.NoError(p.t, err)
	return text
}

func (p *person) evaluate(expression string) bool {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](expression))
	require.NoError(p.t, err)
	return v
}

// press and release are of the left button of a mouse.
func (p *person) press(selector string)   { p.mouse(chromedp.MousePressed, selector) }
func (p *person) release(selector string) { p.mouse(chromedp.MouseReleased, selector) }

func (p *person) mouse(kind input.DispatchMouseEventType, selector string) {
	p.t.Helper()
	at, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(
		`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, selector)))
	require.NoError(p.t, err)
	p.do(chromedp.MouseEvent(kind, at[0], at[1], func(e *input.DispatchMouseEventParams) { e.Button, e.ClickCount = input.MouseButtonLeft, 1 }))
}

// tap is a press of 50 ms.
func (p *person) tap(selector string) {
	p.t.Helper()
	p.press(selector)
	until(time.Now().Add(50 * time.Millisecond))
	p.release(selector)
}
