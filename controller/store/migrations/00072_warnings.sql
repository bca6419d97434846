-- +goose Up
CREATE TABLE warning_sources ( -- where warnings come from
    id          TEXT   PRIMARY KEY,
    name        TEXT   NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('feed', 'folder', 'program')),
    address     TEXT   NOT NULL, -- of a feed
    sender      TEXT   NOT NULL, -- '': any
    certificate TEXT   NOT NULL, -- PEM, pinned; '': none, then nothing sounds by itself
    automatic   TEXT   NOT NULL CHECK (automatic IN ('', 'extreme', 'severe')),
    account     TEXT   NOT NULL, -- of who switched that on: it is done by their right
    silent      BIGINT NOT NULL, -- milliseconds without an answer until somebody is told; 0: nobody
    created     BIGINT NOT NULL
);
CREATE TABLE warnings (
    id       TEXT   PRIMARY KEY,
    message  TEXT   NOT NULL UNIQUE, -- sender, identifier and instant: what is known is never taken again
    sender   TEXT   NOT NULL,
    kind     TEXT   NOT NULL, -- Alert, Update, Cancel …
    source   TEXT   NOT NULL,
    received BIGINT NOT NULL,
    sent     BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    why      TEXT   NOT NULL, -- why it does not sound; '': it does, or waits
    urgent   BOOLEAN NOT NULL,
    drill    BOOLEAN NOT NULL,
    severity TEXT   NOT NULL,
    title    TEXT   NOT NULL,
    words    TEXT   NOT NULL,
    areas    TEXT   NOT NULL, -- JSON
    refers   TEXT   NOT NULL, -- JSON: messages that it replaces or ends
    signer   TEXT   NOT NULL, -- '': it was not verified
    call     TEXT   NOT NULL, -- by which it was aired
    who      TEXT   NOT NULL, -- decided
    decided  BIGINT NOT NULL
);
CREATE INDEX warnings_received ON warnings (received);

-- +goose Down
DROP TABLE warnings;
DROP TABLE warning_sources;
