package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"time"

	"loa/audio/tune"
	"loa/node/amp"
	"loa/node/cache"
	"loa/node/card"
	"loa/node/ear"
	"loa/node/health"
	"loa/node/identity"
	"loa/node/keyring"
	"loa/node/speaker"
	"loa/node/wire"
)

// What an examination may wait for.
const (
	lookWithin  = 10 * time.Second
	alertWithin = 700 * time.Millisecond // for a broker that refuses a certificate: it says so after the handshake (RFC 8446, 4.4.2.4)
)

// Identity is the certificate by which the node is known: the renewed one, if
// it is the later. Nothing is written.
func (c Config) Identity() (tls.Certificate, *tls.Config, error) {
	config, err := c.tls()
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	cert, err := identity.Latest(c.identity(config, nil, nil))
	config.Certificates = []tls.Certificate{cert}
	return cert, config, err
}

// CheckCommuneKey returns an error unless the commune's key is one.
func (c Config) CheckCommuneKey() error {
	_, err := c.communeKey()
	return err
}

// Stages of a connection to the broker that fail for reasons of their own.
var (
	ErrName   = errors.New("the broker's name is not known")
	ErrReach  = errors.New("the broker is not reached")
	ErrBroker = errors.New("who answers there is not the commune's broker")
	ErrCert   = errors.New("the broker refuses this node's certificate")
)

// Handshake connects to the broker as far as TLS: a session of MQTT's would
// throw off the node that is running.
func (c Config) Handshake(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	_, config, err := c.Identity()
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(c.Broker)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrName, err)
	}
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		return fmt.Errorf("%w: %w", ErrName, err)
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", c.Broker)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReach, err)
	}
	defer raw.Close()
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrBroker, err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(alertWithin))
	if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrCert, err)
	}
	return nil
}

// Board reads what the board says of itself now, without a node that runs.
func (c Config) Board(ctx context.Context) (s wire.Status) {
	w := c.board(nil)
	w.Reader.Fill(&s)
	if w.Mains != nil {
		s.Mains = w.Mains(ctx)
	}
	s.Modem = health.AskModem(ctx)
	return s
}

// CheckSwitch returns an error if the amplifier's switch is not there, and
// whether the settings have one.
func (c Config) CheckSwitch() (has bool, err error) {
	if !c.switched() {
		return false, nil
	}
	if c.AmpGPIO != "" {
		pin, err := amp.ParsePin(c.AmpGPIO)
		if err != nil {
			return true, err
		}
		return true, amp.Find(pin)
	}
	_, on := exec.LookPath(c.AmpOn[0])
	_, off := exec.LookPath(c.AmpOff[0])
	return true, errors.Join(on, off)
}

// OnFlash reads what a node that does not run has: its plan, whose sequence is
// 0 if there is none, how many of its clips, and how many plays to report.
func (c Config) OnFlash() (s wire.Status, err error) {
	key, err := c.communeKey()
	if err != nil {
		return s, err
	}
	store, err := cache.Peek(c.Data)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	keys := keyring.New(keyring.Options{Root: key, Commune: c.Commune, Logger: slog.New(slog.DiscardHandler),
		Load: func() ([]byte, error) { return store.Load(nameKeys) }, Save: func([]byte) error { return nil }})
	keeper := cache.Keeper{Cache: store, Kept: keys.OpenKept, Target: wire.Target(c.Commune, c.ID)}
	plan, seq, err := keeper.Load()
	if err != nil {
		return s, err
	}
	s.Plan, s.Clips = seq, len(plan.Clips)
	for _, clip := range plan.Clips {
		if store.Held(clip.SHA) {
			s.Held++
		}
	}
	_, s.Unsent, err = store.Unsent(0)
	return s, err
}

// CheckEars returns an error if a microphone of the settings cannot be opened.
func (c Config) CheckEars() (err error) {
	for _, device := range []string{c.Ear, c.EarLine} {
		if device != "" {
			err = errors.Join(err, ear.Check(device))
		}
	}
	return err
}

// LookAtMixer is what of the sound card's mixer a node of these settings sets at its start, as it stands now.
func (c Config) LookAtMixer(ctx context.Context) (told string, err error) {
	if c.Sound != "alsa" || len(c.Mixer) > 0 || c.MixerControl == leaveAlone {
		return "", nil
	}
	name, err := speaker.Probe()
	if err != nil || name == "" {
		return "", err
	}
	return card.Look(ctx, name, c.MixerControl)
}

// Tone plays the chime on this board's horn, through the amplifier's switch. No
// node may be running: the sound card and the switch are its own.
func (c Config) Tone(ctx context.Context) error {
	if c.Sound == "alsa" {
		if _, err := speaker.Probe(); err != nil {
			return err
		}
	}
	c = c.WithDefaults()
	sink, err := openSink(c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	warm := 500 * time.Millisecond // for the output to begin
	if c.switched() {
		set, release := c.ampSwitch()
		if err := set(ctx, true); err != nil {
			return errors.Join(err, release())
		}
		defer func() { _ = errors.Join(set(context.WithoutCancel(ctx), false), release()) }() // off, or it says so at the next start
		warm += c.AmpWarmUp
	}
	chime := tune.Chime()
	ctx, cancel := context.WithTimeout(ctx, warm+tune.ChimeDuration+time.Second)
	defer cancel()
	begin := time.Now().Add(warm)
	return sink.Run(ctx, func(buf []float32, at time.Time) {
		from := int(at.Sub(begin) * speaker.Rate / time.Second)
		for i := range buf {
			buf[i] = 0
			if k := from + i; k >= 0 && k < len(chime) {
				buf[i] = chime[k]
			}
		}
	})
}
