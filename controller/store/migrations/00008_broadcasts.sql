-- +goose Up
CREATE TABLE broadcasts (
    id        TEXT   PRIMARY KEY, -- of the airing, or of the call
    kind      TEXT   NOT NULL CHECK (kind IN ('airing', 'call')),
    programme TEXT   NOT NULL,
    title     TEXT   NOT NULL,
    class     TEXT   NOT NULL,
    field     TEXT   NOT NULL,
    author    TEXT   NOT NULL, -- these three: names, as people knew them then
    approver  TEXT   NOT NULL,
    speaker   TEXT   NOT NULL,
    source    TEXT   NOT NULL, -- station that was passed on
    targets   TEXT   NOT NULL, -- JSON
    planned   BIGINT NOT NULL,
    length    BIGINT NOT NULL,
    items     BIGINT NOT NULL, -- that each node reports
    due       BIGINT NOT NULL, -- by when every node should have spoken
    began     BIGINT NOT NULL, -- 0: nobody said so
    ended     BIGINT NOT NULL,
    nodes     BIGINT NOT NULL, -- that should have heard it
    heard     BIGINT NOT NULL, -- that did, by their own word
    silent    BIGINT NOT NULL, -- that said that they did not, or not all; of the others nothing is known
    recording TEXT   NOT NULL,
    remark    TEXT   NOT NULL  -- a code
);
CREATE INDEX broadcasts_by_time ON broadcasts (planned, id);
CREATE TABLE broadcast_nodes (
    broadcast TEXT   NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
    node      TEXT   NOT NULL,
    area      TEXT   NOT NULL, -- where it stood then
    items     BIGINT NOT NULL, -- that it reported
    began     BIGINT NOT NULL,
    ended     BIGINT NOT NULL,
    heard     BIGINT NOT NULL,
    length    BIGINT NOT NULL,
    volume    BIGINT NOT NULL,
    outcome   TEXT   NOT NULL CHECK (outcome IN ('', 'heard', 'partly', 'not_heard')), -- '': not known
    reason    TEXT   NOT NULL,
    PRIMARY KEY (broadcast, node)
);
CREATE TABLE broadcast_areas ( -- with a node that should have heard it, and those above
    broadcast TEXT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
    area      TEXT NOT NULL,
    PRIMARY KEY (broadcast, area)
);

-- What was heard before there was this log.
INSERT INTO broadcasts SELECT id, 'call', '', title, class, '', '', '', author, '', targets,
    started, CASE WHEN ended > started THEN ended - started ELSE 0 END, 1, ended, started, ended, 0, 0, 0, recording,
    CASE class WHEN 'emergency' THEN 'bypass' ELSE '' END FROM calls;
INSERT INTO broadcasts SELECT l.airing, 'airing', p.id, p.title, p.class, '', '', '', '', '', '{}',
    min(l.at), 0, 1, max(l.received), 0, 0, 0, 0, 0, '', '' FROM plays l JOIN programmes p ON p.id = l.programme
    GROUP BY l.airing, p.id, p.title, p.class ON CONFLICT (id) DO NOTHING;
INSERT INTO broadcast_nodes SELECT l.airing, l.node, COALESCE((SELECT area FROM nodes WHERE nodes.id = l.node), ''), count(*),
    COALESCE(min(CASE WHEN l.began > 0 THEN l.began END), 0), max(l.ended), sum(l.heard), sum(l.length), max(l.volume),
    CASE WHEN min(l.outcome) = 'heard' AND max(l.outcome) = 'heard' THEN 'heard'
        WHEN min(l.outcome) = 'not_heard' AND max(l.outcome) = 'not_heard' THEN 'not_heard' ELSE 'partly' END,
    max(CASE l.outcome WHEN 'heard' THEN '' ELSE l.reason END)
    FROM plays l JOIN broadcasts b ON b.id = l.airing GROUP BY l.airing, l.node;
WITH RECURSIVE above (broadcast, area) AS (
    SELECT broadcast, area FROM broadcast_nodes WHERE area <> ''
    UNION SELECT above.broadcast, areas.parent FROM above JOIN areas ON areas.id = above.area WHERE areas.parent IS NOT NULL
)
INSERT INTO broadcast_areas SELECT broadcast, area FROM above;
UPDATE broadcasts SET
    nodes = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id),
    heard = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id AND n.outcome = 'heard'),
    silent = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id AND n.outcome IN ('partly', 'not_heard')),
    began = CASE kind WHEN 'call' THEN began ELSE COALESCE((SELECT min(n.began) FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id AND n.began > 0), 0) END,
    ended = CASE kind WHEN 'call' THEN ended ELSE COALESCE((SELECT max(n.ended) FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id), 0) END;

-- +goose Down
DROP TABLE broadcast_areas;
DROP TABLE broadcast_nodes;
DROP TABLE broadcasts;
