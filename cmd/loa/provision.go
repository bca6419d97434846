package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"loa/controller"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node"
	"loa/node/wire"
)

type provisionCmd struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
	Node   string `help:"The node's id." required:""`
	Broker string `help:"host:port at which the node reaches the broker." required:""`
	Out    string `help:"Folder for node.yaml and its keys; carry it to the board." required:"" type:"path"`
	Sound  string `help:"alsa, wav or null." default:"alsa" enum:"alsa,wav,null"`
}

func (c *provisionCmd) Run(ctx context.Context) (err error) {
	config := controller.DefaultConfig()
	if err := readYAML(c.Config, &config); err != nil {
		return err
	}
	if err := notRestored(config.Data); err != nil {
		return err
	}
	keys, err := trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune, Hosts: config.Hosts, NodeLife: config.CertLife})
	if err != nil {
		return err
	}
	if _, err = provision(keys, config.Commune, c.Node, c.Broker, c.Sound, c.Out); err != nil {
		return err
	}
	if err := becomeOwner(config.Data); err != nil { // only now: where the files go may be closed to the service
		return err
	}
	st, err := store.OpenBeside(ctx, config.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return noteConsole(ctx, config, st, "node.provision", c.Node, "")
}

// provision makes all that a node needs in one folder and returns its
// settings. The key is made here and carried to the board; a key made on the
// board itself comes with enrolment.
func provision(keys *trust.Trust, commune, id, broker, sound, dir string) (node.Config, error) {
	config := node.Config{
		ID: id, Commune: commune, Broker: broker, Sound: sound,
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "node.pem"), Key: filepath.Join(dir, "node.key"),
		CommuneKey: base64.StdEncoding.EncodeToString(keys.PublicKey()),
		Data:       filepath.Join(dir, "data"), WAV: filepath.Join(dir, "horn.wav"),
	}
	if !wire.ValidID(id) {
		return config, fmt.Errorf("%q is not a node id: use a-z, 0-9 and -", id)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return config, fmt.Errorf("make node folder: %w", err)
	}
	cert, key, err := keys.IssueNode(id)
	if err != nil {
		return config, err
	}
	for path, data := range map[string][]byte{config.CA: keys.CAPEM(), config.Cert: cert, config.Key: key} {
		if err := writeWhole(path, data); err != nil {
			return config, err
		}
	}
	return config, writeYAML(filepath.Join(dir, "node.yaml"), config)
}
