-- +goose Up
ALTER TABLE reports ADD COLUMN message TEXT NOT NULL DEFAULT ''; -- a villager's, that it was made of; '': none, or it is forgotten
CREATE UNIQUE INDEX reports_message ON reports (message) WHERE message <> '';
ALTER TABLE messages ADD COLUMN taken BIGINT NOT NULL DEFAULT 0; -- when somebody first worked on it; 0: nobody has
ALTER TABLE messages ADD COLUMN finished BIGINT NOT NULL DEFAULT 0; -- since when it is done; 0: it is not
UPDATE messages SET taken = changed WHERE state <> 'new';
UPDATE messages SET finished = changed WHERE state = 'done';

-- +goose Down
ALTER TABLE messages DROP COLUMN finished;
ALTER TABLE messages DROP COLUMN taken;
DROP INDEX reports_message;
ALTER TABLE reports DROP COLUMN message;
