package wire

import (
	"fmt"
	"strings"
)

// Version is the protocol's number; it stands in every topic.
//
// History:
//
//	1  2026-11-23  first: plan, clips in chunks, status, reports, time
//	   2026-11-23  calls: all/call, all/stop, live/<call>; the plan names its areas;
//	              a status tells how a voice comes
//	   2026-11-23  time and ack are signed; a question for the time has a nonce
//	   2026-11-23  signatures name their key; all/keys introduces new ones
//	   2026-11-23  a node renews its certificate: up/<node>/renew, down/<node>/cert
//	   2026-11-24  a node tests its horn: down/<node>/selftest
//	   2026-11-30  all/head: nodes keep the end of the office's audit log, and tell it back
//	   2026-11-30  over thin links clips come in pieces: down/<node>/piece
//	   2026-12-01  a node examines itself without a sound: down/<node>/inspect
const Version = 1

// The kinds of message, the last word of an up or down topic.
const (
	KindPlan   = "plan"
	KindTime   = "time"
	KindAck    = "ack"
	KindStatus = "status"
	KindGone   = "gone"
	KindWant   = "want"
	KindReport = "report"
	KindRenew  = "renew"
	KindCert   = "cert"
	KindPiece  = "piece"
	KindProbe  = "probe" // an embedded broker asks whether a node is there: its acknowledgement is the answer
)

// Topics names the topics of one commune.
type Topics struct{ Commune string }

func (t Topics) root() string { return fmt.Sprintf("loa/%d/%s/", Version, t.Commune) }

// Up is what a node writes.
func (t Topics) Up(node, kind string) string { return t.root() + "up/" + node + "/" + kind }

// Down is what the controller writes to one node.
func (t Topics) Down(node, kind string) string { return t.root() + "down/" + node + "/" + kind }

// Clip is where the chunks of a clip go.
func (t Topics) Clip(sha string) string { return t.root() + "clip/" + sha }

// Live is where the frames of a call go.
func (t Topics) Live(call string) string { return t.root() + "live/" + call }

// All is what the controller writes to every node.
func (t Topics) All(kind string) string { return t.root() + "all/" + kind }

// AllUp is the filter of all that the nodes write of one kind; "+" for all kinds.
func (t Topics) AllUp(kind string) string { return t.Up("+", kind) }

// AllDown is the filter of all that is for one node.
func (t Topics) AllDown(node string) string { return t.root() + "down/" + node + "/#" }

// Parse splits a topic into its branch ("up", "down", "clip", "live", "all"),
// the node, clip, call or command it is about, and its kind, which only up and
// down have.
func (t Topics) Parse(topic string) (branch, subject, kind string, ok bool) {
	rest, ok := strings.CutPrefix(topic, t.root())
	if !ok {
		return "", "", "", false
	}
	parts := strings.Split(rest, "/")
	switch {
	case len(parts) == 3 && (parts[0] == "up" || parts[0] == "down") && ValidID(parts[1]) && parts[2] != "":
		return parts[0], parts[1], parts[2], true
	case len(parts) == 2 && parts[0] == "clip" && ValidSHA(parts[1]):
		return parts[0], parts[1], "", true
	case len(parts) == 2 && parts[0] == "live" && ValidID(parts[1]):
		return parts[0], parts[1], "", true
	case len(parts) == 2 && parts[0] == "all" && parts[1] != "":
		return parts[0], parts[1], "", true
	}
	return "", "", "", false
}

// ValidID reports whether s may be the id of a node, area or commune: 1 to 64
// of a-z, 0-9 and "-". Such an id is safe in a topic, a path and a certificate.
func ValidID(s string) bool {
	return len(s) > 0 && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// ValidSHA reports whether s is a sha256 in lower-case hex.
func ValidSHA(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
