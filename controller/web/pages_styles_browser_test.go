package web_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/controller"
)

// The sheet of all components, part by part: nothing is wider than the screen, axe-core
// finds nothing serious, light and dark, at three widths. With LOA_SCREENSHOTS there is a
// picture of each, to be compared with those of another version.
func TestBrowserStyles(t *testing.T) {
	t.Parallel()
	o := startWith(t, t.TempDir(), func(c *controller.Config) { c.Styles = true })
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			r := read(t, o, scheme, 360)
			r.Open(o.Token(), "/styles")
			parts, err := chromedp.Run(r.Ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".styles .others a[href^='/styles?part=']")].map((a) => a.textContent)`))
			require.NoError(t, err)
			require.Greater(t, len(parts), 20)
			for _, part := range parts {
				r.looks("/styles?part=" + part)
				for _, width := range []int64{360, 1024, 1920} {
					r.Shot(fmt.Sprintf("styles-%s-%s-%d", part, scheme, width), width)
				}
			}
		})
	}
}

// Only loa dev shows it.
func TestStylesAreOfDevOnly(t *testing.T) {
	o := start(t)
	require.Equal(t, 404, o.ask(t, "GET", "/styles", nil).status)
}
