// Package level measures, cleans and levels samples: loudness (ITU-R BS.1770-4) and
// true peak, a look-ahead limiter, what makes one channel of two, and what recorders and
// mixing desks do wrong. It is pure: samples in, samples out.
//
// Two channels become one window by window: their mean where they agree, the
// better one where the mean would lose something (opposite phase, a dead or a noisy
// channel). A constant offset is taken out, numbers that are none and lone samples
// far beyond full scale are drawn over, claps and knocks far above what is said are
// turned down to it before anything is measured. What is faint and steady, the
// noise of an empty room, is made louder by 20 dB at the most. Each of these leaves
// a [Note].
//
// Short sounds: gating needs one block of 400 ms. A clip shorter than that is
// measured ungated over its own length, so a single word is as loud while it
// lasts as a bulletin is. (ffmpeg reports −70 LUFS for such a file.)
//
// Silence at the ends is what stays below a threshold between 35 and 22 dB
// under the recording's loudness, placed 6 dB above its own noise floor. 50 ms
// before the sound and 100 ms after it are kept, and the cuts are faded.
package level
