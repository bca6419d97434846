-- +goose Up
CREATE TABLE area_codes ( -- the short address of a place, for the people: /t/CODE
    area TEXT PRIMARY KEY REFERENCES areas (id) ON DELETE CASCADE,
    code TEXT NOT NULL UNIQUE
);
CREATE TABLE replays ( -- what the office decided of a broadcast that the people may hear again
    broadcast TEXT   PRIMARY KEY,
    shown     TEXT   NOT NULL CHECK (shown IN ('', 'yes', 'no')), -- '': by the commune's rule
    summary   TEXT   NOT NULL, -- of a voice, in writing
    over      BIGINT NOT NULL, -- since when an emergency counts no more; 0: nobody said so
    decided   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE replays;
DROP TABLE area_codes;
