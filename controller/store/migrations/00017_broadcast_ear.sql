-- +goose Up
-- What the nodes' microphones say of a broadcast, '' of a node that has none;
-- and what was to be heard, so that it can be listened to from the log.
ALTER TABLE broadcast_nodes ADD COLUMN ear TEXT NOT NULL DEFAULT '';
ALTER TABLE broadcast_nodes ADD COLUMN ear_db DOUBLE PRECISION; -- of the quietest that was heard
ALTER TABLE broadcasts ADD COLUMN clips TEXT NOT NULL DEFAULT '[]'; -- JSON

UPDATE broadcast_nodes SET
    ear = COALESCE((SELECT CASE max(CASE ear WHEN 'not_heard' THEN 3 WHEN 'heard' THEN 2 WHEN 'cannot_tell' THEN 1 ELSE 0 END)
        WHEN 3 THEN 'not_heard' WHEN 2 THEN 'heard' WHEN 1 THEN 'cannot_tell' ELSE '' END
        FROM plays l WHERE l.node = broadcast_nodes.node AND l.airing = broadcast_nodes.broadcast), ''),
    ear_db = (SELECT min(l.ear_db) FROM plays l WHERE l.node = broadcast_nodes.node AND l.airing = broadcast_nodes.broadcast);
UPDATE broadcast_nodes SET reason = 'silent_horn', outcome = CASE WHEN EXISTS (SELECT 1 FROM plays l WHERE l.node = broadcast_nodes.node
        AND l.airing = broadcast_nodes.broadcast AND l.outcome <> 'not_heard' AND l.ear <> 'not_heard') THEN 'partly' ELSE 'not_heard' END
    WHERE ear = 'not_heard' AND outcome <> 'not_heard';
UPDATE broadcasts SET
    heard = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id AND n.outcome = 'heard'),
    silent = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id AND n.outcome IN ('partly', 'not_heard'))
    WHERE EXISTS (SELECT 1 FROM broadcast_nodes n WHERE n.broadcast = broadcasts.id AND n.ear = 'not_heard');

-- +goose Down
ALTER TABLE broadcasts DROP COLUMN clips;
ALTER TABLE broadcast_nodes DROP COLUMN ear_db;
ALTER TABLE broadcast_nodes DROP COLUMN ear;
