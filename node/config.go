package node

import (
	"cmp"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"loa/node/amp"
	"loa/node/health"
	"loa/node/wire"
)

// Config is a node's settings, as they stand in its YAML file.
type Config struct {
	ID         string `yaml:"id" help:"the node's name on the wire: a-z, 0-9 and -"`
	Commune    string `yaml:"commune" help:"the commune it belongs to"`
	Broker     string `yaml:"broker" help:"host:port of the MQTT broker, TLS"`
	ServerName string `yaml:"server_name,omitempty" help:"name in the broker's certificate, if it is not the broker's host"`
	CA         string `yaml:"ca" help:"file: the commune's certificate authority, PEM"`
	Cert       string `yaml:"cert" help:"file: this node's certificate, PEM"`
	Key        string `yaml:"key" help:"file: this node's private key, PEM"`
	CommuneKey string `yaml:"commune_key" help:"the commune's Ed25519 public key, base64: what it has not signed makes no sound"`
	Data       string `yaml:"data" help:"folder for plan, clips and reports"`
	Sound      string `yaml:"sound" help:"alsa, wav or null"`
	WAV        string `yaml:"wav,omitempty" help:"file: the horn, when sound is wav"`

	Mixer        []string      `yaml:"mixer,omitempty" help:"command that sets the sound card's own volume, at the start and when a card comes back, such as [amixer, -q, sset, Master, 100%, unmute]. It belongs at full: the node turns down by itself what is to be quieter, an emergency never. Left out, the node does so by itself: see mixer_control"`
	MixerControl string        `yaml:"mixer_control,omitempty" help:"element of the sound card's mixer that is turned up to full, as amixer scontents names it. Left out, those that are known: Master, PCM, Digital, DAC, Speaker, Line Out, Lineout, Headphone. none leaves the card's volume alone"`
	AmpGPIO      string        `yaml:"amp_gpio,omitempty" help:"GPIO line that switches the amplifier's power: gpiochip0:17, or gpiochip0:17:low if it is on when the line is low. A resistor on the line must pull it to off: nobody holds it after a crash"`
	AmpOn        []string      `yaml:"amp_on,omitempty" help:"instead of amp_gpio: command that switches the amplifier on, as a list. The packaged service may open sound cards and GPIO only: for a serial relay, systemctl edit loa-node, then the lines [Service], DeviceAllow=/dev/ttyUSB0 rw and SupplementaryGroups=audio dialout"`
	AmpOff       []string      `yaml:"amp_off,omitempty" help:"and the one that switches it off"`
	AmpWarmUp    time.Duration `yaml:"amp_warm_up,omitempty" help:"how long the amplifier needs from power to sound; amplifiers for 100 V lines, with a relay behind, need 1 to 3 s"`
	AmpIdle      time.Duration `yaml:"amp_idle,omitempty" help:"how long after the last sound it is switched off"`

	Ear      string   `yaml:"ear,omitempty" help:"ALSA capture device of a microphone near the horn, such as plughw:1: each play is then told as heard, not heard or cannot tell"`
	EarLevel *float64 `yaml:"ear_level,omitempty" help:"how loud that microphone hears the horn, in dB, as the log says after a play in quiet (ear_level). Better: sudo loa node ear calibrate, which keeps it on the board and counts until this is changed. Without either nothing is told as not heard"`

	EarTest      string   `yaml:"ear_test,omitempty" help:"hour, such as 05:30, at which the horn is tested by a quiet melody of a second, when nothing is on air. Needs ear"`
	EarLine      string   `yaml:"ear_line,omitempty" help:"ALSA capture device that is wired to the far end of the loudspeaker line, through a transformer and a resistor: then a dead horn is told from a cut line. Needs ear"`
	EarLineLevel *float64 `yaml:"ear_line_level,omitempty" help:"how loud it hears the line, in dB, as the log says after a play (ear_line_level), or by loa node ear calibrate"`

	MainsGPIO    string   `yaml:"mains_gpio,omitempty" help:"GPIO line that tells whether the mains are there, as gpiochip0:4, or gpiochip0:4:low if it is low while they are. Needed on a board with a battery whose kernel does not know"`
	MainsCommand []string `yaml:"mains_command,omitempty" help:"instead: command that ends with 0 if the mains are there, 1 if they are not, and otherwise does not know"`
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
	if c.MainsGPIO != "" {
		if _, err := amp.ParsePin(c.MainsGPIO); err != nil {
			return fmt.Errorf("setting mains_gpio: %w", err)
		}
	}
	return errors.Join(c.checkEar(), c.checkAmp())
}

// board is what watches the board's health.
func (c Config) board(kick func()) *health.Watch {
	w := &health.Watch{Reader: health.Reader{Disk: c.Data}, Modem: health.AskModem, Kick: kick}
	switch {
	case c.MainsGPIO != "":
		pin, _ := amp.ParsePin(c.MainsGPIO) // Check has
		w.Mains = health.MainsGPIO(pin)
	case len(c.MainsCommand) > 0:
		w.Mains = health.MainsCommand(c.MainsCommand)
	}
	return w
}

// WithDefaults returns the settings with those that were left out.
func (c Config) WithDefaults() Config {
	c.AmpWarmUp = cmp.Or(c.AmpWarmUp, amp.DefaultWarmUp)
	c.AmpIdle = cmp.Or(c.AmpIdle, amp.DefaultIdle)
	return c
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
	return &tls.Config{MinVersion: tls.VersionTLS13, ServerName: c.ServerName, RootCAs: roots, Certificates: []tls.Certificate{cert}}, nil
}

func (c Config) communeKey() (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(c.CommuneKey))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("setting commune_key: it is not an Ed25519 public key in base64")
	}
	return key, nil
}
