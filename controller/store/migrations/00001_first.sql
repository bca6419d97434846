-- One text for SQLite and PostgreSQL. Times are Unix milliseconds UTC,
-- durations milliseconds. Types are those that both know: TEXT, BIGINT,
-- DOUBLE PRECISION, BYTEA.

-- +goose Up
CREATE TABLE areas (
    id     TEXT PRIMARY KEY,
    parent TEXT REFERENCES areas (id),
    name   TEXT NOT NULL,
    kind   TEXT NOT NULL CHECK (kind IN ('province', 'commune', 'village'))
);

CREATE TABLE nodes (
    id      TEXT PRIMARY KEY,
    name    TEXT   NOT NULL,
    area    TEXT   NOT NULL REFERENCES areas (id),
    volume  BIGINT NOT NULL CHECK (volume BETWEEN 0 AND 100),
    created BIGINT NOT NULL
);

CREATE TABLE clips (
    id           TEXT PRIMARY KEY,
    seconds      DOUBLE PRECISION NOT NULL,
    lufs         DOUBLE PRECISION NOT NULL,
    peak_dbtp    DOUBLE PRECISION NOT NULL,
    bytes        BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('recording', 'speech')),
    text         TEXT   NOT NULL,
    original_sha TEXT   NOT NULL,
    created      BIGINT NOT NULL
);
CREATE INDEX clips_by_time ON clips (created);

CREATE TABLE speech_cache (
    key  TEXT PRIMARY KEY,
    clip TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE
);

CREATE TABLE bulletins (
    id       TEXT PRIMARY KEY,
    title    TEXT NOT NULL,
    field    TEXT NOT NULL,
    class    TEXT NOT NULL,
    language TEXT NOT NULL,
    source   TEXT NOT NULL,
    author   TEXT NOT NULL,
    summary  TEXT NOT NULL,
    expires  BIGINT NOT NULL, -- 0: never
    created  BIGINT NOT NULL
);
CREATE INDEX bulletins_by_time ON bulletins (created);

CREATE TABLE bulletin_clips (
    bulletin TEXT NOT NULL REFERENCES bulletins (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    clip     TEXT NOT NULL REFERENCES clips (id),
    PRIMARY KEY (bulletin, language)
);
CREATE INDEX bulletin_clips_by_clip ON bulletin_clips (clip);

CREATE TABLE programmes (
    id           TEXT PRIMARY KEY,
    title        TEXT   NOT NULL,
    class        TEXT   NOT NULL,
    revision     BIGINT NOT NULL,
    cancelled_at BIGINT NOT NULL, -- 0: not cancelled
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    document     TEXT   NOT NULL
);

CREATE TABLE plans (
    node TEXT PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    seq  BIGINT NOT NULL,
    hash TEXT   NOT NULL
);

-- A play outlives the node and the programme that it is about.
CREATE TABLE plays (
    node      TEXT   NOT NULL,
    airing    TEXT   NOT NULL,
    item      BIGINT NOT NULL,
    programme TEXT   NOT NULL,
    title     TEXT   NOT NULL,
    clip      TEXT   NOT NULL,
    at        BIGINT NOT NULL, -- began, or was due
    began     BIGINT NOT NULL, -- 0: never
    ended     BIGINT NOT NULL,
    heard     BIGINT NOT NULL,
    length    BIGINT NOT NULL,
    volume    BIGINT NOT NULL,
    outcome   TEXT   NOT NULL CHECK (outcome IN ('heard', 'partly', 'not_heard')),
    reason    TEXT   NOT NULL,
    received  BIGINT NOT NULL,
    PRIMARY KEY (node, airing, item)
);
CREATE INDEX plays_by_time ON plays (at, node, airing, item);
CREATE INDEX plays_by_programme ON plays (programme, at);
CREATE INDEX plays_by_node ON plays (node, at);

CREATE TABLE node_states (
    node       TEXT PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    state      TEXT   NOT NULL,
    cause      TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    last_word  BIGINT NOT NULL, -- 0: never
    last_heard BIGINT NOT NULL,
    status     BYTEA
);

CREATE TABLE state_history (
    node  TEXT   NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    since BIGINT NOT NULL,
    state TEXT   NOT NULL,
    cause TEXT   NOT NULL,
    PRIMARY KEY (node, since)
);

CREATE TABLE faults (
    node   TEXT   NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    code   TEXT   NOT NULL,
    since  BIGINT NOT NULL,
    until  BIGINT NOT NULL, -- 0: still there
    detail TEXT   NOT NULL,
    PRIMARY KEY (node, code, since)
);
CREATE UNIQUE INDEX faults_open ON faults (node, code) WHERE until = 0;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- +goose Down
DROP TABLE settings;
DROP TABLE faults;
DROP TABLE state_history;
DROP TABLE node_states;
DROP TABLE plays;
DROP TABLE plans;
DROP TABLE programmes;
DROP TABLE bulletin_clips;
DROP TABLE bulletins;
DROP TABLE speech_cache;
DROP TABLE clips;
DROP TABLE nodes;
DROP TABLE areas;
