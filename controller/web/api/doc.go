// Package api is the face that programs see: JSON under /api/v1, described by an OpenAPI
// 3.1 document at /api/v1/openapi.json that huma makes of the types here, and with it what
// flows: news by server-sent events, the sound of microphones by WebSocket, what passes the
// broker line by line.
//
// There is one small type per resource, with the handlers of its operations: each reads
// what was sent, asks a room of the office, and answers. It decides nothing. An error of
// the office goes through Face.Fail of package resource, which makes it a problem document; a handler that
// huma does not know (a stream, a file, an upload) uses Face.Refuse.
//
// What the office calls otherwise keeps its name in the document (package document): scripts
// are generated from it, and a test compares it with the last one, word by word.
//
// Lists come newest first and by pages: items, and next, which is given as before.
package api
