// Package inventory is what stands where in a commune, how it is.
//
//	areas.go     the tree of places: the commune, its villages
//	nodes.go     the loudspeakers: what was set up, joined with what each says itself
//	facts.go     what a board says of itself, as people read it
//	orders.go    what a board can be told: to come in by a code, to stay out, to test its horn
//	reports.go   what people say is wrong (báo hỏng), and what ended
//	causes.go    what is wrong with a node, each thing once; what is known of it; maintenance
//	uptime.go    how each was over a day or thirty
//
// What a node does not say is not known, and stays so: nothing here is ever fine by
// default. Uptime counts by the clock of this PC, as package fleet does, and only for the
// time in which the node spoke and a controller was there to hear it: each run of the
// controller is kept as a watch ([Inventory.KeepWatch]). All that is returned is cut to
// what the caller may see; who may change what is judged by package access, here for
// areas and nodes, by the rule of the request for the rest.
package inventory
