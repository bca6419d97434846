-- +goose Up
ALTER TABLE care ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE care ADD COLUMN until BIGINT NOT NULL DEFAULT 0; -- when it is to be well again; 0: nobody said

ALTER TABLE reports ADD COLUMN heard BIGINT NOT NULL DEFAULT 0; -- when it was heard; 0: nobody said

CREATE TABLE maintenance ( -- times in which somebody works at a place, planned or noted afterwards
    id     TEXT   PRIMARY KEY,
    place  TEXT   NOT NULL, -- id of an area or a node
    since  BIGINT NOT NULL,
    until  BIGINT NOT NULL,
    reason TEXT   NOT NULL,
    who    TEXT   NOT NULL, -- does the work
    noted  TEXT   NOT NULL  -- name of the account that wrote it down
);
CREATE INDEX maintenance_until ON maintenance (until);

-- +goose Down
DROP TABLE maintenance;
ALTER TABLE reports DROP COLUMN heard;
ALTER TABLE care DROP COLUMN until;
ALTER TABLE care DROP COLUMN reason;
