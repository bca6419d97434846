// Package identity is the certificate by which a node is known to the broker: the one
// from enrolment, and those that followed, each asked for by the node itself, with a
// key that never leaves the board.
//
//	i, err := identity.Open(options)
//	tlsConfig.GetClientCertificate = i.Client
//	go i.Renew(ctx, link)          // asks at two thirds of the life
//	err = i.Receive(raw, now)      // the answer
package identity
