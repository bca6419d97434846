package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"loa/controller"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
	"loa/node/wire"
)

type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"Print the commune's signing keys, and which nodes do not know the newest yet."`
	Rotate keysRotateCmd `cmd:"" help:"Make a new signing key; the old one counts on for the overlap."`
	Retire keysRetireCmd `cmd:"" help:"End the overlap now: whoever has the old key is heard no more."`
}

// keyFile is where the keys are: beside a controller that may be running and
// takes up within seconds what is done here.
type keyFile struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
}

func (k keyFile) open() (config controller.Config, keys *trust.Trust, err error) {
	if config, err = openSettings(k.Config); err != nil {
		return config, nil, err
	}
	keys, err = trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune, Hosts: config.Hosts})
	return config, keys, err
}

// done prints the keys and writes into the audit log what was done here.
func (k keyFile) done(ctx context.Context, action string, config controller.Config, keys *trust.Trust) error {
	all := keys.SigningKeys()
	printKeys(os.Stdout, all)
	fmt.Println("hãy sao lưu ngay: bản sao cũ không còn dùng được; make a backup now, an older one is of no use any more")
	st, err := store.OpenBeside(ctx, config.Data)
	if err != nil {
		return err
	}
	return errors.Join(noteConsole(ctx, config, st, action, all[len(all)-1].ID, ""), st.Close())
}

func printKeys(out io.Writer, all []signing.Key) {
	now := time.Now()
	for i, k := range all {
		state := "không còn hiệu lực\tcounts no more"
		switch {
		case i == len(all)-1:
			state = "đang ký\tsigns"
		case !k.Retired && now.Before(k.Until):
			state = "còn hiệu lực đến " + k.Until.Local().Format("15:04 02/01/2006") + "\tcounts until then"
		}
		from := "từ đầu"
		if !k.From.IsZero() {
			from = k.From.Local().Format("15:04 02/01/2006")
		}
		fmt.Fprintf(out, "%d\t%s\t%s\t%s\n", k.Number, k.ID, from, state)
	}
}

type keysListCmd struct{ keyFile }

// Run prints one key a line, then the nodes that lag behind.
func (c *keysListCmd) Run(ctx context.Context) error {
	config, keys, err := c.open()
	if err != nil {
		return err
	}
	all := keys.SigningKeys()
	printKeys(os.Stdout, all)
	st, err := store.OpenReadOnly(ctx, config.Data)
	if err != nil {
		return err
	}
	defer st.Close()
	states, err := st.NodeStates(ctx)
	if err != nil {
		return err
	}
	for _, n := range states {
		var s wire.Status
		if wire.Take(n.Status, &s) == nil && s.Key != all[len(all)-1].ID {
			fmt.Printf("%s\tchưa biết khóa mới: sẽ tự nhận khi có mạng\tdoes not know the newest key yet: it will when it is back\n", n.Node)
		}
	}
	return nil
}

type keysRotateCmd struct {
	keyFile
	Overlap time.Duration `help:"How long the old key counts on." default:"168h"`
}

// Run makes the key.
func (c *keysRotateCmd) Run(ctx context.Context) error {
	if c.Overlap < 0 || c.Overlap > 366*24*time.Hour {
		return fmt.Errorf("--overlap %v: hãy chọn từ 0 đến một năm; choose up to a year", c.Overlap)
	}
	config, keys, err := c.open()
	if err != nil {
		return err
	}
	if err := keys.Rotate(c.Overlap); err != nil {
		return err
	}
	return c.done(ctx, "key.rotate", config, keys)
}

type keysRetireCmd struct{ keyFile }

// Run ends the overlap.
func (c *keysRetireCmd) Run(ctx context.Context) error {
	config, keys, err := c.open()
	if err != nil {
		return err
	}
	if err := keys.Retire(); errors.Is(err, signing.ErrOneKey) {
		return fmt.Errorf("chỉ có một khóa: hãy chạy loa keys rotate trước; run loa keys rotate first: %w", err)
	} else if err != nil {
		return err
	}
	return c.done(ctx, "key.retire", config, keys)
}
