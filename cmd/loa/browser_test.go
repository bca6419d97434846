package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// browser opens Debian's chromium; the page is read as a person reads it.
func browser(t *testing.T) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("no-first-run", true), chromedp.Flag("lang", "vi"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// dev starts a whole commune in one process and returns what dev.json says.
func dev(t *testing.T, args ...string) (devInfo, string, *process) {
	t.Helper()
	dir := t.TempDir()
	p := start(t, "dev", nil, append([]string{"dev", "--data", dir, "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"}, args...)...)
	var info devInfo
	await(t, "dev.json is written", 40*time.Second, func() bool {
		data, err := os.ReadFile(filepath.Join(dir, "dev.json"))
		return err == nil && json.Unmarshal(data, &info) == nil
	})
	return info, dir, p
}

// screenshots go to the folder that LOA_SCREENSHOTS names, else nowhere that
// lasts.
func screenshot(t *testing.T, ctx context.Context, name string, width int64) {
	t.Helper()
	dir := os.Getenv("LOA_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 800)))
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
	require.NoError(t, err)
	require.LessOrEqual(t, wide, width, "the page is wider than the screen at %d px", width)
}

// A person opens the address that make run prints, and sees the three nodes
// play and then who heard it.
func TestBrowserSeesThreeNodesPlay(t *testing.T) {
	t.Parallel()
	started := time.Now()
	info, _, p := dev(t)
	t.Logf("ready after %v", time.Since(started).Round(10*time.Millisecond))
	require.Len(t, info.Nodes, 3)
	ctx := browser(t)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1024, 768), chromedp.Navigate(info.URL+"/?token="+info.Token),
		chromedp.WaitVisible("main h1")))
	where, err := chromedp.Run(ctx, chromedp.Location())
	require.NoError(t, err)
	require.NotContains(t, where, "token", "the token does not stay in the address")

	// live, without a reload
	require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`window.same = true`)))
	_, err = chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelectorAll(".node.on_air").length === 3`, chromedp.WithPollingTimeout(50*time.Second)))
	require.NoError(t, err)
	screenshot(t, ctx, "on-air-1024", 1024)
	_, err = chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelectorAll("details.airing tr.heard").length === 3`, chromedp.WithPollingTimeout(50*time.Second)))
	require.NoError(t, err)
	t.Logf("heard by all three %v after the start", time.Since(started).Round(100*time.Millisecond))
	require.Less(t, time.Since(started), 60*time.Second)
	same, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.same === true`))
	require.NoError(t, err)
	require.True(t, same)
	text, err := chromedp.Run(ctx, chromedp.Text("main"))
	require.NoError(t, err)
	require.Contains(t, text, "Chào bà con")
	require.Contains(t, text, "3/3 cụm loa đã phát đủ")
	for _, width := range []int64{360, 1024, 1920} {
		screenshot(t, ctx, map[int64]string{360: "today-360", 1024: "today-1024", 1920: "today-1920"}[width], width)
	}

	// English by a switch, and it stays
	require.NoError(t, chromedp.Do(ctx, chromedp.Click(".menu summary"), chromedp.Click(".menu a[hreflang=en]"), chromedp.WaitVisible(`html[lang="en"] main h1`)))
	text, err = chromedp.Run(ctx, chromedp.Text("main"))
	require.NoError(t, err)
	require.Contains(t, text, "heard whole by 3 of 3")

	// when the server is gone the page says that it is old
	p.kill()
	require.NoError(t, chromedp.Do(ctx, chromedp.WaitVisible("#stale")))
}
