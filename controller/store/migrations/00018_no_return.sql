-- +goose Up
-- Loudspeakers that are joined through an integration device have no way to say
-- what they did. A broadcast keeps which they were then.
ALTER TABLE nodes ADD COLUMN no_return BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE broadcast_nodes ADD COLUMN no_return BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE broadcast_nodes DROP COLUMN no_return;
ALTER TABLE nodes DROP COLUMN no_return;
