package controller

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"loa/audio/ffmpeg"
	"loa/controller/https"
	"loa/controller/live"
	"loa/controller/mirror"
	"loa/controller/office/replay"
	"loa/controller/public"
	"loa/controller/rendition"
	"loa/schedule"
)

// crowd is what serves everybody who comes without an account. nil: nobody does.
type crowd struct {
	listener net.Listener           // nil: the pages are only written into a folder
	folder   string                 // into which they are written; "": none
	mirror   *mirror.Mirror         // of the folder, elsewhere; nil: people read the folder itself
	told     func(time.Time, error) // how that went
	server   *public.Server
	maker    *rendition.Maker
	secure   bool
}

// openCrowd takes the port of the people's pages. Where that fails the office comes up all
// the same: nobody's alarm waits for it.
func openCrowd(a *App) error {
	c := &crowd{told: a.office.Replay.Published}
	err := c.openFolder(a)
	if err != nil {
		c.told(a.clock.Now(), err)
		a.logger.Error("the people's pages are not published; the office works without", "err", err)
	}
	if a.config.Public != "" {
		if c.listener, err = net.Listen("tcp", a.config.Public); err != nil {
			a.logger.Error("the people's pages are not open; the office works without", "public", a.config.Public, "err", err)
		}
	}
	if c.listener == nil && c.folder == "" {
		return nil
	}
	c.maker = rendition.New(rendition.Options{Store: a.store, FFmpeg: ffmpeg.Program{},
		Urgent: func() (bool, []string) { return urgent(a.live) }, Kept: heardAgain(a.office.Replay), Logger: a.logger})
	opt := public.Options{Replay: a.office.Replay, Answers: a.office.Answers, Store: a.store, Maker: c.maker, News: a.news,
		URL: a.config.peoplesURL(), OnAir: a.onAir, Limits: public.Limits{Rate: a.config.PublicRate}, Logger: a.logger}
	if a.certs != nil && a.certs.Way() != https.Own { // no villager's telephone trusts the commune's own authority
		opt.TLS, c.secure = a.certs.TLS(), true
	}
	if c.server, err = public.New(opt); err != nil {
		return fmt.Errorf("the people's pages: %w", err)
	}
	a.crowd = c
	a.logger.Info("the people's pages", "listen", PublicAddr(a), "folder", c.folder, "url", opt.URL, "https", c.secure)
	return nil
}

// urgent reports whether an emergency is on the air, and the clips that it says.
func urgent(l *live.Live) (onAir bool, says []string) {
	for _, c := range l.Calls() {
		if info := c.Info(); info.Class == schedule.Emergency {
			onAir = true
			if info.Said != nil {
				says = append(says, info.Said.Clips...)
			}
		}
	}
	return onAir, says
}

// heardAgain says what may still be heard, for the maker of renditions.
func heardAgain(r *replay.Replay) func(context.Context) (func(string) bool, bool) {
	return func(ctx context.Context) (func(string) bool, bool) {
		now, err := r.Snapshot(ctx)
		if err != nil {
			return nil, false
		}
		return func(sha string) bool { _, ok := now.Sound(sha); return ok }, true
	}
}

// port is its listener; nil: there is none.
func (c *crowd) port() net.Listener {
	if c == nil {
		return nil
	}
	return c.listener
}

// run serves until ctx ends.
func (c *crowd) run(ctx context.Context, a *App) {
	if c == nil {
		return
	}
	var all sync.WaitGroup
	if c.listener != nil {
		all.Go(func() { c.server.Serve(ctx, c.listener) })
	}
	if c.folder != "" {
		all.Go(func() { c.publish(ctx, a) })
	}
	all.Go(func() { _ = c.maker.Run(ctx) }) // nothing else it could say
	all.Wait()
}

// PublicAddr is where the people's pages are answered, host:port; "": nowhere.
func PublicAddr(a *App) string {
	if a.crowd == nil || a.crowd.listener == nil {
		return ""
	}
	return a.crowd.listener.Addr().String()
}

// peoplesURL is how people open the people's pages; "": there are none.
func (c Config) peoplesURL() string {
	if c.Public == "" && c.Publish == "" {
		return ""
	}
	if c.Public == "" || c.PublicURL != "" {
		return trimSlash(c.PublicURL)
	}
	scheme := "http"
	if c.HTTPS != "" && (c.HTTPSCert != "" || c.ACME != "") {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(c.Public)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = first(c.HTTPSNames, c.Hosts, ownAddresses())
	}
	if n, _ := strconv.Atoi(port); n == 80 && scheme == "http" || n == 443 && scheme == "https" {
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func trimSlash(url string) string {
	for len(url) > 0 && url[len(url)-1] == '/' {
		url = url[:len(url)-1]
	}
	return url
}

// first is the first of several lists that has any; else this machine's own name for itself.
func first(lists ...[]string) string {
	name := ""
	for _, l := range lists {
		if len(l) > 0 {
			name = cmp.Or(name, l[0])
		}
	}
	return cmp.Or(name, "localhost")
}

// ownAddresses are those of this machine in its network.
func ownAddresses() (all []string) {
	addrs, _ := net.InterfaceAddrs() // none: it is opened by another name
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			all = append(all, n.IP.String())
		}
	}
	return all
}
