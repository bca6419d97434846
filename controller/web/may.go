package web

import (
	"slices"
)

// kept returns the items that the visitor may see.
func kept[T any](items []T, sees func(T) bool) []T {
	return slices.DeleteFunc(items, func(x T) bool { return !sees(x) })
}
