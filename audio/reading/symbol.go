package reading

func signs(c *cursor) (found, bool) { return found{}, false }
