-- +goose Up
ALTER TABLE clips ADD COLUMN style TEXT NOT NULL DEFAULT ''; -- how speech was said: indoor, outdoor, urgent

-- +goose Down
ALTER TABLE clips DROP COLUMN style;
