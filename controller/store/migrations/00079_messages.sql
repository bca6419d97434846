-- +goose Up
CREATE TABLE messages ( -- what villagers tell the office
    id        TEXT   PRIMARY KEY,
    area      TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    words     TEXT   NOT NULL,
    latitude  DOUBLE PRECISION, -- NULL: no point was given
    longitude DOUBLE PRECISION,
    phone     TEXT   NOT NULL, -- '': none was given, or it was removed
    at        BIGINT NOT NULL,
    receipt   TEXT   NOT NULL UNIQUE, -- sha256 of the sender's code
    state     TEXT   NOT NULL CHECK (state IN ('new', 'seen', 'doing', 'done')),
    who       TEXT   NOT NULL, -- looks after it
    reply     TEXT   NOT NULL,
    changed   BIGINT NOT NULL
);
CREATE INDEX messages_at ON messages (at);
CREATE TABLE message_photos (
    message TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    jpeg    BLOB NOT NULL
);

-- +goose Down
DROP TABLE message_photos;
DROP TABLE messages;
