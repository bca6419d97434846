-- +goose Up
CREATE TABLE reports (
    id      TEXT   PRIMARY KEY,
    node    TEXT   NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    who     TEXT   NOT NULL, -- id of whoever reported
    name    TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    words   TEXT   NOT NULL,
    done    BIGINT NOT NULL, -- 0: still open
    done_by TEXT   NOT NULL,
    remark  TEXT   NOT NULL
);
CREATE INDEX reports_open ON reports (done, at);

CREATE TABLE care ( -- who looks after what is wrong with a node
    node TEXT   PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    who  TEXT   NOT NULL,
    at   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE care;
DROP TABLE reports;
