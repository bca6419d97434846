package reading

// part is something recognised k tokens on, within a rule; n is 0 for nothing.
type part struct {
	n    int
	said string
}

// dash is how many tokens a dash between two ends takes, with the spaces beside
// it; 0 for none. A dash with a space on one side only opens a list or a sign.
func (c *cursor) dash(k int) int {
	g := c.gap(k)
	switch c.at(k + g).s {
	case "-", "–", "—", "÷", "~", "→":
	default:
		return 0
	}
	if c.gap(k+g+1) != g {
		return 0
	}
	return 2*g + 1
}

// span reads one part, or two with a dash between them: from … to ….
func (c *cursor) span(k int, read func(k int) part) part {
	a := read(k)
	if a.n == 0 {
		return a
	}
	if d := c.dash(k + a.n); d > 0 {
		if b := read(k + a.n + d); b.n > 0 {
			return part{n: a.n + d + b.n, said: a.said + " đến " + b.said}
		}
	}
	return a
}
