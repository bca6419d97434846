package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"loa/schedule"
)

// ApprovalKind is what an approval is of.
type ApprovalKind string

// The things that are approved.
const (
	OfBulletin  ApprovalKind = "bulletin"
	OfProgramme ApprovalKind = "programme"
)

// ApprovalState is how far something is on its way to the air.
//
//	draft (nháp) → waiting (chờ duyệt) → approved (đã duyệt)
//	                                   ↘ returned (trả lại) → waiting
type ApprovalState string

// The states. What has no approval in the store is a draft.
const (
	Draft    ApprovalState = "draft"
	Waiting  ApprovalState = "waiting"
	Approved ApprovalState = "approved"
	Returned ApprovalState = "returned"

	before ApprovalState = "before" // made before there were approvals
)

// Approval (duyệt) is what people decided of a bulletin or programme. It
// counts for what has its digest and for nothing else.
type Approval struct {
	Kind       ApprovalKind
	ID         string // of the bulletin or programme
	State      ApprovalState
	Digest     string // of what was submitted, approved or returned
	Author     string // id of the person who wrote it last
	AuthorName string
	Submitted  time.Time
	By         string // id of the person that approved or returned it; "" if it needed nobody
	ByName     string
	Decided    time.Time
	Reason     string // why it was returned
	// Hands are the ids of all who had a hand in this version, with spaces
	// between: they wrote it, changed it or submitted it since the last one was
	// approved.
	Hands string
}

// Now returns the state of something whose digest is given: what was changed
// since it was judged is a draft again.
func (a Approval) Now(digest string) ApprovalState {
	if a.State == "" || a.Digest != digest {
		return Draft
	}
	return a.State
}

// Digest names all that is heard of a programme, where and when: what an
// approval is bound to. Airings called off and the order among equals are left
// out, for they add nothing that could be heard.
func (p Programme) Digest() string {
	q := p.Programme
	q.Rule.Skip, q.Order = nil, 0
	return digestOf(q)
}

// Approved reports whether the programme as it is now may be aired.
func (p Programme) Approved() bool { return p.Approval.Now(p.Digest()) == Approved }

// Digest names what is heard of a bulletin, and as what it was announced.
func (b Bulletin) Digest() string {
	return digestOf(Bulletin{ID: b.ID, Title: b.Title, Class: b.Class, Language: b.Language, Clips: b.Clips, Expires: b.Expires})
}

// Approved reports whether the bulletin as it is now is approved.
func (b Bulletin) Approved() bool { return b.Approval.Now(b.Digest()) == Approved }

func digestOf(thing any) string {
	doc, err := json.Marshal(thing)
	if err != nil {
		return "" // is no approval's digest
	}
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}

const approvalColumns = `state, digest, author, author_name, submitted, decider, decider_name, decided, reason, hands`

// approvalOf is the approval's columns beside those of its thing.
func approvalOf(table string) string {
	var b strings.Builder
	for _, c := range strings.Split(approvalColumns, ", ") {
		none := "''"
		if c == "submitted" || c == "decided" {
			none = "0"
		}
		fmt.Fprintf(&b, ", COALESCE(%s.%s, %s)", table, c, none)
	}
	return b.String()
}

// into are the places that approvalOf's columns are scanned into.
func (a *Approval) into() []any {
	return []any{&a.State, &a.Digest, &a.Author, &a.AuthorName, at{&a.Submitted}, &a.By, &a.ByName, at{&a.Decided}, &a.Reason, &a.Hands}
}

// execer is the writing connection, or a transaction on it.
type execer interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

func putApproval(ctx context.Context, db execer, a Approval) error {
	_, err := db.ExecContext(ctx, `
		INSERT INTO approvals (kind, id, `+approvalColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, digest = excluded.digest, author = excluded.author,
			author_name = excluded.author_name, submitted = excluded.submitted, decider = excluded.decider,
			decider_name = excluded.decider_name, decided = excluded.decided, reason = excluded.reason, hands = excluded.hands`,
		a.Kind, a.ID, a.State, a.Digest, a.Author, a.AuthorName, millis(a.Submitted), a.By, a.ByName, millis(a.Decided), a.Reason, a.Hands)
	return err
}

// PutApprovals keeps what was decided, all of it or nothing.
func (s *Store) PutApprovals(ctx context.Context, all ...Approval) error {
	return s.tx(ctx, "put approvals", func(tx *sql.Tx) error { return putApprovals(ctx, tx, all) })
}

func putApprovals(ctx context.Context, tx *sql.Tx, all []Approval) error {
	for _, a := range all {
		if err := putApproval(ctx, tx, a); err != nil {
			return err
		}
		if err := keepApproved(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// approveOld approves what was made before there were approvals, as it is: an
// update must not silence a commune. It is done once, when the store opens.
func (s *Store) approveOld(ctx context.Context) error {
	old, err := list(ctx, s.write, "old approvals", func(row scanner) (a Approval, err error) {
		return a, row.Scan(append([]any{&a.Kind, &a.ID}, a.into()...)...)
	}, `SELECT kind, id, `+approvalColumns+` FROM approvals WHERE state = $1`, before)
	if err != nil || len(old) == 0 {
		return err
	}
	for i := range old {
		a := &old[i]
		switch a.State = Approved; a.Kind {
		case OfProgramme:
			p, err := s.Programme(ctx, a.ID)
			if err != nil {
				return err
			}
			a.Digest = p.Digest()
		case OfBulletin:
			b, err := s.Bulletin(ctx, a.ID)
			if err != nil {
				return err
			}
			a.Digest = b.Digest()
		}
	}
	return s.PutApprovals(ctx, old...)
}

// ApprovalPolicy says what must be approved before it is aired.
type ApprovalPolicy struct {
	Need    string           `json:"need" enum:"none,some,all" doc:"all: everything; some: what has one of the classes or sources; none: nothing"`
	Classes []schedule.Class `json:"classes" doc:"with some: normal, priority, emergency"`
	Sources []string         `json:"sources" doc:"with some: recording (an uploaded voice), speech, stream (a station that is passed on)"`
	Own     bool             `json:"own" doc:"who may approve may approve what they wrote themselves, and does so by saving it; false: two persons are needed"`
}

const keyApproval = "approval"

// ApprovalPolicy returns the commune's rule. If it has set none, everything
// needs approval, and a person who may approve does so by saving: one person alone can
// work, and it stands in the log who approved.
func (s *Store) ApprovalPolicy(ctx context.Context) (ApprovalPolicy, error) {
	p := ApprovalPolicy{Need: "all", Classes: []schedule.Class{}, Sources: []string{}, Own: true}
	err := s.SettingOr(ctx, keyApproval, &p)
	return p, err
}

// PutApprovalPolicy sets the rule. What is approved already stays so.
func (s *Store) PutApprovalPolicy(ctx context.Context, p ApprovalPolicy) error {
	return s.PutSetting(ctx, keyApproval, p)
}

// BulletinsIn returns up to limit bulletins in a state, the latest submitted
// first. None is an empty list, and no error.
func (s *Store) BulletinsIn(ctx context.Context, state ApprovalState, limit int) ([]Bulletin, error) {
	all, err := list(ctx, s.read, "bulletins by state", scanBulletin,
		bulletins+`WHERE a.state = $1 ORDER BY a.submitted DESC, b.id LIMIT $2`, state, bound(limit))
	if err != nil {
		return nil, err
	}
	return all, addClips(ctx, s.read, all)
}

// ProgrammesIn returns up to limit programmes in a state that are not
// cancelled, the latest submitted first. None is an empty list, and no error.
func (s *Store) ProgrammesIn(ctx context.Context, state ApprovalState, limit int) ([]Programme, error) {
	return list(ctx, s.read, "programmes by state", scanProgramme,
		programmes+`WHERE a.state = $1 AND p.cancelled_at = 0 ORDER BY a.submitted DESC, p.id LIMIT $2`, state, bound(limit))
}
