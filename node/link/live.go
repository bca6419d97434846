package link

import (
	"context"
	"errors"
	"slices"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"loa/node/wire"
)

// subscribeAll asks for all that a node reads from the start of a session: the
// keys first, by which it judges the rest; then, in one message, what is for it,
// commands to all, and the calls on air here.
func (l *Link) subscribeAll(ctx context.Context, client mqtt.Client) error {
	l.mu.Lock()
	wish := slices.Clone(l.wish)
	l.mu.Unlock()
	own := []string{l.topics.AllDown(l.opt.Node), l.topics.All(wire.KindCall), l.topics.All(wire.KindStop), l.topics.All(wire.KindHead)}
	filters := map[string]byte{own[0]: 1, own[1]: 0, own[2]: 1, own[3]: 0}
	for _, call := range wish {
		filters[l.topics.Live(call)] = 0
	}
	keys := client.Subscribe(l.topics.All(wire.KindKeys), 1, nil)
	token := client.SubscribeMultiple(filters, nil)
	if err := check(ctx, keys, l.topics.All(wire.KindKeys)); err != nil {
		return err
	}
	if err := check(ctx, token, own...); err != nil {
		return err
	}
	heard := map[string]bool{}
	for _, call := range wish { // one that is refused is tried again by SetLive
		heard[call] = check(ctx, token, l.topics.Live(call)) == nil
	}
	l.mu.Lock()
	l.heard = heard
	l.mu.Unlock()
	return nil
}

// SetLive says which calls are to be heard from now on, over any reconnect.
// While the link is down that is noted, and ErrDown returned. An error of
// another kind means that it should be called again.
func (l *Link) SetLive(calls []string) error {
	l.mu.Lock()
	l.wish = slices.Clone(calls)
	client, heard := l.client, l.heard
	var add, leave []string
	for _, call := range calls {
		if !heard[call] {
			add = append(add, call)
		}
	}
	for call := range heard {
		if !slices.Contains(calls, call) {
			leave = append(leave, call)
		}
	}
	l.mu.Unlock()
	if client == nil {
		return ErrDown
	}
	if len(add) > 0 {
		l.askAgain() // the calm between two pings is over
	}
	var errs []error
	for _, call := range add {
		err := l.subscribe(context.Background(), client, l.topics.Live(call), 0, nil)
		errs = append(errs, err)
		l.note(client, call, err == nil)
	}
	for _, call := range leave {
		errs = append(errs, finish(context.Background(), client.Unsubscribe(l.topics.Live(call)), sendTimeout))
		l.note(client, call, false)
	}
	return errors.Join(errs...)
}

// note keeps what was subscribed, if the session is still the same.
func (l *Link) note(client mqtt.Client, call string, heard bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.client != client:
	case heard:
		l.heard[call] = true
	default:
		delete(l.heard, call)
	}
}

// longest is the longest wait between two attempts to connect: short while a
// call is on air here, since every second without the broker is silence.
func (l *Link) longest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wish) > 0 {
		return urgentWait
	}
	return maxWait
}
