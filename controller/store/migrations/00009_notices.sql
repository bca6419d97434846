-- +goose Up
CREATE TABLE notices (
    id     TEXT   PRIMARY KEY,
    at     BIGINT NOT NULL,
    call   TEXT   NOT NULL,
    title  TEXT   NOT NULL,
    who    TEXT   NOT NULL,
    places TEXT   NOT NULL -- names
);
CREATE TABLE notice_people (
    notice TEXT   NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    person TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    read   BIGINT NOT NULL, -- 0: not yet
    PRIMARY KEY (person, notice)
);

-- +goose Down
DROP TABLE notice_people;
DROP TABLE notices;
