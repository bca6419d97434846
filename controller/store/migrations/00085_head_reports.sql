-- +goose Up
CREATE TABLE head_reports ( -- what village heads report by three taps
    id         TEXT    PRIMARY KEY, -- of the person and the tap: sent twice, it is one
    area       TEXT    NOT NULL,
    level      TEXT    NOT NULL CHECK (level IN ('normal', 'attention', 'urgent')),
    kind       TEXT    NOT NULL, -- '': of what is normal
    households INTEGER NOT NULL,
    words      TEXT    NOT NULL,
    person     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    tapped     BIGINT  NOT NULL,
    arrived    BIGINT  NOT NULL,
    unsure     INTEGER NOT NULL -- 1: the telephone could not say when it was tapped
);
CREATE INDEX head_reports_arrived ON head_reports (arrived);
CREATE TABLE head_photos (
    report TEXT PRIMARY KEY REFERENCES head_reports (id) ON DELETE CASCADE,
    jpeg   BLOB NOT NULL
);

-- +goose Down
DROP TABLE head_photos;
DROP TABLE head_reports;
