-- +goose Up
CREATE TABLE exercises ( -- tests and drills that were done
    id        TEXT    PRIMARY KEY,
    kind      TEXT    NOT NULL, -- silent, audible, yearly
    at        BIGINT  NOT NULL,
    broadcast TEXT    NOT NULL, -- of one that sounds: its line of the log; '' of a silent one
    title     TEXT    NOT NULL,
    who       TEXT    NOT NULL, -- name of who began it; '': it began by itself
    whole     BOOLEAN NOT NULL, -- it was for the whole commune
    counts    BOOLEAN NOT NULL, -- the calendar goes on from it
    ended     BIGINT  NOT NULL  -- when its result was drawn; 0: it is under way
);
CREATE INDEX exercises_at ON exercises (at);
CREATE INDEX exercises_ended ON exercises (ended) WHERE ended = 0;

-- +goose Down
DROP TABLE exercises;
