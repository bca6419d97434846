// Package broker is the controller's side of MQTT: the broker inside the
// controller, and the controller's one client of whichever broker is used.
//
// # The embedded broker
//
// [New] opens the port, [Broker.Run] serves it. It speaks MQTT 3.1.1 over
// TLS with certificates both ways. A client is who its certificate says: the
// common name must equal the client id and the user name, if one is sent.
// What it may write and read follows from [Rules] alone, which are static
// patterns, so that any other broker can be given the same ones.
//
// Nothing is kept for an absent client: sessions are always clean. Retained
// messages live in memory; the controller publishes its plans anew whenever
// it connects. A will is sent when a connection breaks, but not when the same
// client has come back on another connection, nor when the broker itself
// stops.
//
// # A slow client harms no one
//
// mochi (the library) holds a client's lock while it writes to its socket,
// and takes the same lock to number a QoS 1 message for that client, so that
// one slow link would stall every publisher. Here a write only puts bytes in
// the client's own bounded outbox, and one goroutine per client drains it:
//
//	QoS 0 ---------------- fan-out: encoded once, shared --> outbox --> TLS
//	QoS 1 --> mochi's queue --> waits while outbox is full --> outbox --> TLS
//
// There are three lanes: commands and all that is small go first, then the frames
// of a voice, of which what has waited too long to be heard is dropped, then the
// chunks of clips; and the kernel is given hardly more than the network takes. So
// neither a voice nor its end ever waits behind a file. What finds the outbox full is dropped and
// counted: QoS 0 by our own hand, QoS 1 by mochi when its queue is full, and
// a client that leaves too much unread or unacknowledged, 64 messages or 8 MiB
// for a node, is disconnected.
//
// # A crowd at the door
//
// Until a connection has shown a certificate and said CONNECT it is a
// stranger's, of which there are few at a time; of too many the oldest from the
// busiest address goes. So a flood of connections costs a bounded amount of
// memory, and boards that come back in the midst of it are let in.
//
// A node that says more than fifty messages a second waits with the rest. Of the
// controller's inbox each node has a share: see inbox.
//
// # Two of one name
//
// One that comes with the certificate of a node that is connected has that node asked
// for an acknowledgement. If it answers it stays, the other is turned away and Twin
// told; else, after two seconds at most, the other takes its place. So a copied card
// cannot push a station out, and a board whose network is gone is back at once.
//
// # The client
//
// [Dial] gives a client that connects, subscribes and reconnects by itself
// for as long as its context lasts, to this broker or to any other.
package broker
