// Package wire is the protocol between the controller and the nodes: topics,
// messages, signatures and the version. Nothing else crosses the broker.
//
// # Joining
//
//	node                         broker                        controller
//	  |-- TLS 1.3, both certificates, CN = node id -->|              |
//	  |-- CONNECT, will: up/<id>/gone --------------->|              |
//	  |-- SUBSCRIBE all/keys, before the rest ------->|              |
//	  |<----- all/keys (retained, if there was ever a second key) ---|
//	  |-- SUBSCRIBE down/<id>/#, all/call, all/stop ->|              |
//	  |<------------------------- down/<id>/plan (retained, signed) -|
//	  |-- up/<id>/status ------------------------------------------->|
//	  |-- up/<id>/time  {t1} --------------------------------------->|
//	  |<------------------------------ down/<id>/time {t1, t2, t3} --|
//	  |-- up/<id>/want  {clip, a piece or a few} ------------------->|
//	  |<------------------ down/<id>/piece {index, data}, and so on; |
//	  |    on a link that has shown to carry more:    |              |
//	  |-- SUBSCRIBE clip/<sha256> ------------------->|              |
//	  |-- up/<id>/want  {clip, chunks missing} --------------------->|
//	  |<-- clip/<sha256> {index, data} ... served to all who fetch --|
//	  |-- UNSUBSCRIBE clip/<sha256> ----------------->|              |
//	  |-- up/<id>/report {plays} ----------------------------------->|
//	  |<------------------------------- down/<id>/ack {play ids} ----|
//	  |<-- all/call (signed, again and again while it lasts) --------|
//	  |-- SUBSCRIBE live/<call>, if it concerns the node ->|         |
//	  |<-- live/<call> {frames}, each some time before its play time |
//	  |<-- all/stop (signed) ----------------------------------------|
//	  |-- up/<id>/renew {request, signed by the old key} ----------->|
//	  |<---------------------------------- down/<id>/cert (signed) --|
//
// # Topics
//
// All begin with loa/<version>/<commune>/. A node writes only below up/<its
// id>/ and reads only down/<its id>/, clip/, live/ and all/. The node's id is the
// common name of its certificate, so a static pattern ACL is enough.
//
//	topic               QoS  retained  by          payload
//	down/<node>/plan    1    yes       controller  signed [Plan]
//	down/<node>/time    0    no        controller  signed [Pong]
//	down/<node>/ack     1    no        controller  signed [Ack]
//	down/<node>/cert    1    no        controller  signed [Renewed]
//	down/<node>/piece   0    no        controller  [Piece]
//	down/<node>/probe   1    no        broker      nothing: an embedded broker's question
//	clip/<sha256>       0    no        controller  [Chunk]
//	all/call            0    no        controller  signed [CallOn]
//	all/stop            1    no        controller  signed [CallOff]
//	all/keys            1    yes       controller  [Chain], of what is signed
//	live/<call>         0    no        controller  signed [Bundle]
//	up/<node>/status    1    yes       node        [Status]
//	up/<node>/gone      1    no        broker      the node's will, [Gone]
//	up/<node>/time      0    no        node        [Ping]
//	up/<node>/want      1    no        node        [Want]
//	up/<node>/report    1    no        node        [Report]
//	up/<node>/renew     1    no        node        [Renew]
//
// # Encoding
//
// Messages are CBOR (RFC 8949), decoded strictly and within limits. What can
// make a sound or change a node is wrapped in COSE_Sign1 with Ed25519 (RFC 9052, RFC 8032): see
// [Sign]; the message names its key (kid). A clip is not signed itself: its
// sha256 stands in the signed plan. Which keys count, a [Chain] tells.
// Unknown fields are ignored, so that fields can be added; a change that an
// old node would misread takes a new [Version] and a line in its history.
package wire
