package reading

// ordinal recognises the number after thứ: the first is nhất, the fourth tư.
// Days of the week may stand with a dash between them: thứ 2-6, thứ 2 - thứ 6.
func ordinal(c *cursor) (found, bool) {
	d := c.digits(0)
	if d == "" || c.at(-1).kind != space || c.before(1) != "thứ" || !c.ends(1) || c.over(0) {
		return found{}, false
	}
	f := found{n: 1, spoken: ordinalSaid(d), kind: Ordinal, sure: Certain}
	k := c.dash(1)
	if k > 0 && c.at(1+k).low == "thứ" && c.is(2+k, " ") {
		k += 2
	}
	if k > 0 && c.digits(1+k) != "" && c.ends(2+k) && small(c.digits(1+k)) > small(d) {
		f.n, f.spoken = 2+k, f.spoken+" đến thứ "+ordinalSaid(c.digits(1+k))
	}
	return f, true
}

func ordinalSaid(d string) string {
	switch small(d) {
	case 1:
		return "nhất"
	case 4:
		return "tư"
	}
	return cardinal(d)
}
