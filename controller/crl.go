package controller

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"sync/atomic"
	"time"

	"loa/controller/broker"
	"loa/controller/trust"
	"loa/node/wire"
)

const outEvery = time.Minute // between looks at which nodes are kept out

// outlaws are the boards that are kept out: revoked, or replaced.
type outlaws struct {
	trust    *trust.Trust
	enrol    *trust.Enrolment
	commune  string
	external bool   // the broker is not ours
	keys     string // their folder
	crl      string // file for it, by the settings; "": beside the keys
	fleet    func(out map[string]bool)
	revoked  chan struct{} // a certificate was
	logger   *slog.Logger

	out atomic.Value // map[string]bool, the nodes that are kept out
}

// path is where an external broker finds which certificates were revoked.
func (x *outlaws) path() string {
	return cmp.Or(x.crl, filepath.Join(x.keys, "crl.pem"))
}

// writeBrokerFiles writes what a broker that is not ours needs of us, the list of
// revoked certificates last: a caller that waits for it finds the others.
func (x *outlaws) writeBrokerFiles(ctx context.Context) (wrote bool, err error) {
	if x.crl != "" {
		if wrote, err = x.trust.WriteBrokerFiles(filepath.Dir(x.crl)); err != nil {
			return wrote, err
		}
	}
	list, err := x.enrol.WriteCRL(ctx, x.path())
	return wrote || list, err
}

// heed passes on what nodes say. A broker that is not ours may hold the connection
// of a board that was revoked until it starts anew: what such a one says counts
// for nothing.
func (x *outlaws) heed(handle func(broker.Message)) func(broker.Message) {
	if !x.external {
		return handle // it has thrown them out
	}
	topics := wire.Topics{Commune: x.commune}
	return func(m broker.Message) {
		if out, _ := x.out.Load().(map[string]bool); len(out) > 0 {
			if _, node, _, ok := topics.Parse(m.Topic); ok && out[node] {
				return
			}
		}
		handle(m)
	}
}

// run knows who is kept out, and tells the fleet: a board that was revoked lacks
// neither power nor a network. A broker that is not ours finds them in its files.
// Both are looked at again every minute, for `loa provision` says nothing.
func (x *outlaws) run(ctx context.Context) error {
	var written time.Time // what a broker that is not ours needs of us
	for {
		out, err := x.enrol.KeptOut(ctx)
		if err == nil {
			before, _ := x.out.Load().(map[string]bool)
			if !maps.Equal(before, out) {
				written = time.Time{}
			}
			x.out.Store(out)
			x.fleet(out)
		} else if ctx.Err() == nil {
			x.logger.Error("who is kept out cannot be read", "err", err)
		}
		if x.external && time.Since(written) >= houseEvery && x.writeFiles(ctx) {
			written = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-x.revoked:
			written = time.Time{}
		case <-time.After(outEvery):
		}
	}
}

// writeFiles is writeBrokerFiles, and says in the log what came of it.
func (x *outlaws) writeFiles(ctx context.Context) (ok bool) {
	wrote, err := x.writeBrokerFiles(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		x.logger.Error("the broker's certificate or the list of revoked ones is not written: it may still let revoked nodes in", "file", x.path(),
			"err", err)
	case wrote:
		x.logger.Info("list of revoked certificates written, and the broker's own if need be; it must start anew to heed them", "file", x.path())
	}
	return err == nil
}
