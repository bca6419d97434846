-- +goose Up
CREATE TABLE revoked (
    node       TEXT   PRIMARY KEY, -- also of one that was removed since
    certs_from BIGINT NOT NULL     -- certificates that were made before count no more
);
CREATE TABLE invites (
    id      TEXT   PRIMARY KEY, -- the first part of the code
    node    TEXT   NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    code    TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT NOT NULL, -- 0: not yet
    tries   BIGINT NOT NULL  -- wrong ones
);

-- +goose Down
DROP TABLE invites;
DROP TABLE revoked;
