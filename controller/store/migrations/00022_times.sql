-- +goose Up
-- What nodes said of times that cannot be, written down before that was judged: it
-- stood before everything else for ever.
UPDATE plays SET at = received, began = 0, ended = 0, heard = 0, outcome = 'not_heard', reason = 'time_wrong'
WHERE received > 0 AND (at > received + 120000 OR began > received + 120000 OR ended > received + 120000);
UPDATE node_states SET last_heard = last_word WHERE last_heard > last_word + 120000;

-- +goose Down
