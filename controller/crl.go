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

// keepCRL keeps the file of revoked certificates, for a broker that is not ours.
func (a *App) keepCRL(ctx context.Context) error {
	if a.broker != nil {
		return nil
	}
	for {
		wait := houseEvery
		wrote, err := a.enrol.WriteCRL(ctx, a.crlPath())
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			a.logger.Error("the list of revoked certificates is not written: the broker still lets revoked nodes in", "file", a.crlPath(), "err", err)
			wait = crlAgain
		case wrote:
			a.logger.Info("list of revoked certificates written; the broker must start anew to heed it", "file", a.crlPath())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.revoked:
		case <-time.After(wait):
		}
	}
}
