// Package trust keeps the commune's keys: who may speak on the broker, and
// whose word a loudspeaker believes.
//
// Open(dir, options) makes, on the first start and never again:
//
//	ca.pem          certificate and key of the commune's own authority
//	broker.pem      the broker's server certificate and key, made anew when
//	                its host names change or it nears its end
//	controller.pem  the controller's own client certificate and key
//	signing.pem     the Ed25519 key that signs plans and commands
//	token           the bearer token of the HTTP API
//
// Every file holds a certificate and the key that belongs to it, or one
// secret, so that a file is whole or absent: there is no half-made pair. It
// is written beside its place, synced and renamed, mode 0600 in a directory
// of mode 0700. Open refuses a file it cannot read or that does not fit the
// authority; it never replaces the authority or the signing key, because every node in
// the field trusts those and only those.
//
// A node's certificate carries the node's id as common name. The broker
// (ours or another) takes that name as the identity and nothing else. P-256
// for TLS, because every broker and TLS library speaks it; Ed25519 for
// signatures, because design decision 4 says so.
package trust
