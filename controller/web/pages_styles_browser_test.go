package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/controller"
)

// partsOfStyles are the parts that the sheet names.
const partsOfStyles = `[...document.querySelectorAll(".styles .others a[href^='/styles?part=']")].map((a) => a.textContent)`

// The sheet of all components, part by part, light and dark: nothing is wider than the
// screen at three widths, and axe-core finds nothing serious. With LOA_SCREENSHOTS there
// is a picture of each, to be compared with those of another version.
func TestBrowserStyles(t *testing.T) {
	t.Parallel()
	o := startWith(t, t.TempDir(), func(c *controller.Config) { c.Styles = true })
	for scheme, width := range map[string]int64{"light": 360, "dark": 1024} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			first := read(t, o, scheme, width)
			first.Open(o.Token(), "/styles")
			parts, err := chromedp.Run(first.Ctx, chromedp.Evaluate[[]string](partsOfStyles))
			require.NoError(t, err)
			require.Greater(t, len(parts), 20)
			for some := range slices.Chunk(parts, 8) {
				t.Run(some[0], func(t *testing.T) { // each has a browser's time
					r := read(t, o, scheme, width)
					r.Open(o.Token(), "/styles")
					for _, part := range some {
						r.Do(chromedp.EmulateViewport(width, 800))
						r.looks("/styles?part=" + part)
						for _, wide := range []int64{360, 1024, 1920} {
							r.Shot(fmt.Sprintf("styles-%s-%s-%d", part, scheme, wide), wide)
						}
					}
				})
			}
		})
	}
}

// Of an office there is no such page.
func TestStylesAreOfDevOnly(t *testing.T) {
	o := start(t)
	require.Equal(t, http.StatusNotFound, o.ask(t, "GET", "/styles", nil).status)
}
