package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/backups"
	"loa/controller/web/api/resource"
)

// backupHandlers make and restore backups.
type backupHandlers struct {
	resource.Face
	backups *backups.Desk
}

type restoreInput struct {
	Name string `path:"name"`
	Body struct {
		Replace bool `json:"replace" doc:"true: all that is there now gives way to it"`
	}
}

// register adds the operations.
func (h backupHandlers) register() {
	huma.Register(h.Huma, resource.Operation("get-backups", http.MethodGet, "/backups", "Backup", http.StatusOK,
		"The backups there are, and how the last went"), func(ctx context.Context, _ *struct{}) (*resource.Answer[backups.State], error) {
		return &resource.Answer[backups.State]{Body: h.backups.State()}, nil
	})
	huma.Register(h.Huma, resource.Operation("make-backup", http.MethodPost, "/backups", "Backup", http.StatusAccepted,
		"Make a backup now: the answer does not wait for its end"), func(ctx context.Context,
		_ *struct{}) (*resource.Answer[backups.State], error) {
		if err := h.backups.Make(ctx); err != nil {
			return nil, h.Fail(err)
		}
		return &resource.Answer[backups.State]{Body: h.backups.State()}, nil
	})
	huma.Register(h.Huma, resource.Operation("restore-backup", http.MethodPost, "/backups/{name}/restore", "Backup", http.StatusAccepted,
		"Verify a backup and start the controller anew on it: all data, accounts too, are as they were then, and everybody signs in again"),
		func(ctx context.Context, in *restoreInput) (*resource.Answer[backups.State], error) {
			if err := h.backups.Restore(ctx, in.Name, in.Body.Replace); err != nil {
				return nil, h.Fail(err)
			}
			return &resource.Answer[backups.State]{Body: h.backups.State()}, nil
		})
}
