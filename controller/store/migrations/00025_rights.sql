-- +goose Up
-- Bulletins and clips have a place. '' is the whole commune. A bulletin from
-- before belongs to the area of its author, where who made it also wrote it
-- last and has roles in one area only; all others belong to the commune.
ALTER TABLE bulletins ADD COLUMN area TEXT NOT NULL DEFAULT '';
UPDATE bulletins SET area = COALESCE((
    SELECT min(a.id) FROM approvals p JOIN people w ON w.id = p.author AND w.name = bulletins.author
        JOIN areas a ON w.grants LIKE '%"area":"' || a.id || '"%'
        WHERE p.kind = 'bulletin' AND p.id = bulletins.id HAVING count(*) = 1), '');
CREATE TABLE clip_places ( -- of one that has none: the whole commune
    clip TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
    area TEXT NOT NULL,
    PRIMARY KEY (clip, area)
);

-- A bulletin as it was approved last: what a trigger airs, whatever is being
-- written of it since.
CREATE TABLE approved_bulletins (
    bulletin TEXT   PRIMARY KEY REFERENCES bulletins (id) ON DELETE CASCADE,
    digest   TEXT   NOT NULL,
    class    TEXT   NOT NULL,
    decided  BIGINT NOT NULL,
    document TEXT   NOT NULL, -- the bulletin, JSON
    approval TEXT   NOT NULL  -- JSON
);

-- Everybody who had a hand in the version: with the rule of two persons none of
-- them approves it.
ALTER TABLE approvals ADD COLUMN hands TEXT NOT NULL DEFAULT ''; -- ids of persons, with spaces between

-- By whose account a call was begun, and what exactly it said.
ALTER TABLE calls ADD COLUMN account TEXT NOT NULL DEFAULT ''; -- '': not known, nobody's own
ALTER TABLE calls ADD COLUMN said TEXT NOT NULL DEFAULT ''; -- JSON; '': a voice

-- +goose Down
ALTER TABLE calls DROP COLUMN said;
ALTER TABLE calls DROP COLUMN account;
ALTER TABLE approvals DROP COLUMN hands;
DROP TABLE approved_bulletins;
DROP TABLE clip_places;
ALTER TABLE bulletins DROP COLUMN area;
