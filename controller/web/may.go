package web

import (
	"context"
	"errors"
	"slices"
	"strings"

	"loa/controller/office/access"
	"loa/controller/store"
)

// kept returns the items that the visitor may see.
func kept[T any](items []T, sees func(T) bool) []T {
	return slices.DeleteFunc(items, func(x T) bool { return !sees(x) })
}

// may reports whether the caller may approve something for some areas, in
// which some persons had a hand.
func (p *approver) may(hands []string, areas []string) bool {
	return p.atlas.Permit(access.Approving, areas...) == nil && !p.own(hands)
}

// own reports whether the rule of two persons keeps the caller from deciding:
// they had a hand in it.
func (p *approver) own(hands []string) bool { return !p.policy.Own && slices.Contains(hands, p.id) }

// handsOf are all who had a hand in something: what was written before hands
// were kept has its author only.
func handsOf(a store.Approval) []string { return append(strings.Fields(a.Hands), a.Author) }

// handsIn are the hands in a programme and in its bulletins, where nobody has
// approved these: who approves it approves their words.
func (p *approver) handsIn(ctx context.Context, sp store.Programme) ([]string, error) {
	hands := handsOf(sp.Approval)
	for _, it := range sp.Rundown {
		if it.Bulletin == "" {
			continue
		}
		b, err := p.server.opt.Store.Bulletin(ctx, it.Bulletin)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil && !b.Approved() {
			hands = append(hands, handsOf(b.Approval)...)
		}
	}
	return hands, nil
}
