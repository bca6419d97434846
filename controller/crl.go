package controller

import (
	"context"
	"path/filepath"
	"time"
)

const crlAgain = time.Minute // after a failure

// crlPath is where an external broker finds which certificates were revoked.
func (a *App) crlPath() string {
	if a.config.CRL != "" {
		return a.config.CRL
	}
	return filepath.Join(a.config.TrustDir(), "crl.pem")
}

// writeBrokerFiles writes what a broker that is not ours needs of us, the list of
// revoked certificates last: who waits for it finds the others.
func (a *App) writeBrokerFiles(ctx context.Context) (wrote bool, err error) {
	if a.config.CRL != "" {
		if wrote, err = a.trust.WriteBrokerFiles(filepath.Dir(a.config.CRL)); err != nil {
			return wrote, err
		}
	}
	list, err := a.enrol.WriteCRL(ctx, a.crlPath())
	return wrote || list, err
}

// keepCRL keeps the files of a broker that is not ours.
func (a *App) keepCRL(ctx context.Context) error {
	if a.broker != nil {
		return nil
	}
	for {
		wait := houseEvery
		wrote, err := a.writeBrokerFiles(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			a.logger.Error("the broker's certificate or the list of revoked ones is not written: it may still let revoked nodes in", "file", a.crlPath(), "err", err)
			wait = crlAgain
		case wrote:
			a.logger.Info("list of revoked certificates written, and the broker's own if need be; it must start anew to heed them", "file", a.crlPath())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.revoked:
		case <-time.After(wait):
		}
	}
}
