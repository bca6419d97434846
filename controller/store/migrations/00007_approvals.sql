-- +goose Up
CREATE TABLE approvals (
    kind        TEXT   NOT NULL CHECK (kind IN ('bulletin', 'programme')),
    id          TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('draft', 'waiting', 'approved', 'returned', 'before')),
    digest      TEXT   NOT NULL, -- of what was submitted, approved or returned
    author      TEXT   NOT NULL, -- id of who wrote it last
    author_name TEXT   NOT NULL,
    submitted   BIGINT NOT NULL,
    decider     TEXT   NOT NULL, -- id of who approved or returned it; '' if it needed nobody
    decider_name TEXT  NOT NULL,
    decided     BIGINT NOT NULL,
    reason      TEXT   NOT NULL, -- why it was returned
    PRIMARY KEY (kind, id)
);
CREATE INDEX approvals_by_state ON approvals (state, submitted);
CREATE INDEX plays_by_clip ON plays (clip, at);

-- What was on the calendar before there were approvals stays there: the store
-- works its digests out when it opens.
INSERT INTO approvals SELECT 'programme', id, 'before', '', '', '', created, '', '', created, '' FROM programmes;
INSERT INTO approvals SELECT 'bulletin', id, 'before', '', '', author, created, '', '', created, '' FROM bulletins;

-- +goose Down
DROP INDEX plays_by_clip;
DROP TABLE approvals;
