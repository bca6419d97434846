package controller

import (
	"cmp"
	"fmt"
	"path/filepath"
	"time"

	"gopkg.in/yaml.v3"

	"loa/controller/backup"
	"loa/controller/live"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/voices"
)

// Config is a controller's settings, as they stand in its YAML file.
type Config struct {
	Data       string        `yaml:"data" help:"folder for database, clips and keys"`
	Commune    string        `yaml:"commune" help:"the commune's id: a-z, 0-9 and -"`
	HTTP       string        `yaml:"http" help:"address of pages and API"`
	HTTPS      string        `yaml:"https,omitempty" help:"address of the pages over TLS too, without which a phone gives no microphone: 0.0.0.0:8443; plain HTTP then serves this machine only"`
	HTTPSNames []string      `yaml:"https_names,omitempty" help:"names by which people open the pages, if any"`
	HTTPSCert  string        `yaml:"https_cert,omitempty" help:"PEM file of a certificate that somebody else renews; with https_key. Without it, and without acme, the commune is its own authority: see the page /trust"`
	HTTPSKey   string        `yaml:"https_key,omitempty" help:"PEM file of its key"`
	ACME       string        `yaml:"acme,omitempty" help:"directory of an ACME server that certifies https_names, which must be reached from the internet on port 80 or 443"`
	ACMEEmail  string        `yaml:"acme_email,omitempty" help:"who is told of trouble with certificates"`
	ACMERoot   string        `yaml:"acme_root,omitempty" help:"PEM file of the authority of a private ACME server"`
	Public     string        `yaml:"public,omitempty" help:"address at which anybody, without signing in, reads and hears again what the loudspeakers said in the last 48 hours, and nothing else: 0.0.0.0:8090. Left out: nowhere. With https_cert or acme it is HTTPS by that certificate; by the commune's own authority, which no villager's telephone knows, it is plain HTTP. Only this port is to be let in from the internet, never those of http, https or mqtt"`
	PublicURL  string        `yaml:"public_url,omitempty" help:"how people open it, as it stands on paper and in feeds: https://nghe.lada.vn. Left out: the first of https_names or hosts, else an address of this machine, with the port of public"`
	Publish    string        `yaml:"publish,omitempty" help:"where the same pages are written after each change, for a web server elsewhere: a folder, or sftp://user@host/folder, or s3://bucket/prefix?endpoint=https://host&region=name. It must be Loa's alone, public_url says where people find it, and it is in Vietnamese only. For a folder: the packaged service must be allowed to write there: see backups"`
	PublishKey string        `yaml:"publish_key,omitempty" help:"file with what opens that place: for sftp a private SSH key without a passphrase, for s3 two lines, access key and secret"`
	PublishTo  string        `yaml:"publish_host_key,omitempty" help:"for sftp, by what the server is known: the lines that ssh-keyscan prints of it, once somebody has asked the provider whether they are right"`
	PublicRate int           `yaml:"public_rate,omitempty" help:"bytes per second of sound for all readers together, a quarter of it while a call is on the air: what the office's line can spare"`
	MQTT       string        `yaml:"mqtt" help:"address of the embedded broker, TLS"`
	Broker     string        `yaml:"broker,omitempty" help:"an external broker instead, as mqtts://host:port"`
	Hosts      []string      `yaml:"hosts,omitempty" help:"names and addresses by which nodes reach the broker"`
	Speech     []string      `yaml:"speech,omitempty" help:"text to speech with one program, in the place of espeak-ng: command and arguments, text on stdin, WAV on stdout. Better: voices"`
	Voices     []Engine      `yaml:"voices,omitempty" help:"speech programs beside espeak-ng, which is built in; the first one is the usual voice. How, and with which licences, says voices.md in /usr/share/doc/loa-controller; the page Settings and loa doctor try them"`
	MaxMinutes int           `yaml:"max_minutes,omitempty" help:"longest recording that is taken"`
	Silence    time.Duration `yaml:"call_silence,omitempty" help:"after so long without a word a live call ends by itself, 10s to 10m; whoever speaks is warned after a third of it"`
	MaxNodes   int           `yaml:"max_nodes,omitempty" help:"connections that the embedded broker takes"`
	CertLife   time.Duration `yaml:"cert_life,omitempty" help:"how long a node's certificate counts; it is renewed by itself after two thirds"`
	CRL        string        `yaml:"crl,omitempty" help:"file for the external broker: the certificates that were revoked; beside it are written ca.pem and broker.pem, which the group of the folder may read. Left out: trust/crl.pem in the data folder, and nothing beside it. The packaged service may write only /var/lib/loa and /etc/mosquitto/loa: for another folder see backups"`
	Backups    string        `yaml:"backups,omitempty" help:"folder for the nightly backups, best on another disk; backups in the data folder if left out. The packaged service must be allowed to write there: systemctl edit loa-controller, then the lines [Service] and ReadWritePaths=/the/folder"`
	DiskWarnMB int           `yaml:"disk_warn_mb,omitempty" help:"with less free room on the data disk, in MB, every page warns; left out: 1024, or a tenth of the disk up to 10 GB if that is more"`
	DiskLowMB  int           `yaml:"disk_alarm_mb,omitempty" help:"with less it is an alarm, and /readyz says 503; left out: 200"`
	Warnings   string        `yaml:"warnings,omitempty" help:"folder whose files (.xml, .cap: CAP messages) are taken in as warnings of another office and moved into taken or refused there; who writes one renames it when it is whole. The service must be allowed to write there: see backups"`
	Reach      []string      `yaml:"reach,omitempty" help:"hosts, addresses or networks inside the house that stations, webhooks and mail servers may be at: 192.168.1.7, dai.lan, 10.9.0.0/24; only what is public if left out"`
	ClipRate   int           `yaml:"clip_rate,omitempty" help:"bytes per second for clips, for all nodes together"`
	Passwords  trust.Cost    `yaml:"-"` // what to hash one takes: tests of other things set the least
	Styles     bool          `yaml:"-"` // the pages show the sheet of all their components, /styles: loa dev sets it
}

// DefaultConfig is what stands in for settings that are left out.
func DefaultConfig() Config {
	return Config{Data: "/var/lib/loa", Commune: "la-da", HTTP: "127.0.0.1:8080", MQTT: "127.0.0.1:8883", MaxMinutes: 60,
		Silence: live.DefaultSilence, MaxNodes: 1000, ClipRate: 2 << 20, PublicRate: 2 << 20, CertLife: trust.NodeLife}
}

// TrustDir is where the commune's keys are.
func (c Config) TrustDir() string { return filepath.Join(c.Data, "trust") }

// BackupsDir is where the nightly backups are.
func (c Config) BackupsDir() string { return cmp.Or(c.Backups, filepath.Join(c.Data, "backups")) }

// PublishedDir is where what is published elsewhere is written first.
func (c Config) PublishedDir() string { return filepath.Join(c.Data, "published") }

// Engine is a speech program of the settings.
type Engine = voices.Engine

// Engines are the speech programs of the settings, and espeak-ng.
func (c Config) Engines() (*voices.Set, error) {
	return voices.New(voices.Options{Single: c.Speech, Engines: c.Voices})
}

// BackupSource is what a backup of this controller is made of.
func (c Config) BackupSource(st *store.Store, version string) (backup.Source, error) {
	settings, err := yaml.Marshal(c)
	if err != nil {
		return backup.Source{}, fmt.Errorf("encode settings: %w", err)
	}
	return backup.Source{Data: c.Data, Trust: c.TrustDir(), Commune: c.Commune, Version: version, Settings: settings, Store: st}, nil
}
