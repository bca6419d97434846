// Package frames is the sound of a call as what goes on the air: Opus frames of 20 ms.
//
//   - [Line] gives out what the controller itself says, frame by frame: [Chime], a
//     clip ([Read], [All]), one after the other ([Chain]).
//   - [Stretch] makes a voice last longer or shorter, little by little.
//   - [Recorder] keeps a call as it is spoken.
package frames
