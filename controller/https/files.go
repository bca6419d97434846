package https

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	lookEvery = 10 * time.Second    // at the files
	warnAhead = 21 * 24 * time.Hour // of the certificate's end
	warnEvery = 24 * time.Hour
)

// files is a certificate that somebody else renews.
type files struct {
	Options
	mu      sync.Mutex
	cert    *tls.Certificate
	written [2]time.Time // when the files were, the last time they were read
	looked  time.Time
	warned  time.Time
}

func openFiles(o Options) (*Certificates, error) {
	f := &files{Options: o}
	if err := f.read(); err != nil {
		return nil, fmt.Errorf("cài đặt https_cert, https_key: không đọc được chứng chỉ; the certificate cannot be read: %w", err)
	}
	return &Certificates{way: Files, get: f.get}, nil
}

// get looks at the files now and then: a broken one changes nothing.
func (f *files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Now()
	if now.Sub(f.looked) >= lookEvery && f.changed() {
		if err := f.read(); err != nil {
			f.Logger.Error("https: the new certificate cannot be read, the old one goes on", "file", f.Cert, "err", err)
		}
	}
	if f.cert.Leaf.NotAfter.Sub(now) < warnAhead && now.Sub(f.warned) >= warnEvery {
		f.warned = now
		f.Logger.Warn("https: the certificate ends soon: renew it", "file", f.Cert, "ends", f.cert.Leaf.NotAfter)
	}
	return f.cert, nil
}

func (f *files) stamps() (at [2]time.Time) {
	for i, path := range []string{f.Cert, f.Key} {
		if info, err := os.Stat(path); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

func (f *files) changed() bool {
	f.looked = f.Now()
	return f.stamps() != f.written
}

// read reads both files; of two that do not belong together, for one is still
// being written, nothing is taken.
func (f *files) read() error {
	f.written, f.looked = f.stamps(), f.Now()
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return err
	}
	f.cert = &cert
	return nil
}
