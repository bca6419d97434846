-- +goose Up
CREATE TABLE unsent ( -- what is to leave the house by e-mail or webhook, and has not yet
    id   TEXT   NOT NULL,
    way  TEXT   NOT NULL,
    at   BIGINT NOT NULL,
    body TEXT   NOT NULL, -- JSON, as package notify has it
    PRIMARY KEY (id, way)
);

-- +goose Down
DROP TABLE unsent;
