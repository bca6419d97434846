package web_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"loa/cmd/prove/browser"
)

// planner is a person who makes bulletins, and counts the clicks.
type planner struct {
	*browser.Person
	clicks int
	held   string // what stood at the airing in hand, when it was last let go
}

// planner has somebody at a wide screen open a page, signed in.
func (o *office) planner(p *browser.Person, path string) *planner {
	p.T.Helper()
	p.Open(o.Token(), path)
	p.Do(chromedp.EmulateViewport(1024, 900))
	return &planner{Person: p}
}

// click presses what a person sees; typing is no click.
func (p *planner) click(selector string) {
	p.T.Helper()
	p.clicks++
	p.Do(chromedp.Click(selector))
}

// write types into what has the focus.
func (p *planner) write(text string) {
	p.T.Helper()
	p.Do(chromedp.KeyEvent(text))
}

type plannedBulletin struct {
	ID, Title, Summary, Class, Field string
	Clips                            map[string]string
	Expires                          *time.Time
}

type plannedProgramme struct {
	ID, Title string
	At        *time.Time
	Cron      []string
	Except    []string
	Skipped   []time.Time
	Seconds   float64
	Until     *time.Time
	Targets   struct{ Areas []string }
	Approval  struct{ State string }
	Rundown   []struct{ Bulletin string }
}

func (o *office) programmes(t *testing.T) []plannedProgramme {
	t.Helper()
	var list struct{ Items []plannedProgramme }
	o.ask(t, "GET", "/api/v1/programmes", nil).into(200, &list)
	return list.Items
}

func (o *office) planned(t *testing.T, id string) (p plannedProgramme) {
	t.Helper()
	o.ask(t, "GET", "/api/v1/programmes/"+id, nil).into(200, &p)
	return p
}

func (o *office) bulletins(t *testing.T) []plannedBulletin {
	t.Helper()
	var list struct{ Items []plannedBulletin }
	o.ask(t, "GET", "/api/v1/bulletins", nil).into(200, &list)
	return list.Items
}
