-- +goose Up
-- What a node's microphone says of a play. '' is a node that has none.
ALTER TABLE plays ADD COLUMN ear TEXT NOT NULL DEFAULT '';
ALTER TABLE plays ADD COLUMN ear_db DOUBLE PRECISION; -- how much louder than calibrated

-- +goose Down
ALTER TABLE plays DROP COLUMN ear_db;
ALTER TABLE plays DROP COLUMN ear;
