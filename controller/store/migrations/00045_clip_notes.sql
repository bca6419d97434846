-- +goose Up
ALTER TABLE clips ADD COLUMN notes TEXT NOT NULL DEFAULT ''; -- JSON: what was mended in the recording

-- +goose Down
ALTER TABLE clips DROP COLUMN notes;
