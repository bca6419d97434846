package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Aired is one clip of one broadcast that loudspeakers of one place really gave out, by
// their own word: see Play.Judged.
type Aired struct {
	Broadcast string
	Clip      string // sha256; "" of what has none: a chime, a voice, a stream
	Area      string // where they stood then
	Began     time.Time
	Ended     time.Time
	Length    time.Duration // of the longest item
}

// AiredSince returns what loudspeakers gave out from an instant on, the latest first, and
// of that at most limit. None is an empty list, and no error.
func (s *Store) AiredSince(ctx context.Context, since time.Time, limit int) ([]Aired, error) {
	return list(ctx, s.read, "what was aired", func(row scanner) (a Aired, err error) {
		return a, row.Scan(&a.Broadcast, &a.Clip, &a.Area, at{&a.Began}, at{&a.Ended}, lasting{&a.Length})
	}, airedSince, millis(since), limit)
}

// airedSince goes by plays_by_time, and looks up where each node stood by the primary
// key of broadcast_nodes.
const airedSince = `
	SELECT p.airing, p.clip, n.area, min(p.began), max(p.ended), max(p.length)
	FROM plays p JOIN broadcast_nodes n ON n.broadcast = p.airing AND n.node = p.node
	WHERE p.at >= $1 AND p.began > 0 AND p.outcome <> 'not_heard' AND p.ear <> 'not_heard'
	GROUP BY p.airing, p.clip, n.area ORDER BY 4 DESC, p.airing, p.clip, n.area LIMIT $2`

// BroadcastsOf are some lines of the log by their ids; those that there are not are left
// out. None is an empty map, and no error.
func (s *Store) BroadcastsOf(ctx context.Context, ids []string) (map[string]Broadcast, error) {
	found, err := many(ctx, s.read, "broadcasts", scanBroadcast, `SELECT `+broadcastColumns+` FROM broadcasts b WHERE b.id IN {ids}`, ids)
	all := make(map[string]Broadcast, len(found))
	for _, b := range found {
		all[b.ID] = b
	}
	return all, err
}

// CallsSince returns the calls that began at an instant or later, newest first, at most
// limit of those that are written down. None is an empty list, and no error.
func (s *Store) CallsSince(ctx context.Context, since time.Time, limit int) ([]Call, error) {
	all, err := list(ctx, s.read, "calls", scanCall,
		`SELECT `+callColumns+` FROM calls WHERE started >= $1 ORDER BY started DESC, id LIMIT $2`, millis(since), limit)
	return s.withKept(all, func(c Call) bool { return !c.Start.Before(since) }), err
}

// BulletinsOfClips are the bulletins that hold some clips now, by clip; of several the
// newest. None is an empty map, and no error.
func (s *Store) BulletinsOfClips(ctx context.Context, clips []string) (map[string]Bulletin, error) {
	type row struct{ clip, bulletin string }
	rows, err := many(ctx, s.read, "bulletins of clips", func(sc scanner) (r row, err error) {
		return r, sc.Scan(&r.clip, &r.bulletin)
	}, `SELECT c.clip, c.bulletin FROM bulletin_clips c WHERE c.clip IN {ids}`, clips)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.bulletin
	}
	bulletins, err := s.BulletinsOf(ctx, ids)
	all := map[string]Bulletin{}
	for _, r := range rows {
		if b, ok := bulletins[r.bulletin]; ok && !b.Created.Before(all[r.clip].Created) {
			all[r.clip] = b
		}
	}
	return all, err
}

// Replay is what the office decided of a broadcast that the people may hear again. The
// zero value is that of one of which nothing was decided.
type Replay struct {
	Broadcast string
	Shown     Shown
	Summary   string    // of a voice, in writing
	Over      time.Time // since when an emergency counts no more; zero: nobody said so
	Decided   time.Time
}

// Shown is whether the people may hear a broadcast again.
type Shown string

// What may be decided of it.
const (
	ByRule   Shown = ""    // as the commune's rule says
	Released Shown = "yes" // its recording too
	Withheld Shown = "no"  // nothing of it
)

// PutReplay keeps what was decided of a broadcast.
func (s *Store) PutReplay(ctx context.Context, r Replay) error {
	_, err := s.exec(ctx, "put replay of "+r.Broadcast, `
		INSERT INTO replays (broadcast, shown, summary, over, decided) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (broadcast) DO UPDATE SET shown = excluded.shown, summary = excluded.summary, over = excluded.over,
			decided = excluded.decided`, r.Broadcast, r.Shown, r.Summary, millis(r.Over), millis(r.Decided))
	return err
}

// Replays are what was decided of some broadcasts; those of which nothing was are left
// out. None is an empty map, and no error.
func (s *Store) Replays(ctx context.Context, broadcasts []string) (map[string]Replay, error) {
	found, err := many(ctx, s.read, "replays", func(row scanner) (r Replay, err error) {
		return r, row.Scan(&r.Broadcast, &r.Shown, &r.Summary, at{&r.Over}, at{&r.Decided})
	}, `SELECT broadcast, shown, summary, over, decided FROM replays WHERE broadcast IN {ids}`, broadcasts)
	all := make(map[string]Replay, len(found))
	for _, r := range found {
		all[r.Broadcast] = r
	}
	return all, err
}

// ReplayRule is the commune's rule for what the people may hear again.
type ReplayRule struct {
	Recordings Recordings `json:"recordings" enum:"at_once,approved,never" doc:"when the recording of a live call is there to be heard: as soon as it ended, once somebody released it, or never"`
}

// Recordings is when the recordings of live calls are released.
type Recordings string

// The rules that there are.
const (
	AtOnce       Recordings = "at_once"
	WhenApproved Recordings = "approved"
	NeverShown   Recordings = "never"
)

const keyReplay = "replay"

// ReplayRule returns the rule; of a commune that has set none, each recording waits until
// somebody has listened to it and released it.
func (s *Store) ReplayRule(ctx context.Context) (ReplayRule, error) {
	r := ReplayRule{Recordings: WhenApproved}
	err := s.SettingOr(ctx, keyReplay, &r)
	return r, err
}

// PutReplayRule sets the rule.
func (s *Store) PutReplayRule(ctx context.Context, r ReplayRule) error {
	return s.PutSetting(ctx, keyReplay, r)
}

// CodeAlphabet is what a short address is made of: nothing that is taken for another by
// somebody who reads it off a pole.
const CodeAlphabet = "23456789abcdefghjkmnpqrstuvwxyz"

// CodeLength is how many characters of it: to try them all at a hundred a second takes
// three days for each that hits, and they say nothing of a node.
const CodeLength = 5

// AreaCodes returns the short addresses of all areas. One that has none yet gets one, by
// chance, for as long as it exists. Where nothing can be written it is left out.
func (s *Store) AreaCodes(ctx context.Context) (map[string]string, error) {
	type row struct{ area, code string }
	all, err := list(ctx, s.read, "codes of areas", func(sc scanner) (r row, err error) { return r, sc.Scan(&r.area, &r.code) },
		`SELECT a.id, COALESCE(c.code, '') FROM areas a LEFT JOIN area_codes c ON c.area = a.id`)
	if err != nil {
		return nil, err
	}
	codes, missing := map[string]string{}, []string{}
	for _, r := range all {
		if r.code == "" {
			missing = append(missing, r.area)
			continue
		}
		codes[r.area] = r.code
	}
	if len(missing) == 0 {
		return codes, nil
	}
	err = s.tx(ctx, "give areas their codes", func(tx *sql.Tx) error {
		for _, area := range missing {
			if codes[area], err = giveCode(ctx, tx, area); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, ErrFull) || errors.Is(err, ErrUnwritable) {
		for _, area := range missing {
			delete(codes, area)
		}
		err = nil // they wait for a disk that takes it
	}
	return codes, err
}

// giveCode draws until nobody else has it.
func giveCode(ctx context.Context, tx *sql.Tx, area string) (string, error) {
	const tries = 20
	for range tries {
		code := DrawCode(CodeLength)
		res, err := tx.ExecContext(ctx, `INSERT INTO area_codes (area, code) VALUES ($1, $2) ON CONFLICT DO NOTHING`, area, code)
		if err != nil {
			return "", err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return code, err
		}
	}
	return "", fmt.Errorf("no code for area %s: %w", area, ErrConflict)
}

// DrawCode draws a code of so many characters of CodeAlphabet, each as likely as another.
func DrawCode(length int) string {
	drawn := make([]byte, length)
	raw := make([]byte, 64)
	for n := 0; n < length; {
		_, _ = rand.Read(raw) // never fails: crypto/rand
		for _, b := range raw {
			if n < length && int(b) < 256/len(CodeAlphabet)*len(CodeAlphabet) { // else some letters would come more often
				drawn[n] = CodeAlphabet[int(b)%len(CodeAlphabet)]
				n++
			}
		}
	}
	return string(drawn)
}

// RenditionPath is where another rendition of a clip or of a recording is, or belongs: it
// is named by the sha256 of what it was made from. No backup holds it, for it can be made
// again.
func (s *Store) RenditionPath(sha string) string { return s.shaPath(Renditions, sha) + ".m4a" }

// Renditions is their folder.
const Renditions = "renditions"
