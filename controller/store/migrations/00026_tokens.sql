-- +goose Up
-- Sessions of the machine's own administrator: a browser that was opened with
-- the machine's token keeps a session, never the token.
CREATE TABLE machine_sessions (
    hash    TEXT   PRIMARY KEY, -- sha256 of the cookie, hex
    token   TEXT   NOT NULL,    -- sha256 of the token that it was begun with, hex
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE machine_sessions;
