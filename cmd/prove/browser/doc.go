// Package browser is a person at Debian's chromium, for the tests of pages: at its
// headless shell, which is the same engine without the browser's own windows, and
// takes a quarter of the processor's time.
//
// Open gives somebody without a microphone a window of their own, with cookies
// and storage of their own, in one chromium that all tests of a process share;
// Main, from TestMain, closes it. Speaking opens a chromium whose microphone
// hears a WAV file, over and over, or that differs by its flags.
//
// What a person does waits for the page as a person would, and its limits are
// in the machine's own time (package witness).
package browser
