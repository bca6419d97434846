-- +goose Up
ALTER TABLE nodes ADD COLUMN delay BIGINT NOT NULL DEFAULT 0; -- ms that the node plays later than its neighbours
ALTER TABLE calls ADD COLUMN source TEXT NOT NULL DEFAULT ''; -- URL of a relay
ALTER TABLE calls ADD COLUMN corrects TEXT NOT NULL DEFAULT ''; -- the call that it takes back
ALTER TABLE calls ADD COLUMN heard TEXT NOT NULL DEFAULT '{}'; -- JSON: node → instant from which it said that it played it

-- +goose Down
ALTER TABLE nodes DROP COLUMN delay;
ALTER TABLE calls DROP COLUMN source;
ALTER TABLE calls DROP COLUMN corrects;
ALTER TABLE calls DROP COLUMN heard;
