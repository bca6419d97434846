-- +goose Up
-- Who approved, beforehand, the bulletin that an alert says. '' is nobody.
ALTER TABLE calls ADD COLUMN approver TEXT NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN approver TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE notices DROP COLUMN approver;
ALTER TABLE calls DROP COLUMN approver;
