package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"
)

// ExerciseKind is what a commune tests or rehearses.
type ExerciseKind string

// The kinds, in the order in which people see them.
const (
	Silent  ExerciseKind = "silent"  // each board examines itself, and nobody hears anything
	Audible ExerciseKind = "audible" // loudspeakers are heard, and say that it is a test
	Yearly  ExerciseKind = "yearly"  // diễn tập: people take part
)

// ExerciseKinds are all of them.
var ExerciseKinds = []ExerciseKind{Silent, Audible, Yearly}

// Exercise is a test or a drill that was done.
type Exercise struct {
	ID        string
	Kind      ExerciseKind
	At        time.Time
	Broadcast string // of one that sounds: its line of the log; "" of a silent one
	Title     string
	Who       string // name of who began it; "": it began by itself
	Whole     bool   // it was for the whole commune
	Counts    bool   // the calendar goes on from it
	Ended     time.Time
}

// UnderWay says that its result is not drawn yet.
func (e Exercise) UnderWay() bool { return e.Ended.IsZero() }

// ExerciseNode is what came of an exercise at a node: of a silent one there is one of each,
// of one that sounds only of those that were not heard.
type ExerciseNode struct {
	Exercise string
	Node     string
	Area     string // where it stood then
	Outcome  string // right, wrong, unanswered, maintenance, no_return; not_heard, partly, unknown
	Cause    string // code of a fault, of a state, or why it was not heard
	VI, EN   string // that in words, as it was said then
	Failed   bool
	Who      string    // repairs it; "": nobody said so
	Until    time.Time // when it is to be well again; zero: nobody said
	Mended   time.Time // when it was seen right again; zero: not yet
}

// Open says that it failed and was not seen right since.
func (n ExerciseNode) Open() bool { return n.Failed && n.Mended.IsZero() }

const exerciseColumns = `id, kind, at, broadcast, title, who, whole, counts, ended`

func scanExercise(row scanner) (e Exercise, err error) {
	return e, row.Scan(&e.ID, &e.Kind, at{&e.At}, &e.Broadcast, &e.Title, &e.Who, &e.Whole, &e.Counts, at{&e.Ended})
}

// AddExercise keeps one that has begun; one that is known stays as it is.
func (s *Store) AddExercise(ctx context.Context, e Exercise) error {
	_, err := s.exec(ctx, "add exercise", `INSERT INTO exercises (`+exerciseColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO NOTHING`, e.ID, e.Kind, millis(e.At), e.Broadcast, e.Title, e.Who, e.Whole, e.Counts, millis(e.Ended))
	return err
}

// EndExercise draws its result: when, whether the calendar goes on from it, and what came
// of it where.
func (s *Store) EndExercise(ctx context.Context, e Exercise, nodes []ExerciseNode) error {
	return s.tx(ctx, "end exercise "+e.ID, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE exercises SET counts = $2, ended = $3 WHERE id = $1`, e.ID, e.Counts, millis(e.Ended))
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if err := putExerciseNode(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func putExerciseNode(ctx context.Context, tx *sql.Tx, n ExerciseNode) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO exercise_nodes (`+exerciseNodeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (exercise, node) DO UPDATE SET outcome = excluded.outcome, cause = excluded.cause, vi = excluded.vi, en = excluded.en,
			failed = excluded.failed, who = excluded.who, until = excluded.until, mended = excluded.mended`,
		n.Exercise, n.Node, n.Area, n.Outcome, n.Cause, n.VI, n.EN, n.Failed, n.Who, millis(n.Until), millis(n.Mended))
	return err
}

// PutExerciseNodes replaces what is known of some nodes of exercises.
func (s *Store) PutExerciseNodes(ctx context.Context, nodes []ExerciseNode) error {
	return s.tx(ctx, "put what came of exercises", func(tx *sql.Tx) error {
		for _, n := range nodes {
			if err := putExerciseNode(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// Exercise returns one. ErrNotFound where there is none.
func (s *Store) Exercise(ctx context.Context, id string) (Exercise, error) {
	e, err := scanExercise(s.read.QueryRowContext(ctx, `SELECT `+exerciseColumns+` FROM exercises WHERE id = $1`, id))
	return e, wrap("exercise "+id, err)
}

// Exercises returns the latest, newest first; before an instant if that is not zero. None is
// an empty list, and no error.
func (s *Store) Exercises(ctx context.Context, before time.Time, limit int) ([]Exercise, error) {
	return list(ctx, s.read, "exercises", scanExercise, `SELECT `+exerciseColumns+` FROM exercises WHERE $1 = 0 OR at < $1
		ORDER BY at DESC, id LIMIT $2`, millis(before), bound(limit))
}

// ExercisesUnderWay are those of which no result is drawn yet, the oldest first. None is an
// empty list, and no error.
func (s *Store) ExercisesUnderWay(ctx context.Context) ([]Exercise, error) {
	return list(ctx, s.read, "exercises under way", scanExercise, `SELECT `+exerciseColumns+` FROM exercises WHERE ended = 0 ORDER BY at, id`)
}

// LastExercises are the last of each kind that count. None is an empty map, and no error.
func (s *Store) LastExercises(ctx context.Context) (map[ExerciseKind]Exercise, error) {
	found, err := list(ctx, s.read, "last exercises", scanExercise, `SELECT `+exerciseColumns+` FROM exercises e WHERE counts AND ended > 0
		AND at = (SELECT max(x.at) FROM exercises x WHERE x.kind = e.kind AND x.counts AND x.ended > 0)`)
	all := map[ExerciseKind]Exercise{}
	for _, e := range found {
		all[e.Kind] = e
	}
	return all, err
}

const exerciseNodeColumns = `exercise, node, area, outcome, cause, vi, en, failed, who, until, mended`

func scanExerciseNode(row scanner) (n ExerciseNode, err error) {
	return n, row.Scan(&n.Exercise, &n.Node, &n.Area, &n.Outcome, &n.Cause, &n.VI, &n.EN, &n.Failed, &n.Who, at{&n.Until}, at{&n.Mended})
}

// ExerciseNodes is what came of some exercises at their nodes, by exercise. None is an empty
// map, and no error.
func (s *Store) ExerciseNodes(ctx context.Context, exercises []string) (map[string][]ExerciseNode, error) {
	found, err := many(ctx, s.read, "nodes of exercises", scanExerciseNode,
		`SELECT `+exerciseNodeColumns+` FROM exercise_nodes WHERE exercise IN {ids} ORDER BY node`, exercises)
	all := map[string][]ExerciseNode{}
	for _, n := range found {
		all[n.Exercise] = append(all[n.Exercise], n)
	}
	return all, err
}

// OpenExerciseNodes are those that failed and were not seen right since. None is an empty
// list, and no error.
func (s *Store) OpenExerciseNodes(ctx context.Context) ([]ExerciseNode, error) {
	return list(ctx, s.read, "what is still to be repaired", scanExerciseNode,
		`SELECT `+exerciseNodeColumns+` FROM exercise_nodes WHERE failed AND mended = 0 ORDER BY exercise, node`)
}

// ForgetExercises removes those before an instant, with their sheets.
func (s *Store) ForgetExercises(ctx context.Context, before time.Time) error {
	return s.tx(ctx, "forget exercises", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM exercise_nodes WHERE exercise IN (SELECT id FROM exercises WHERE at < $1)`, millis(before))
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM exercises WHERE at < $1`, millis(before))
		}
		return err
	})
}

// FirstHeard is when each of some nodes was first heard whole, by its proof, in a broadcast
// that began after an instant; of a stop, which is a line of the log too, nothing is heard.
// Those that were not are left out. None is an empty map, and no error.
func (s *Store) FirstHeard(ctx context.Context, nodes []string, after time.Time) (map[string]time.Time, error) {
	type row struct {
		node string
		at   time.Time
	}
	found, err := many(ctx, s.read, "who was heard again", func(sc scanner) (r row, err error) { return r, sc.Scan(&r.node, at{&r.at}) },
		`SELECT n.node, min(n.began) FROM broadcasts b JOIN broadcast_nodes n ON n.broadcast = b.id AND n.node IN {ids}
			WHERE b.planned > `+strconv.FormatInt(millis(after), 10)+` AND b.class <> 'stop' AND n.outcome = 'heard' AND n.began > 0
			GROUP BY n.node`, nodes)
	all := map[string]time.Time{}
	for _, r := range found {
		all[r.node] = r.at
	}
	return all, err
}

// ExerciseRule is the commune's calendar of tests and drills.
type ExerciseRule struct {
	SilentDays  int    `json:"silent_days" minimum:"0" maximum:"366" doc:"days between two silent self-tests; 0: none"`
	SilentAt    string `json:"silent_at" maxLength:"5" doc:"hour at which it runs by itself, as 09:30; empty: a person begins it"`
	AudibleDays int    `json:"audible_days" minimum:"0" maximum:"366" doc:"between two tests that are heard; 0: none. A person begins them"`
	YearlyDays  int    `json:"yearly_days" minimum:"0" maximum:"1100" doc:"between two exercises; 0: none. A person begins them"`
	Public      bool   `json:"public" doc:"the people's pages tell the last result"`
}

// Days is how many days lie between two of a kind; 0: it is off.
func (r ExerciseRule) Days(k ExerciseKind) int {
	return map[ExerciseKind]int{Silent: r.SilentDays, Audible: r.AudibleDays, Yearly: r.YearlyDays}[k]
}

const (
	keyExercises     = "exercises"
	keyExercisesTold = "exercises_told"
)

// ExerciseRule returns the calendar; of a commune that has set none: every week in silence, every
// month aloud, every year with the people, and the last result is the office's own.
func (s *Store) ExerciseRule(ctx context.Context) (ExerciseRule, error) {
	r := ExerciseRule{SilentDays: 7, SilentAt: "09:30", AudibleDays: 30, YearlyDays: 365}
	err := s.SettingOr(ctx, keyExercises, &r)
	return r, err
}

// PutExerciseRule sets it.
func (s *Store) PutExerciseRule(ctx context.Context, r ExerciseRule) error {
	return s.PutSetting(ctx, keyExercises, r)
}

// ExercisesTold is what the calendar remembers.
type ExercisesTold struct {
	Since time.Time                  `json:"since"` // there has been a calendar
	Told  map[ExerciseKind]time.Time `json:"told"`  // due time of the last that somebody was told of
}

// ExercisesTold returns it; zero before the calendar began.
func (s *Store) ExercisesTold(ctx context.Context) (t ExercisesTold, err error) {
	err = s.SettingOr(ctx, keyExercisesTold, &t)
	return t, err
}

// PutExercisesTold keeps it.
func (s *Store) PutExercisesTold(ctx context.Context, t ExercisesTold) error {
	return s.PutSetting(ctx, keyExercisesTold, t)
}
