-- +goose Up
CREATE TABLE calls (
    id        TEXT   PRIMARY KEY,
    title     TEXT   NOT NULL,
    class     TEXT   NOT NULL,
    targets   TEXT   NOT NULL, -- JSON
    document  TEXT   NOT NULL, -- schedule.Call, JSON
    author    TEXT   NOT NULL,
    started   BIGINT NOT NULL,
    ended     BIGINT NOT NULL, -- 0: on air
    reason    TEXT   NOT NULL, -- why it ended
    recording TEXT   NOT NULL  -- sha256 of the Ogg Opus file; '' if none
);
CREATE INDEX calls_by_time ON calls (started);

-- +goose Down
DROP TABLE calls;
