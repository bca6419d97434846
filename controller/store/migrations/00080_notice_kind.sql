-- +goose Up
ALTER TABLE notices ADD COLUMN kind TEXT NOT NULL DEFAULT ''; -- 'message': a villager sent something urgent; '': an emergency is on air

-- +goose Down
ALTER TABLE notices DROP COLUMN kind;
