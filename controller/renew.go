package controller

import (
	"context"
	"time"

	"loa/controller/broker"
	"loa/node/wire"
)

const (
	renewWithin = 10 * time.Second
	renewedFor  = 5 * time.Minute
	// warnOfEnd is how long before the end of a certificate the log says so.
	warnOfEnd = 6 * 7 * 24 * time.Hour
)

// renew answers a node that asks for its next certificate.
func (a *App) renew(m broker.Message) {
	topics := wire.Topics{Commune: a.config.Commune}
	_, node, _, ok := topics.Parse(m.Topic)
	var ask wire.Renew
	if !ok || wire.Take(m.Payload, &ask) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), renewWithin)
	defer cancel()
	now := a.clock.Now().UTC()
	answer, err := a.enrol.Renew(ctx, node, ask)
	if err != nil {
		a.logger.Warn("certificate not renewed", "node", node, "err", err)
		return
	}
	raw, err := wire.Sign(a.trust.Signer(),
		wire.Header{Kind: wire.KindCert, Target: wire.Target(a.config.Commune, node), Seq: 1, Issued: now, Expires: now.Add(renewedFor)}, answer)
	if err == nil {
		err = a.publish(ctx, topics.Down(node, wire.KindCert), 1, false, raw)
	}
	if err != nil {
		a.logger.Warn("certificate not sent; the node asks again", "node", node, "err", err)
		return
	}
	a.logger.Info("certificate renewed", "node", node)
}

// ends is when certificates end: the commune's own, and what the nodes say of
// theirs, by "node/" and their id.
func (a *App) ends() map[string]time.Time {
	ends := a.trust.Ends()
	for node, s := range a.statuses() {
		if s != nil && !s.CertUntil.IsZero() {
			ends["node/"+node] = s.CertUntil
		}
	}
	return ends
}

// warnOfEnds says which certificates end soon, and what to do.
func (a *App) warnOfEnds(now time.Time) {
	own := a.trust.Ends()
	for name, end := range a.ends() {
		if end.Sub(now) > warnBefore(name, a.config.CertLife) {
			continue
		}
		advice := "khởi động lại máy chủ để gia hạn; restart the controller, which renews it"
		if _, ok := own[name]; !ok {
			advice = "kiểm tra mạng của cụm loa, hoặc ghép lại bằng mã mới; check the loudspeaker's network, or enrol it anew"
		} else if name == "ca" {
			advice = "phải ghép lại mọi cụm loa: gọi kỹ thuật; every node must be enrolled anew, call the technician"
		}
		a.logger.Warn("certificate ends soon", "certificate", name, "end", end, "advice", advice)
	}
}

// warnBefore is longer for the authority: to enrol every board takes a while.
func warnBefore(name string, nodeLife time.Duration) time.Duration {
	switch name {
	case "ca":
		return 8 * warnOfEnd
	case "broker", "controller":
		return warnOfEnd
	}
	return min(warnOfEnd, nodeLife/6)
}
