// Package witness tells a slow machine from a slow program, for tests of real
// processes in real time.
//
// A node leaves out what comes late, by design: on a machine that stands still
// for 300 ms a horn is silent for 300 ms, and that is right. A test that listens
// to it would then judge the machine. So one goroutine keeps awake beside the
// tests: it sleeps five milliseconds at a time and notes by how much it woke
// late, and how long programs waited for a processor meanwhile (Linux's
// /proc/pressure/cpu, where there is one).
//
//	Play   a scene: a test of real processes that can be played again
//	Judge  a check of milliseconds within it, over a stretch of time
//	Again  for a scene that sees itself that it cannot be judged
//	Await  a wait whose limit is in the machine's own time
//	Within a context whose limit is
//
// A check that Judge makes and that fails counts if the machine was awake in
// that stretch. Else the scene is played again, with new processes, and after
// three times the test is skipped: "not judged: the machine was late by 310 ms".
// All other checks count always. With LOA_STRICT=1 what cannot be judged has
// failed.
//
// Main, from TestMain, prints how many of the scenes that made such checks were
// judged; cmd/prove adds them up over packages, and fails if more than a fifth
// were not.
package witness
