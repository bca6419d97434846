// Package account is how a person comes into the office and what they keep there for
// themselves: a session, a password, passkeys, and tokens by which programs act for them.
// What others give them, a name and roles, is the business of package people.
//
// # Coming in
//
// Desk.SignIn and Desk.SignInByPasskey take a proof and begin a session; what comes back
// is the value of its cookie, and the caller's visit is that person from then on. Proofs
// are looked at one after another, each address in its turn, so that many guesses at once
// cannot slip past the throttle of package trust, and one address that sends a thousand
// holds up nobody at another. A proof that fails is written into the audit log, with the
// name that was typed. The first account of a station is made on the machine itself
// (Desk.SetUp), by the person in front of it.
//
// # One's own
//
// All other methods are about the person whose visit the context carries: nobody changes
// another's. What lets in for longer than this session, a password, a token, a passkey, is
// given only to one who proves again who they are: finding a page open is not enough.
//
// Errors are problems of package problem, or those of the store. A machine without
// accounts answers everything here with people.NoAccounts.
package account
