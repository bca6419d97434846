package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"loa/schedule"
)

// Broadcast is one line of the broadcast log (nhật ký phát thanh): an airing
// or a call, as it was planned when it began, and what became of it. What each
// node said of it is rolled up from the plays as they come in.
type Broadcast struct {
	ID        string // of the airing, or of the call
	Kind      BroadcastKind
	Programme string // "" of a call
	Title     string
	Class     schedule.Class
	Field     string // lĩnh vực
	Author    string // these three: names, as people knew them then
	Approver  string
	Speaker   string
	Source    string // station that was passed on
	Targets   schedule.Targets
	Planned   time.Time
	Length    time.Duration // planned
	Items     int           // that each node reports
	Due       time.Time     // by when every node should have spoken
	Began     time.Time     // zero: nobody said so
	Ended     time.Time
	Nodes     int // that should have heard it
	Heard     int // that did, by their own word
	Silent    int // that said that they did not, or not all; of the others nothing is known
	Recording string
	Remark    string   // a code: see the Remark constants, or why a call ended
	Drill     bool     // diễn tập: not real
	Clips     []string // that it was to play, as they were then
	Said      *Said    // of a call: what it said; nil: a voice, or an airing
}

// BroadcastKind tells airings from calls.
type BroadcastKind string

// The kinds.
const (
	AiringKind BroadcastKind = "airing"
	CallKind   BroadcastKind = "call"
)

// RemarkUnplanned is of an airing that a node reported though it was not, or
// no more, on the calendar when it was due.
const RemarkUnplanned = "unplanned"

// BroadcastNode is what one node said of one broadcast, its items together.
type BroadcastNode struct {
	Broadcast string
	Node      string
	Area      string // where it stood then
	Verdict          // Outcome "": not known
	NoReturn  bool   // it had no way to say: with no outcome it is in no number
}

// AddBroadcasts writes down what begins, with the nodes that should hear it.
func (s *Store) AddBroadcasts(ctx context.Context, all []Broadcast) error {
	if len(all) == 0 {
		return nil
	}
	return s.tx(ctx, "write the broadcast log", func(tx *sql.Tx) error {
		m, err := readMap(ctx, tx)
		if err != nil {
			return err
		}
		for _, b := range all {
			if err := m.addBroadcast(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
}

// nodeMap is where the nodes are.
type nodeMap struct {
	tree  schedule.Tree
	nodes []Node
}

func readMap(ctx context.Context, tx *sql.Tx) (m nodeMap, err error) {
	if m.tree, err = readTree(ctx, tx); err != nil {
		return m, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+nodeColumns+` FROM nodes`)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		n, err := scanNode(rows)
		if err != nil {
			return m, err
		}
		m.nodes = append(m.nodes, n)
	}
	return m, rows.Err()
}

func (m nodeMap) addBroadcast(ctx context.Context, tx *sql.Tx, b Broadcast) error {
	targets, err := json.Marshal(b.Targets)
	if err != nil {
		return err
	}
	clips, err := json.Marshal(append([]string{}, b.Clips...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO broadcasts (id, kind, programme, title, class, field, author, approver, speaker, source, targets,
			planned, length, items, due, began, ended, nodes, heard, silent, recording, remark, drill, clips)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, 0, 0, $18, $19, $20, $21)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, class = excluded.class, field = excluded.field, author = excluded.author,
			approver = excluded.approver, speaker = excluded.speaker, source = excluded.source, targets = excluded.targets,
			planned = excluded.planned, length = excluded.length, items = excluded.items, due = excluded.due,
			began = excluded.began, ended = excluded.ended, recording = excluded.recording, remark = excluded.remark, drill = excluded.drill,
			clips = CASE WHEN excluded.clips = '[]' THEN broadcasts.clips ELSE excluded.clips END`,
		b.ID, b.Kind, b.Programme, b.Title, string(b.Class), b.Field, b.Author, b.Approver, b.Speaker, b.Source, string(targets),
		millis(b.Planned), b.Length.Milliseconds(), b.Items, millis(b.Due), millis(b.Began), millis(b.Ended), b.Recording, b.Remark, b.Drill,
		string(clips))
	if err != nil {
		return err
	}
	for _, area := range b.Targets.Areas {
		if err := m.addAreas(ctx, tx, b.ID, area); err != nil {
			return err
		}
	}
	for _, n := range m.nodes {
		if n.Created.After(b.Planned) || !b.Targets.Covers(m.tree, n.ID, n.Area) {
			continue
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO broadcast_nodes (broadcast, node, area, items, began, ended, heard, length, volume, outcome, reason, no_return)
			VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, '', '', $4) ON CONFLICT (broadcast, node) DO NOTHING`, b.ID, n.ID, n.Area, n.NoReturn)
		if err != nil {
			return err
		}
		if err := m.addAreas(ctx, tx, b.ID, n.Area); err != nil {
			return err
		}
	}
	return sumUp(ctx, tx, b.ID)
}

// addAreas notes that a broadcast concerned an area, and those that it is in.
func (m nodeMap) addAreas(ctx context.Context, tx *sql.Tx, id, area string) error {
	for steps := 0; area != "" && steps <= len(m.tree); steps++ {
		res, err := tx.ExecContext(ctx, `INSERT INTO broadcast_areas (broadcast, area) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, area)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // those above are there too
		}
		area = m.tree[area]
	}
	return nil
}

// isLogged reports whether a play is of something that is in the log, or that
// belongs there all the same. Of what nobody here knows nothing is written: a
// node cannot invent a line of the log.
func isLogged(ctx context.Context, tx *sql.Tx, p Play) (bool, error) {
	var known int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM broadcasts WHERE id = $1`, p.Airing).Scan(&known)
	if err != nil || known > 0 {
		return known > 0, err
	}
	return addUnplanned(ctx, tx, p)
}

// sumOf is the sum of a column of lengths; those that cannot be count for nothing.
func sumOf(column string) string {
	return fmt.Sprintf("sum(CASE WHEN %s BETWEEN 0 AND %d THEN %[1]s ELSE 0 END)", column, mostLasting)
}

// addUnplanned writes down what a node reports of a programme that is known,
// though this airing of it was not on the calendar here when it was due.
func addUnplanned(ctx context.Context, tx *sql.Tx, p Play) (ok bool, err error) {
	row, err := scanProgramme(tx.QueryRowContext(ctx, programmes+`WHERE p.id = $1`, p.Programme))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil || !strings.HasPrefix(p.Airing, p.Programme+"@") {
		return false, err
	}
	m, err := readMap(ctx, tx)
	if err != nil {
		return false, err
	}
	o, err := openings(ctx, tx)
	if err != nil {
		return false, err
	}
	row = o.open(row)
	b := Broadcast{ID: p.Airing, Kind: AiringKind, Programme: p.Programme, Title: row.Title, Class: row.Class, Author: row.Approval.AuthorName,
		Planned: p.sortTime(), Length: row.Length(), Items: row.Reported(p.sortTime()), Due: p.sortTime().Add(row.Length()),
		Remark: RemarkUnplanned}
	m.nodes = nil // nobody was to hear it
	return true, errors.Join(m.addBroadcast(ctx, tx, b), m.addAreasOf(ctx, tx, p))
}

// addAreasOf notes that a broadcast concerned the areas of a node.
func (m nodeMap) addAreasOf(ctx context.Context, tx *sql.Tx, p Play) error {
	var area string
	err := tx.QueryRowContext(ctx, `SELECT area FROM nodes WHERE id = $1`, p.Node).Scan(&area)
	if err != nil {
		return ignoreNone(err)
	}
	return m.addAreas(ctx, tx, p.Airing, area)
}

func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// Reported returns how many items of the rundown a node reports of an airing that
// began at start, at least: gaps are heard by nobody, and before the opening was
// chosen there may have been no chime.
func (p Programme) Reported(start time.Time) (n int) {
	for _, it := range p.Rundown {
		if it.Kind != schedule.Gap && (it.Kind != schedule.Chime || !start.Before(p.openedSince)) {
			n++
		}
	}
	return n
}

// sumUp counts the nodes of a broadcast anew.
func sumUp(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE broadcasts SET
			nodes = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = $1 AND (n.outcome <> '' OR NOT n.no_return)),
			heard = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = $1 AND n.outcome = 'heard'),
			silent = (SELECT count(*) FROM broadcast_nodes n WHERE n.broadcast = $1 AND n.outcome IN ('partly', 'not_heard')),
			began = CASE kind WHEN 'call' THEN began
				ELSE COALESCE((SELECT min(n.began) FROM broadcast_nodes n WHERE n.broadcast = $1 AND n.began > 0), 0) END,
			ended = CASE kind WHEN 'call' THEN ended ELSE COALESCE((SELECT max(n.ended) FROM broadcast_nodes n WHERE n.broadcast = $1), 0) END
		WHERE id = $1`, id)
	return err
}

// Drills, as the class of a BroadcastFilter, chooses the drills; the classes
// themselves choose what was real.
const Drills schedule.Class = "drill"

// BroadcastFilter chooses lines of the log, newest first. Zero fields do not
// restrict.
type BroadcastFilter struct {
	From, To  time.Time      // From ≤ Planned < To
	Area      string         // that it concerned
	Seen      []string       // areas of which it must have concerned one; nil: any
	Class     schedule.Class // or Drills
	Clip      string         // that it was to play; "": any
	Person    string         // a part of the name of the person that wrote, approved or spoke
	Confirmed string         // "yes": every node heard it; "no": not every one
	Before    string         // a cursor: continue after the line it was made of
	Limit     int            // 1 to 1000; 0 means 50
}

const broadcastColumns = `b.id, b.kind, b.programme, b.title, b.class, b.field, b.author, b.approver, b.speaker, b.source, b.targets,
	b.planned, b.length, b.items, b.due, b.began, b.ended, b.nodes, b.heard, b.silent, b.recording, b.remark, b.drill, b.clips,
	COALESCE((SELECT c.said FROM calls c WHERE c.id = b.id), '')`

func scanBroadcast(row scanner) (b Broadcast, err error) {
	var targets, clips, said string
	err = row.Scan(&b.ID, &b.Kind, &b.Programme, &b.Title, &b.Class, &b.Field, &b.Author, &b.Approver, &b.Speaker, &b.Source, &targets,
		at{&b.Planned}, lasting{&b.Length}, counted{&b.Items}, at{&b.Due}, at{&b.Began}, at{&b.Ended}, counted{&b.Nodes}, counted{&b.Heard},
		counted{&b.Silent}, &b.Recording, &b.Remark, &b.Drill, &clips, &said)
	if err != nil {
		return b, err
	}
	if said != "" {
		err = json.Unmarshal([]byte(said), &b.Said)
	}
	if clips != "[]" {
		err = errors.Join(err, json.Unmarshal([]byte(clips), &b.Clips))
	}
	return b, errors.Join(err, json.Unmarshal([]byte(targets), &b.Targets))
}

// clauses collects the conditions of a query with their arguments.
type clauses struct {
	where []string
	args  []any
}

// add adds a condition in which each ? stands for one of the values.
func (c *clauses) add(cond string, vals ...any) {
	for _, v := range vals {
		c.args = append(c.args, v)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(c.args)), 1)
	}
	c.where = append(c.where, cond)
}

// in is a list of so many question marks.
func in(n int) string { return "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")" }

func anys(all []string) []any {
	out := make([]any, len(all))
	for i, s := range all {
		out[i] = s
	}
	return out
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (f BroadcastFilter) clauses() (*clauses, error) {
	c := &clauses{}
	c.add("1 = 1")
	if !f.From.IsZero() {
		c.add("b.planned >= ?", millis(f.From))
	}
	if !f.To.IsZero() {
		c.add("b.planned < ?", millis(f.To))
	}
	if f.Area != "" {
		c.add("EXISTS (SELECT 1 FROM broadcast_areas x WHERE x.broadcast = b.id AND x.area = ?)", f.Area)
	}
	if f.Seen != nil {
		c.add("EXISTS (SELECT 1 FROM broadcast_areas x WHERE x.broadcast = b.id AND x.area IN "+in(len(f.Seen))+")", anys(f.Seen)...)
	}
	if f.Clip != "" {
		c.add(`b.clips LIKE ? ESCAPE '\'`, `%"`+likeEscape.Replace(f.Clip)+`"%`)
	}
	switch f.Class {
	case "":
	case Drills:
		c.add("b.drill")
	default:
		c.add("b.class = ? AND NOT b.drill", string(f.Class))
	}
	if f.Person != "" {
		like := "%" + likeEscape.Replace(f.Person) + "%"
		c.add(`(b.author LIKE ? ESCAPE '\' OR b.approver LIKE ? ESCAPE '\' OR b.speaker LIKE ? ESCAPE '\')`, like, like, like)
	}
	switch f.Confirmed {
	case "yes":
		c.add("b.nodes > 0 AND b.heard = b.nodes")
	case "no":
		c.add("NOT (b.nodes > 0 AND b.heard = b.nodes)")
	}
	if f.Before != "" {
		m, err := parseCursor(f.Before)
		if err != nil {
			return nil, err
		}
		c.add("(b.planned, b.id) < (?, ?)", m.At, m.Airing)
	}
	return c, nil
}

// Cursor marks the line's place in the log, for BroadcastFilter.Before.
func (b Broadcast) Cursor() string { return mark{At: millis(b.Planned), Airing: b.ID}.String() }

// Broadcasts reads the log, newest first, one page at a time. An order of
// lines of one instant is the ids'.
func (s *Store) Broadcasts(ctx context.Context, f BroadcastFilter) ([]Broadcast, error) {
	c, err := f.clauses()
	if err != nil {
		return nil, err
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	args := append(c.args, bound(f.Limit))
	return list(ctx, s.read, "broadcast log", scanBroadcast, `SELECT `+broadcastColumns+` FROM broadcasts b
		WHERE `+strings.Join(c.where, " AND ")+fmt.Sprintf(` ORDER BY b.planned DESC, b.id DESC LIMIT $%d`, len(args)), args...)
}

// Broadcast returns one line of the log. ErrNotFound where there is none.
func (s *Store) Broadcast(ctx context.Context, id string) (Broadcast, error) {
	b, err := scanBroadcast(s.read.QueryRowContext(ctx, `SELECT `+broadcastColumns+` FROM broadcasts b WHERE b.id = $1`, id))
	return b, wrap("broadcast "+id, err)
}

// BroadcastSums are the sums over all that a filter chooses.
type BroadcastSums struct {
	Broadcasts int
	Confirmed  int // heard by every node
	Calls      int
	Emergency  int
	Length     time.Duration // planned
}

// BroadcastSums sums the log up, without the stops, which were no broadcasts;
// Before and Limit do not count. All are zero where there is none.
func (s *Store) BroadcastSums(ctx context.Context, f BroadcastFilter) (t BroadcastSums, err error) {
	f.Before = ""
	c, err := f.clauses()
	if err != nil {
		return t, err
	}
	err = s.read.QueryRowContext(ctx, `
		SELECT count(*), COALESCE(sum(CASE WHEN b.nodes > 0 AND b.heard = b.nodes THEN 1 ELSE 0 END), 0),
			COALESCE(sum(CASE b.kind WHEN 'call' THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE b.class WHEN 'emergency' THEN 1 ELSE 0 END), 0),
			COALESCE(`+sumOf("b.length")+`, 0)
		FROM broadcasts b WHERE b.class <> 'stop' AND `+strings.Join(c.where, " AND "), c.args...).Scan(&t.Broadcasts, &t.Confirmed, &t.Calls, &t.Emergency, &t.Length)
	t.Length *= time.Millisecond
	return t, wrap("sum up the broadcast log", err)
}

// BroadcastNodes returns what the nodes said of some broadcasts, and those
// that said nothing.
func (s *Store) BroadcastNodes(ctx context.Context, ids []string) ([]BroadcastNode, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	c := &clauses{}
	c.add("broadcast IN "+in(len(ids)), anys(ids)...)
	return list(ctx, s.read, "nodes of broadcasts", func(row scanner) (n BroadcastNode, err error) {
		return n,
			row.Scan(&n.Broadcast, &n.Node, &n.Area, counted{&n.Items}, at{&n.Began}, at{&n.Ended}, lasting{&n.Heard}, lasting{&n.Length},
				counted{&n.Volume}, &n.Outcome, &n.Reason, &n.Ear, decibels{&n.EarDB}, &n.NoReturn)
	}, `SELECT broadcast, node, area, items, began, ended, heard, length, volume, outcome, reason, ear, ear_db, no_return
		FROM broadcast_nodes WHERE `+c.where[0], c.args...)
}

const keyLogged = "logged"

// Logged is up to when the airings are in the broadcast log; zero: never.
func (s *Store) Logged(ctx context.Context) (until time.Time, err error) {
	err = s.SettingOr(ctx, keyLogged, &until)
	return until, err
}

// PutLogged notes up to when the airings are in the broadcast log.
func (s *Store) PutLogged(ctx context.Context, until time.Time) error {
	return s.PutSetting(ctx, keyLogged, until)
}
