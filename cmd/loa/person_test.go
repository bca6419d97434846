package main

import (
	"github.com/chromedp/chromedp"

	"loa/cmd/prove/browser"
)

// person is somebody at a browser, who finds the office's pages.
type person struct{ *browser.Person }

// person opens a browser: with a voice, a WAV file, one whose microphone hears
// it over and over. Flags come after those of all browser tests.
func (o *office) person(voice string, flags ...chromedp.ExecAllocatorOption) *person {
	o.t.Helper()
	if voice == "" && len(flags) == 0 {
		return &person{browser.Open(o.t, o.info.URL)}
	}
	return &person{browser.Speaking(o.t, o.info.URL, voice, flags...)}
}
