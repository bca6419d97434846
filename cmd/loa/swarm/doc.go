// Package swarm measures one call to many nodes on this machine, in three real
// processes over the real wire:
//
//	this one: API, microphone --> controller and its broker --> village: N nodes
//
// The nodes are those of loa node, each with a certificate, a store and a
// connection of its own, and play into nothing. [Measure] is this process's part,
// [Village] that of the nodes' process, which the program under test runs when it is
// called as "swarm --nest FOLDER"; a [Report] is what came of it, for people as a
// table and for cmd/peers as JSON.
package swarm
