package broker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
)

// accessList is the broker's rules as Mosquitto writes them.
func accessList(commune string) string {
	var b strings.Builder
	for _, ofController := range []bool{true, false} {
		if ofController {
			fmt.Fprintf(&b, "# The rules of package controller/broker; %s is the commune's id.\nuser %s\n", commune, trust.ControllerName)
		} else {
			b.WriteString("\n# Nodes: %u is the name in the certificate.\n")
		}
		for _, r := range Rules(commune) {
			if r.Controller != ofController {
				continue
			}
			word, access := "pattern", "read"
			if ofController {
				word = "topic"
			}
			if r.Write {
				access = "write"
			}
			fmt.Fprintf(&b, "%s %s %s\n", word, access, r.Pattern)
		}
	}
	return b.String()
}

// Debian's Mosquitto in place of this broker guards the same topics.
func TestMosquittoHasTheSameRules(t *testing.T) {
	acl, err := os.ReadFile(filepath.Join("..", "..", "deploy", "mosquitto", "acl"))
	require.NoError(t, err)
	require.Equal(t, accessList("la-da"), string(acl), "renew it from what this test prints")
}
