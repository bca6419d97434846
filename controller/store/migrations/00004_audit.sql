-- +goose Up
CREATE TABLE audit (
    seq      BIGINT PRIMARY KEY, -- 1, 2, 3 …
    at       BIGINT NOT NULL,
    who      TEXT   NOT NULL,
    action   TEXT   NOT NULL,
    object   TEXT   NOT NULL,
    document TEXT   NOT NULL, -- store.Audit, JSON: what the hash is of
    hash     TEXT   NOT NULL  -- sha256 of the hash before and the document, hex
);
CREATE INDEX audit_by_time ON audit (at);

-- +goose Down
DROP TABLE audit;
