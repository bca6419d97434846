package node

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"loa/node/wire"
)

// Config is a node's settings, as they stand in its YAML file.
type Config struct {
	ID         string `yaml:"id" help:"the node's name on the wire: a-z, 0-9 and -"`
	Commune    string `yaml:"commune" help:"the commune it belongs to"`
	Broker     string `yaml:"broker" help:"host:port of the MQTT broker, TLS"`
	CA         string `yaml:"ca" help:"file: the commune's certificate authority, PEM"`
	Cert       string `yaml:"cert" help:"file: this node's certificate, PEM"`
	Key        string `yaml:"key" help:"file: this node's private key, PEM"`
	CommuneKey string `yaml:"commune_key" help:"the commune's Ed25519 public key, base64: what it has not signed makes no sound"`
	Data       string `yaml:"data" help:"folder for plan, clips and reports"`
	Sound      string `yaml:"sound" help:"alsa, wav or null"`
	WAV        string `yaml:"wav,omitempty" help:"file: the horn, when sound is wav"`
}

// Check returns an error that names the first setting that cannot work.
func (c Config) Check() error {
	switch {
	case !wire.ValidID(c.ID):
		return fmt.Errorf("setting id: %q is not a name of a-z, 0-9 and -", c.ID)
	case !wire.ValidID(c.Commune):
		return fmt.Errorf("setting commune: %q is not a name of a-z, 0-9 and -", c.Commune)
	case c.Broker == "":
		return errors.New("setting broker: name the broker as host:port")
	case c.Data == "":
		return errors.New("setting data: name a folder for plan, clips and reports")
	case c.Sound != "alsa" && c.Sound != "wav" && c.Sound != "null":
		return fmt.Errorf("setting sound: %q is not alsa, wav or null", c.Sound)
	case c.Sound == "wav" && c.WAV == "":
		return errors.New("setting wav: name the file that is the horn")
	}
	return nil
}

// tls reads the node's certificate and whom it trusts.
func (c Config) tls() (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("settings cert and key: %w", err)
	}
	ca, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("setting ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("setting ca: %s holds no certificate", c.CA)
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{cert}}, nil
}

func (c Config) communeKey() (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(c.CommuneKey))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("setting commune_key: it is not an Ed25519 public key in base64")
	}
	return key, nil
}
