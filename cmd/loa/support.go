package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"loa/controller/doctor"
	nodedoctor "loa/node/doctor"
)

type supportCmd struct {
	where
	Out string `help:"File to make." default:"loa-support.json" type:"path"`
}

// Run writes the bundle. It is read before it is sent: it is plain JSON.
func (c *supportCmd) Run(ctx context.Context) error {
	role, settings, err := c.find()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(c.Out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // by the caller; all else as the service
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	bundle, unit := any(nil), "loa-node"
	if role == "node" {
		bundle = nodedoctor.Gather(ctx, boardOptions(settings, false), time.Now())
	} else {
		unit = "loa-controller"
		config, err := openSettings(settings)
		if err != nil {
			return errors.Join(err, out.Close())
		}
		bundle = doctor.Gather(ctx, config, version, time.Now())
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	if err := errors.Join(enc.Encode(bundle), out.Close()); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	fmt.Printf("%s: không có khóa, mật khẩu hay mã nào; hãy mở xem rồi gửi, kèm journalctl -u %s nếu được hỏi\n"+
		"%[1]s: no key, password or token is in it; look at it, then send it, with journalctl -u %[2]s if asked\n", c.Out, unit)
	return nil
}
