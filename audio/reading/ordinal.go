package reading

// ordinal recognises the number after thứ: the first is nhất, the fourth tư.
func ordinal(c *cursor) (found, bool) {
	d := c.digits(0)
	if d == "" || c.at(-1).kind != space || c.before(1) != "thứ" || !c.ends(1) || c.over(0) {
		return found{}, false
	}
	said := cardinal(d)
	switch small(d) {
	case 1:
		said = "nhất"
	case 4:
		said = "tư"
	}
	return found{n: 1, spoken: said, kind: Ordinal, sure: Certain}, true
}
