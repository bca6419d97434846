-- +goose Up
CREATE TABLE answer_codes ( -- by which a village's people answer: /q/CODE, from its own notice board
    code    TEXT   PRIMARY KEY,
    area    TEXT   NOT NULL REFERENCES areas (id) ON DELETE CASCADE,
    made    BIGINT NOT NULL,
    retired BIGINT NOT NULL DEFAULT 0 -- since when another stands in its place; 0: it counts
);
CREATE UNIQUE INDEX answer_codes_area ON answer_codes (area) WHERE retired = 0;

CREATE TABLE tallies ( -- how many answered what, in a village; nothing of who
    subject TEXT    NOT NULL, -- what the people heard, or a question
    area    TEXT    NOT NULL,
    word    TEXT    NOT NULL,
    of      TEXT    NOT NULL, -- the broadcast, or the bulletin
    number  INTEGER NOT NULL,
    changed BIGINT  NOT NULL,
    PRIMARY KEY (subject, area, word)
);
CREATE INDEX tallies_of ON tallies (of);
CREATE INDEX tallies_changed ON tallies (changed);

CREATE TABLE questions ( -- that the office puts with a bulletin
    id       TEXT   PRIMARY KEY,
    bulletin TEXT   NOT NULL REFERENCES bulletins (id) ON DELETE CASCADE,
    words    TEXT   NOT NULL,
    answers  TEXT   NOT NULL, -- JSON: their words
    until    BIGINT NOT NULL,
    made     BIGINT NOT NULL,
    author   TEXT   NOT NULL, -- id of the account that wrote it
    approved TEXT   NOT NULL, -- name of who lets it be asked; '': it waits
    closed   BIGINT NOT NULL -- since when it is asked no more, another is, or none; 0: it is the bulletin's own
);
CREATE UNIQUE INDEX questions_bulletin ON questions (bulletin) WHERE closed = 0;

-- +goose Down
DROP TABLE questions;
DROP TABLE tallies;
DROP TABLE answer_codes;
