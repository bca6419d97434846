-- +goose Up
-- A voice that went on the air though it could not be recorded, or not to its end.
ALTER TABLE calls ADD COLUMN unrecorded BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE calls DROP COLUMN unrecorded;
