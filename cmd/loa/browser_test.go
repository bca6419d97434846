package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
)

// dev starts a whole commune in one process and returns what dev.json says.
func dev(t testing.TB, args ...string) (devInfo, string, *process) {
	t.Helper()
	dir := t.TempDir()
	p := start(t, "dev", nil, append([]string{"dev", "--data", dir, "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0",
		"--public", "127.0.0.1:0"}, args...)...)
	var info devInfo
	await(t, "dev.json is written", 40*time.Second, func() bool {
		data, err := os.ReadFile(filepath.Join(dir, "dev.json"))
		return err == nil && json.Unmarshal(data, &info) == nil
	})
	return info, dir, p
}

// A person opens the address that make run prints, and sees the three nodes
// play and then who heard it.
func TestBrowserSeesThreeNodesPlay(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserSeesThreeNodesPlay)
}

func browserSeesThreeNodesPlay(t testing.TB) {
	started := time.Now()
	info, _, office := dev(t)
	t.Logf("ready after %v", time.Since(started).Round(10*time.Millisecond))
	require.Len(t, info.Nodes, 3)
	p := &person{browser.Open(t, info.URL)}
	p.Do(chromedp.EmulateViewport(1024, 768), chromedp.Navigate(info.URL+"/?token="+info.Token), chromedp.WaitVisible("main h1"))
	require.NotContains(t, p.Address(), "token", "the token does not stay in the address")

	// live, without a reload
	p.Do(chromedp.Evaluate[chromedp.Void](`window.same = true`))
	p.Sees("all three on air", `document.querySelectorAll(".node.on_air").length === 3`)
	p.Shot("on-air-1024", 1024)
	p.Sees("who heard it", `document.querySelectorAll("details.airing tr.heard").length === 3`)
	t.Logf("heard by all three %v after the start", time.Since(started).Round(100*time.Millisecond))
	witness.Judge(t, started, time.Now(), func(t testing.TB) { require.Less(t, time.Since(started), 60*time.Second) })
	require.True(t, p.Evaluate(`window.same === true`))
	require.Contains(t, p.Text("main"), "Chào bà con")
	require.Contains(t, p.Text("main"), "3/3 cụm loa đã phát đủ")
	for _, width := range []int64{360, 1024, 1920} {
		p.Shot(fmt.Sprint("today-", width), width)
	}

	// English by a switch, and it stays
	p.Do(chromedp.Click(".menu summary"), chromedp.Click(".menu a[hreflang=en]"), chromedp.WaitVisible(`html[lang="en"] main h1`))
	require.Contains(t, p.Text("main"), "heard whole by 3 of 3")

	// anybody reads and hears it again
	p.Do(chromedp.Navigate(info.Open))
	await(t, "the people's page has it", 90*time.Second, func() bool {
		p.Do(chromedp.Navigate(info.Open), chromedp.WaitVisible("main h1"))
		return strings.Contains(p.Text("main"), "Chào bà con")
	})
	require.True(t, p.Evaluate(`document.querySelector("audio") !== null`))
	p.Shot("people-360", 360)
	p.Do(chromedp.Navigate(info.URL), chromedp.WaitVisible("main h1"))

	// when the server is gone the page says that it is old
	office.kill()
	p.Do(chromedp.WaitVisible("#stale"))
}
