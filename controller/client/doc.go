// Package client speaks the controller's own API as any script would: what it
// can do, the holder of the token can.
//
//	api, err := client.Open("/var/lib/loa/controller.json")   // a controller of this machine
//	err = api.Do(ctx, http.MethodGet, "/api/v1/nodes", nil, &nodes)
//
// A voice is a call whose sound this process brings:
//
//	POST /api/v1/calls --> [Started] --> [Client.Microphone] --> [Speak] --> [Client.Stop]
//
// A [Source] makes its sound of a file, a stream, stdin or a sound card, by ffmpeg.
package client
