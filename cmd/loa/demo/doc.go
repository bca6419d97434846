// Package demo is the commune of loa dev: La Dạ with its villages and loudspeakers, and
// a first bulletin that tells people that they hear it. It speaks the API, as any
// script would, and leaves what is there already as it is.
//
//	Seed --> areas, nodes --> AwaitNodes: all have spoken --> Air: a bulletin, within seconds
package demo
