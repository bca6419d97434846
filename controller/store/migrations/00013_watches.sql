-- +goose Up
ALTER TABLE nodes ADD COLUMN latitude DOUBLE PRECISION; -- degrees, WGS 84; NULL: nobody has said where
ALTER TABLE nodes ADD COLUMN longitude DOUBLE PRECISION;

-- When a controller was there to hear the nodes. Outside of these times
-- nothing is known of them.
CREATE TABLE watches (
    began BIGINT PRIMARY KEY,
    until BIGINT NOT NULL
);
CREATE INDEX state_history_by_time ON state_history (since);

-- +goose Down
DROP INDEX state_history_by_time;
DROP TABLE watches;
ALTER TABLE nodes DROP COLUMN longitude;
ALTER TABLE nodes DROP COLUMN latitude;
