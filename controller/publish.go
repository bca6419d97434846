package controller

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"loa/controller/mirror"
	"loa/controller/news"
	"loa/controller/problem"
)

// errNoURL is of pages whose feeds and pictures would lead nowhere.
var errNoURL = problem.New(problem.Invalid, "publish_no_url",
	"Chưa đăng được: đặt “public_url”, địa chỉ mà bà con mở, trong tệp cài đặt của máy chủ.",
	"Not published: set public_url, the address that people open, in the controller's settings.")

// openFolder reads where the pages are written.
func (c *crowd) openFolder(a *App) (err error) {
	folder := a.config.Publish
	switch {
	case folder == "":
		return nil
	case a.config.PublicURL == "":
		return errNoURL
	case mirror.Elsewhere(folder):
		folder = a.config.PublishedDir()
		owner := sha256.Sum256(a.trust.CAPEM())
		c.mirror, err = mirror.New(mirror.Options{Folder: folder, Sent: folder + ".json", Address: a.config.Publish,
			Owner: a.config.Commune + " " + hex.EncodeToString(owner[:8]), KeyFile: a.config.PublishKey, HostKey: a.config.PublishTo,
			Now: a.clock.Now})
	}
	if err == nil {
		c.folder = folder
	}
	return err
}

const (
	publishEvery = 30 * time.Second // also where nothing is said to have changed: time passes
	publishAfter = 2 * time.Second  // news: more may come with it
)

// publish writes the pages after each change, until ctx ends. What goes wrong is logged
// once, stands on the office's page, and is tried again: nobody's alarm waits for it.
func (c *crowd) publish(ctx context.Context, a *App) {
	changed := a.news.Join("published") // nil, or ended: every half minute will do
	if changed != nil {
		defer a.news.Leave(changed)
	}
	said, retry := "", publishAfter
	for {
		_, err := c.server.Publish(ctx, c.folder)
		if err == nil && c.mirror != nil {
			_, err = c.mirror.Sync(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		c.told(a.clock.Now(), err)
		now, wait := kindOf(err), publishEvery
		if err == nil {
			retry = publishAfter
		} else {
			wait, retry = retry, min(2*retry, publishEvery)
			if now != said {
				a.logger.Error("the people's pages are not published", "to", a.config.Publish, "err", err)
			}
		}
		said = now
		if changed = untilNews(ctx, changed, wait); ctx.Err() != nil {
			return
		}
		a.office.Replay.Stale()
	}
}

// kindOf tells one failure from another: the words of one have other ports each time.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	if p, ok := problem.Of(err); ok {
		return p.Code
	}
	return err.Error()
}

// untilNews waits for what people may read to change, or for a while. It returns who listens, as long
// as he may.
func untilNews(ctx context.Context, l *news.Listener, wait time.Duration) *news.Listener {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for l != nil {
		select {
		case <-ctx.Done():
			return l
		case _, open := <-l.Wake():
			if !open {
				l = nil
				continue
			}
			if took := l.Take(); slices.ContainsFunc(took, func(what string) bool { return slices.Contains(read, what) }) {
				select {
				case <-ctx.Done():
				case <-time.After(publishAfter):
				}
				return l
			}
		}
	}
	<-ctx.Done()
	return nil
}

// read is the news of what people may read.
var read = []string{"library", "calls", "calendar", "plays"}
