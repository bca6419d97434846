-- +goose Up
-- Codes stood here in clear: whoever read the database could enrol a board.
-- They count for a day; those under way are asked for anew.
DELETE FROM invites WHERE used = 0;
UPDATE invites SET code = '';

-- +goose Down
DELETE FROM invites WHERE used = 0;
