package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The calendar is a grid whose lines are the hours of a day. An hour is as tall
// as what begins in it needs, the same on all days, so that a place in the grid
// is still a time; calendar.css has the classes, for no page may have styles of
// its own (its content policy).

// hourHeights are how tall an hour can be, in px: with nothing in it, with
// something that goes on, and with more and more that begins.
var hourHeights = [...]int{26, 48, 96, 144, 192, 288}

const (
	slotHeight  = 48 // px: what a finger hits
	wordsHeight = 72 // with a line that says how it stands
	lineHeight  = 20 // one more line of words
	// manyInHour is from when on an hour is not made taller any more.
	manyInHour = 6
	// weekLanes and dayLanes are how many airings stand side by side; the last
	// lane is then for how many more there are.
	weekLanes, dayLanes = 3, maxInHour + 1
)

// stretch is from one minute of a day to another.
type stretch struct{ From, To int }

// minutesOfDay bounds a stretch.
const minutesOfDay = 24 * 60

// stretchOf is what lies of a time on a day, to the nearest minutes, and one at
// least: the seconds of a chime are not to be seen.
func stretchOf(day, from, to time.Time) stretch {
	last := day.AddDate(0, 0, 1)
	if from.Before(day) {
		from = day
	}
	if to.After(last) {
		to = last
	}
	first := min(int(from.Sub(day)/time.Minute), minutesOfDay-1)
	end := int(to.Sub(day).Round(time.Minute) / time.Minute)
	return stretch{first, min(max(end, first+1), minutesOfDay)}
}

// Class is where a stretch lies.
func (s stretch) Class() string {
	return fmt.Sprintf("b%d m%d e%d n%d", s.From/60, s.From%60, s.To/60, s.To%60)
}

// slotPlace is where an airing stands in the grid.
type slotPlace struct {
	Whole  stretch // from when it is due to when it is over
	Sounds stretch // what of it is the airing, where it had to wait
	Lane   int
	Lanes  int
	Tall   bool // there is room for more than a line
	Folded bool // there is room for it on the page of its day only
	height int  // px, at least
}

// Class is its place and its lane.
func (p slotPlace) Class() string {
	class := fmt.Sprintf("%s of%d lane%d", p.Whole.Class(), p.Lanes, p.Lane)
	if p.Tall {
		class += " tall"
	}
	if p.Folded {
		class += " folded"
	}
	return class
}

// tail is what is left of an airing after midnight.
type tail struct {
	Title string
	stretch
}

// scale says how tall each hour is.
type scale struct {
	levels [24]int
	tops   [25]int
}

// Class has the height of each hour that is not the lowest.
func (s scale) Class() string {
	var all []string
	for hour, level := range s.levels {
		if level > 0 {
			all = append(all, fmt.Sprintf("k%d-%d", hour, level))
		}
	}
	return strings.Join(all, " ")
}

// Hours are the lines of the grid.
func (s scale) Hours() (all []stretch) {
	for h := range 24 {
		all = append(all, stretch{h * 60, h*60 + 60})
	}
	return all
}

func (s *scale) raise(hour, level int) { s.levels[hour] = max(s.levels[hour], level) }

// y is where a minute lies, in px.
func (s *scale) y(minute int) int {
	hour := min(minute/60, 23)
	return s.tops[hour] + hourHeights[s.levels[hour]]*(minute-hour*60)/60
}

// fit makes the hours tall enough for the airings of one day, which are in the
// order of their starts: one that follows another has its own place below it.
func (s *scale) fit(slots []*airingRow) {
	begin := map[int]int{}
	for _, a := range slots {
		begin[a.Grid.Whole.From/60]++
	}
	for i, a := range slots {
		w := a.Grid.Whole
		hour := w.From / 60
		s.raise(hour, 2)
		for h := hour; h <= (w.To-1)/60; h++ {
			s.raise(h, 1)
		}
		if i+1 == len(slots) || begin[hour] > manyInHour {
			continue
		}
		if next := slots[i+1].Grid.Whole.From; next >= w.To {
			s.raise(hour, levelOf(a.Grid.height*60/(next-w.From), s.levels[hour]))
		}
	}
}

// levelOf is the first level that is so tall; where none is, they have to stand
// side by side whatever is done.
func levelOf(height, otherwise int) int {
	i := slices.IndexFunc(hourHeights[:], func(h int) bool { return h >= height })
	if i < 0 {
		return otherwise
	}
	return i
}

func (s *scale) sum() {
	for h, level := range s.levels {
		s.tops[h+1] = s.tops[h] + hourHeights[level]
	}
}

// lay gives everything its place in the grid.
func (v *calendarView) lay() {
	days := make([][]*airingRow, len(v.Days))
	for i := range v.Days {
		days[i] = v.Days[i].place()
		v.Scale.fit(days[i])
	}
	v.Scale.sum()
	lanes := weekLanes
	if v.One {
		lanes = dayLanes
	}
	for i := range v.Days {
		d := &v.Days[i]
		d.arrange(&v.Scale, days[i], lanes)
		if i+1 < len(v.Days) {
			v.Days[i+1].Tails = tails(days[i], v.Days[i+1].Day)
		}
		if d.Today {
			line := stretchOf(d.Day, v.Now, v.Now)
			d.Line = &line
		}
	}
	for _, q := range v.Quiet {
		for _, span := range q.Spans(v.From, v.From.AddDate(0, 0, 1)) {
			v.Bands = append(v.Bands, stretchOf(v.From, span.From, span.To))
		}
	}
}

// place says when each airing of a day is due and when it sounds.
func (d *calendarDay) place() (slots []*airingRow) {
	for h := range d.Hours {
		for i := range d.Hours[h].Airings {
			a := &d.Hours[h].Airings[i]
			begin := a.due()
			a.Grid.Sounds = stretchOf(d.Day, begin, begin.Add(a.Length))
			a.Grid.Whole = stretchOf(d.Day, a.Start, begin.Add(a.Length))
			a.Grid.height = slotHeight
			if a.State != "planned" || a.Class != "normal" {
				a.Grid.height = wordsHeight
			}
			slots = append(slots, a)
		}
	}
	return slots
}

// tails is what goes on after midnight.
func tails(slots []*airingRow, day time.Time) (all []tail) {
	for _, a := range slots {
		if end := a.due().Add(a.Length); end.After(day) {
			all = append(all, tail{a.Title, stretchOf(day, day, end)})
		}
	}
	return all
}

// arrange puts side by side what would lie on one another as it is drawn, which
// may be taller than it is long. What overlaps in a chain is arranged together.
func (d *calendarDay) arrange(s *scale, slots []*airingRow, most int) {
	var chain []*airingRow
	var ends []int // of each lane, in px
	for _, a := range slots {
		top := s.y(a.Grid.Whole.From)
		bottom := max(s.y(a.Grid.Whole.To), top+a.Grid.height)
		if len(ends) > 0 && top >= slices.Max(ends) {
			d.settle(chain, len(ends), most)
			chain, ends = nil, nil
		}
		lane := slices.IndexFunc(ends, func(end int) bool { return end <= top })
		if lane < 0 {
			lane, ends = len(ends), append(ends, 0)
		}
		ends[lane] = bottom
		a.Grid.Lane, a.Grid.Tall = lane, bottom-top >= a.Grid.height+lineHeight
		chain = append(chain, a)
	}
	d.settle(chain, len(ends), most)
}

// settle says how many lanes a chain has; what there is no room for is counted
// in its hour.
func (d *calendarDay) settle(chain []*airingRow, lanes, most int) {
	cut := slices.ContainsFunc(chain, func(a *airingRow) bool { return d.Hours[a.Grid.Whole.From/60].More > 0 })
	if cut {
		lanes = max(lanes, most-1) + 1 // how many more there are has a lane too
	}
	for _, a := range chain {
		a.Grid.Lanes = min(lanes, most)
		if lanes > most && a.Grid.Lane >= most-1 {
			a.Grid.Folded = true
			d.Hours[a.Grid.Whole.From/60].Folded++
		}
	}
}

// Plus is where the grid says how many more airings an hour has.
func (h calendarHour) Plus(lanes int) string {
	return fmt.Sprintf("%s of%d lane%d", stretch{h.Hour * 60, h.Hour*60 + 1}.Class(), lanes, lanes-1)
}

// Lanes is how many airings can stand side by side.
func (v calendarView) Lanes() int {
	if v.One {
		return dayLanes
	}
	return weekLanes
}

// due is when it sounds, which may be later than it was to begin.
func (a airingRow) due() time.Time {
	if a.Begin.After(a.Start) {
		return a.Begin
	}
	return a.Start
}

// Anchor names an airing on its page.
func (a airingRow) Anchor() string { return fmt.Sprintf("a-%s-%d", a.Programme, a.Start.Unix()) }
