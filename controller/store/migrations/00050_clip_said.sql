-- +goose Up
ALTER TABLE clips ADD COLUMN said TEXT NOT NULL DEFAULT ''; -- what the voice was given, where that is not the text

-- +goose Down
ALTER TABLE clips DROP COLUMN said;
