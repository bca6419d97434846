// Package deploy is no program: it is what Loa is installed and watched with, and
// here are the tests of what can be tried of it without a running Loa. See its
// README.md for what is in it; what takes running processes is tried in cmd/loa.
package deploy
