package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"loa/controller"
	"loa/controller/client"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Find the first record that was altered, removed or moved."`
	Export auditExportCmd `cmd:"" help:"Print all records as CSV, oldest first."`
}

// auditLog is where the log is.
type auditLog struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
}

// open opens the log beside a controller that may be running.
func (l auditLog) open(ctx context.Context) (controller.Config, *store.Store, error) {
	config, err := openSettings(l.Config)
	if err != nil {
		return config, nil, err
	}
	st, err := store.OpenReadOnly(ctx, config.Data)
	return config, st, err
}

type auditVerifyCmd struct{ auditLog }

// Run checks the chain, and that its end is the one that was sealed.
func (c *auditVerifyCmd) Run(ctx context.Context) error {
	config, st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	keys, err := trust.Look(config.TrustDir(), config.Commune)
	if err != nil {
		return err
	}
	last, err := signing.VerifyAudit(ctx, st, keys.Keys)
	if err != nil {
		return fmt.Errorf("nhật ký đã bị sửa, hãy giữ nguyên máy và báo người phụ trách; "+
			"the audit log was tampered with, leave the machine as it is: %w", err)
	}
	fmt.Printf("nhật ký nguyên vẹn: %d mục, mục cuối %s\nthe audit log is whole: %d records, the last is %s\n", last.Seq, last.Hash, last.Seq,
		last.Hash)
	return askNodes(ctx, config.Data)
}

// askNodes asks what the nodes keep of the log: one who put an older log back with its
// seal has not put it back there.
func askNodes(ctx context.Context, data string) error {
	var heads struct {
		Nodes  []struct{ Node string }
		Missed []signing.Missed
	}
	api, err := client.Open(filepath.Join(data, client.InfoFile))
	if err == nil {
		err = api.Do(ctx, http.MethodGet, "/api/v1/audit/heads", nil, &heads)
	}
	switch {
	case err != nil:
		fmt.Printf("các cụm loa chưa được hỏi, vì máy chủ Loa không chạy; the nodes were not asked, for the controller does not run (%v)\n", err)
	case len(heads.Missed) > 0:
		m := heads.Missed[0]
		return fmt.Errorf("nhật ký đã bị thay bằng bản cũ hoặc bị cắt, hãy giữ nguyên máy và báo người phụ trách; "+
			"the log was cut, or an older one was put in its place, leave the machine as it is: "+
			"%s keeps record %d, told at %s (%d in all)", m.Node, m.Seq, m.At.Local().Format("2006-01-02 15:04:05"), len(heads.Missed))
	default:
		fmt.Printf("%d cụm loa giữ dấu của nhật ký này; %d nodes keep the mark of this log\n", len(heads.Nodes), len(heads.Nodes))
	}
	return nil
}

type auditExportCmd struct{ auditLog }

// Run writes the log to stdout.
func (c *auditExportCmd) Run(ctx context.Context) error {
	_, st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return exportAudit(ctx, st, os.Stdout)
}

func exportAudit(ctx context.Context, st *store.Store, out io.Writer) error {
	w, err := store.NewAuditCSV(out)
	if err != nil {
		return err
	}
	return errors.Join(st.EachAudit(ctx, w.Add), w.Flush())
}
