-- +goose Up
CREATE TABLE software ( -- versions of the program for boards
    version TEXT   NOT NULL,
    arch    TEXT   NOT NULL, -- as Go names it
    sha     TEXT   NOT NULL, -- of the gzipped file
    bytes   BIGINT NOT NULL,
    added   BIGINT NOT NULL,
    PRIMARY KEY (version, arch)
);
CREATE TABLE node_software ( -- what each node is to run
    node    TEXT   PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    version TEXT   NOT NULL, -- '' is the packaged one
    attempt BIGINT NOT NULL,
    seq     BIGINT NOT NULL  -- of the signed word about it
);

-- +goose Down
DROP TABLE node_software;
DROP TABLE software;
