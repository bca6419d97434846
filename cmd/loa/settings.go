package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"

	"loa/controller"
	"loa/node"
)

type settingsCmd struct {
	Role string `arg:"" enum:"controller,node" help:"controller or node."`
}

func (c settingsCmd) Run() error {
	text, err := settingsOf(c.Role)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(text)
	return err
}

// settingsOf is a role's settings file with every setting explained, made from
// the struct itself so that it cannot lag behind.
func settingsOf(role string) (string, error) {
	if role == "controller" {
		config := controller.DefaultConfig()
		config.MQTT, config.HTTPS = "0.0.0.0:8883", "0.0.0.0:8443"
		return explained("the controller, for an office. A setting that is left out has the value shown; "+
			"but no mqtt is 127.0.0.1:8883, and no https is none", config)
	}
	return explained("a node. A setting that is left out has the value shown",
		node.Config{ID: "thon-1-loa", Commune: "la-da", Broker: "loa.example:8883",
			CA: "/etc/loa-node/ca.pem", Cert: "/etc/loa-node/node.pem", Key: "/etc/loa-node/node.key", Data: "/var/lib/loa-node",
			Sound: "alsa"}.WithDefaults())
}

func explained(of string, config any) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# Settings of %s.\n", of)
	v := reflect.ValueOf(config)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, optional := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "-" { // of the program, not of the file
			continue
		}
		line, err := yaml.Marshal(map[string]any{name: v.Field(i).Interface()})
		if err != nil {
			return "", fmt.Errorf("encode setting %s: %w", name, err)
		}
		text := strings.TrimSpace(string(line))
		if optional && v.Field(i).IsZero() {
			text = "# " + text
		}
		fmt.Fprintf(&b, "\n# %s\n%s\n", field.Tag.Get("help"), text)
	}
	return b.String(), nil
}
