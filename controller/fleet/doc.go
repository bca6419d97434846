// Package fleet turns what the nodes say, and their silence, into the state of
// each one, in plain words.
//
//	             status                  status, playing
//	unknown ------------------> good <--------------------> on_air
//	   |  (chưa rõ)              ^ |   (đang phát)
//	   | silence                 | | fault raised / cleared by evidence
//	   v          status         | v
//	offline <----------------- fault (sự cố)
//	(mất kết nối)  will, or silence
//
// Online is judged only by messages that the node itself sent now: what a
// broker kept (retained) tells how the node was, never that it is. A node is
// offline at once when the broker reports its will, and after [Silence]
// without a word otherwise. After a start of the controller all nodes are
// unknown until they speak or the same silence has passed.
//
// What no node would say of itself the office finds: two boards that use one
// identity, times that cannot be, words without end. When sound was last heard is
// told by our clock while a node plays, and by its own word only for what is over: a
// time that lies ahead is none. Each node has its share of what is judged: a node that says
// more waits, in package broker, and loses only its own.
//
// Of several things that are wrong at once the state shows the one that
// matters most to those who listen: offline, then what keeps the horn silent, then
// that it plays, then any other fault.
package fleet
