// Package card sets a sound card's own volume, its mixer as ALSA calls it: many
// cards come up silent or quiet, and what the node turns down by itself is
// measured from full.
//
// # Which elements
//
// A card names its mixer's elements as it likes. Those that a horn hangs behind
// have one of these names, and are set in this order, each that is there and can
// be played through:
//
//	Master · PCM · Digital · DAC · Speaker · Line Out · Lineout · Headphone
//
// All of them, for they lie one behind the other, and one that is muted makes
// the others of no use. A microphone's or a line input's own way to the output
// (Mic, Line, Sidetone) is none of them: opened, it howls. A card that has other
// names needs one to be named in the settings; then that one alone is touched.
//
// # How loud
//
// Full, but no louder than 0 dB where the card knows decibels: above, some of
// them distort. What a card did not take is an error that names the element.
package card

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// order is that of the package's comment.
var order = []string{"Master", "PCM", "Digital", "DAC", "Speaker", "Line Out", "Lineout", "Headphone"}

const (
	within  = 5 * time.Second // for each call of amixer
	tooWeak = -6.0            // dB: an element that stays below was not set
	tooLow  = 90              // percent, of one that knows no dB
)

// Reasons why a card's volume is not ours to set; none of them is a fault of
// the card's.
var (
	ErrNoTool    = errors.New("amixer is not installed")
	ErrNoElement = errors.New("the card has no element that is known to be its output")
)

// Set has a card, such as hw:0, be as loud as it can be undistorted, and tells
// what was set: "PCM 0.00 dB, Headphone 100 %". only is the one element to be
// touched; "" are those of the package's comment.
func Set(ctx context.Context, card, only string) (told string, err error) {
	chosen, err := find(ctx, card, only)
	if err != nil {
		return "", err
	}
	var said []string
	var errs []error
	for _, e := range chosen {
		now, err := e.full(ctx, card)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		said = append(said, now.String())
	}
	return strings.Join(said, ", "), errors.Join(errs...)
}

// Look tells what Set would set, as it stands now, and changes nothing.
func Look(ctx context.Context, card, only string) (told string, err error) {
	chosen, err := find(ctx, card, only)
	var said []string
	for _, e := range chosen {
		said = append(said, e.String())
	}
	return strings.Join(said, ", "), err
}

func find(ctx context.Context, card, only string) ([]Element, error) {
	out, err := amixer(ctx, card, "scontents")
	if err != nil {
		return nil, err
	}
	all := parse(out)
	chosen := choose(all, only)
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: it has %s", missing(only), names(all))
	}
	return chosen, nil
}

func missing(only string) error {
	if only != "" {
		return fmt.Errorf("no element %q that can be played through", only)
	}
	return ErrNoElement
}

func names(all []Element) string {
	if len(all) == 0 {
		return "none"
	}
	var s []string
	for _, e := range all {
		s = append(s, e.Name)
	}
	return strings.Join(s, ", ")
}

// choose returns what to set, in order.
func choose(all []Element, only string) (chosen []Element) {
	wanted := order
	if only != "" {
		wanted = []string{only}
	}
	for _, name := range wanted {
		i := slices.IndexFunc(all, func(e Element) bool { return e.Name == name && (e.Volume || e.Switch) })
		if i >= 0 {
			chosen = append(chosen, all[i])
		}
	}
	return chosen
}

// full turns an element up, and returns what became of it.
func (e Element) full(ctx context.Context, card string) (Element, error) {
	now, err := e.set(ctx, card, "100%")
	if err == nil && now.DB != nil && *now.DB > 0 {
		now, err = e.set(ctx, card, "0dB")
	}
	switch {
	case err != nil:
		return now, fmt.Errorf("set %s: %w", e.Name, err)
	case now.Muted:
		return now, fmt.Errorf("set %s: it stays muted", e.Name)
	case now.Volume && (now.DB != nil && *now.DB < tooWeak || now.DB == nil && now.Percent < tooLow):
		return now, fmt.Errorf("set %s: it stays at %s", e.Name, now.level())
	}
	return now, nil
}

func (e Element) set(ctx context.Context, card, level string) (Element, error) {
	args := []string{"sset", fmt.Sprintf("%s,%d", quote(e.Name), e.Index), "playback"}
	if e.Volume {
		args = append(args, level)
	}
	if e.Switch {
		args = append(args, "unmute")
	}
	out, err := amixer(ctx, card, args...)
	if err != nil {
		return e, err
	}
	for _, now := range parse(out) {
		if now.Name == e.Name && now.Index == e.Index {
			return now, nil
		}
	}
	return e, errors.New("amixer does not say what became of it")
}

// quote is a name as amixer reads it, which may have a comma in it.
func quote(name string) string { return "'" + name + "'" }

// amixer runs it for a card, in its own words whatever the board's language.
func amixer(ctx context.Context, card string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	cmd := exec.CommandContext(ctx, "amixer", append([]string{"-D", card}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = time.Second
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", ErrNoTool
	case ctx.Err() != nil:
		return "", fmt.Errorf("amixer: %w", context.Cause(ctx))
	case err != nil:
		text := bytes.TrimSpace(said.Bytes())
		return "", fmt.Errorf("amixer: %w: %s", err, text[:min(len(text), 200)])
	}
	return out.String(), nil
}
