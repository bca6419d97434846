package reading

func words(c *cursor) (found, bool) { return found{}, false }
