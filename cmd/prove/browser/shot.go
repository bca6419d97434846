package browser

import (
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Shot checks that the page is no wider than a screen, and leaves a picture of
// it in the folder that LOA_SCREENSHOTS names, if it names one.
func (p *Person) Shot(name string, width int64) {
	p.T.Helper()
	p.Do(chromedp.EmulateViewport(width, 800))
	wide, err := chromedp.Run(p.Ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
	require.NoError(p.T, err)
	require.LessOrEqual(p.T, wide, width, "the page is wider than the screen at %d px", width)
	dir := os.Getenv("LOA_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.Ctx, chromedp.FullScreenshot(100))
	require.NoError(p.T, err)
	require.NoError(p.T, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}
