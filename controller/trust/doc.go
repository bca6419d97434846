// Package trust keeps the commune's keys: who may speak on the broker, and
// whose word a loudspeaker believes.
//
// Open(dir, options) makes, on the first start and never again:
//
//	ca.pem          certificate and key of the commune's own authority
//	broker.pem      the broker's server certificate and key, made anew when
//	                its host names change or it nears its end
//	controller.pem  the controller's own client certificate and key
//	signing.pem     the Ed25519 key that signs plans and commands, and how it
//	                was introduced by those before it
//	token           the bearer token of the HTTP API
//	issued          which certificates the nodes were given, by number
//
// Every file holds a certificate and the key that belongs to it, or one
// secret, so that a file is whole or absent: there is no half-made pair. It
// is written beside its place, synced and renamed, mode 0600 in a directory
// of mode 0700. Open refuses a file it cannot read or that does not fit the
// authority; it never replaces the authority or the signing key, because every node in
// the field trusts those and only those.
//
// # The signing key
//
// Package signing keeps it, has the next one introduced by it, and seals the end of the
// audit log; Trust holds it. Make a backup after each change of the key: with a folder
// from before it, no node would believe this controller again.
//
// # Nodes' certificates
//
// They count for two years. A node renews its own after two thirds (Renew): it
// makes a new key, and the present one signs the request. Revoke, and each new
// enrolment, make void what was given before. Our own broker asks Admits; any
// other gets a file (WriteCRL), which names the certificates that were given
// since this folder has a list of them.
//
// A node's certificate carries the node's id as common name. The broker
// (ours or another) takes that name as the identity and nothing else. P-256
// for TLS, because every broker and TLS library speaks it; Ed25519 for
// signatures, because design decision 4 says so.
package trust
