-- +goose Up
CREATE TABLE exercise_nodes ( -- of a silent one each loudspeaker, of one that sounds those that were not heard
    exercise TEXT    NOT NULL REFERENCES exercises (id) ON DELETE CASCADE,
    node     TEXT    NOT NULL,
    area     TEXT    NOT NULL, -- where it stood then
    outcome  TEXT    NOT NULL,
    cause    TEXT    NOT NULL, -- code of a fault, of a state, or why it was not heard
    vi       TEXT    NOT NULL, -- that in words, as it was said then
    en       TEXT    NOT NULL,
    failed   BOOLEAN NOT NULL,
    who      TEXT    NOT NULL, -- repairs it; '': nobody said so
    until    BIGINT  NOT NULL, -- when it is to be well again; 0: nobody said
    mended   BIGINT  NOT NULL, -- when it was seen right again; 0: not yet
    PRIMARY KEY (exercise, node)
);
CREATE INDEX exercise_nodes_open ON exercise_nodes (exercise) WHERE failed AND mended = 0;

-- +goose Down
DROP TABLE exercise_nodes;
