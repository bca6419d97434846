// Package reading turns written Vietnamese into what is said.
package reading
