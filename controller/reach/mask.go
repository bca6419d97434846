package reach

import (
	"net/url"
	"strings"
)

// hidden stands for what is not shown of an address.
const hidden = "…"

// Masked is an address as it may be shown: without a name and a password, and
// without what follows the path, for that may be a password too. What is no
// address is hidden whole; "" stays.
func Masked(address string) string {
	u, err := url.Parse(address)
	if address == "" || err != nil || u.Host == "" {
		return strings.Repeat(hidden, min(len(address), 1))
	}
	shown := u.Scheme + "://"
	if u.User != nil {
		shown += hidden + "@"
	}
	shown += u.Host + u.EscapedPath()
	if u.RawQuery != "" || u.Fragment != "" {
		shown += "?" + hidden
	}
	return shown
}

// Unmasked is the address that somebody means who sends back what they were
// shown: the one of those known that is shown so; any other address is what it
// says.
func Unmasked(said string, known []string) string {
	for _, k := range known {
		if k != said && Masked(k) == said {
			return k
		}
	}
	return said
}
