package web

import (
	"strings"
)

// Browsers name themselves after each other: the first that is found counts.
var (
	browserNames = [][2]string{{"coc_coc_browser/", "Cốc Cốc"}, {"Zalo", "Zalo"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}}
	systemNames = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// deviceName is what a person calls the browser that says such an agent of
// itself; what nobody knows is left as it is.
func deviceName(agent string) string {
	browser, system := firstNamed(browserNames, agent), firstNamed(systemNames, agent)
	if browser == "" || system == "" {
		return agent
	}
	return browser + " · " + system
}

func firstNamed(names [][2]string, agent string) string {
	for _, n := range names {
		if strings.Contains(agent, n[0]) {
			return n[1]
		}
	}
	return ""
}
