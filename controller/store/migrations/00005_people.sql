-- +goose Up
CREATE TABLE people (
    id       TEXT   PRIMARY KEY,
    login    TEXT   NOT NULL UNIQUE, -- lower case
    name     TEXT   NOT NULL,
    password TEXT   NOT NULL, -- argon2id, '' if there is none
    grants   TEXT   NOT NULL, -- JSON: roles in places
    disabled BOOLEAN NOT NULL,
    created  BIGINT NOT NULL
);
CREATE TABLE passkeys (
    id         TEXT   PRIMARY KEY, -- of the credential, base64url
    person     TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    credential TEXT   NOT NULL, -- JSON
    created    BIGINT NOT NULL,
    used       BIGINT NOT NULL
);
CREATE TABLE sessions (
    hash    TEXT   PRIMARY KEY, -- sha256 of the cookie, hex
    person  TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    agent   TEXT   NOT NULL, -- the browser
    address TEXT   NOT NULL
);
CREATE INDEX sessions_of ON sessions (person);
CREATE TABLE tokens (
    id      TEXT   PRIMARY KEY,
    person  TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE, -- for whom it acts
    name    TEXT   NOT NULL,
    hash    TEXT   NOT NULL UNIQUE, -- sha256 of the token, hex
    scopes  TEXT   NOT NULL, -- JSON
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL, -- 0: never
    used    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE passkeys;
DROP TABLE people;
