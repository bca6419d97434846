package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/store"
)

// auditPageView is the page of the audit log: who did what, and whether the log
// is whole.
type auditPageView struct {
	frame
	Now    time.Time
	Query  map[string]string // what was chosen
	People []access.Named
	Kinds  []string
	Rows   []auditRow
	Next   string // address of the next page
	CSV    string
	Check  string // address of the page with the whole chain checked
	Chain  audit.Chain
}

// auditRow is a record as the page shows it.
type auditRow struct {
	store.Audit
	Kind, Does    string // keys of what was done, in words
	Places        string // names
	Before, After string // JSON, for reading
}

const auditPageSize = 50

// auditActions are the records that no rule has the guard write.
var auditActions = []string{"airing.begin", "backup.download", "call.end", "session.failed", "wizard.put"}

func (s *Server) auditPage(w http.ResponseWriter, r *http.Request) {
	v, err := s.auditView(r)
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	s.show(w, r, http.StatusOK, "audit.html", v)
}

func (s *Server) auditView(r *http.Request) (v auditPageView, err error) {
	ctx, q := r.Context(), r.URL.Query()
	days, err := s.logFilter(r)
	if err != nil {
		return v, err
	}
	f := store.AuditFilter{From: days.From, To: days.To, Who: q.Get("who"), Action: q.Get("kind"), Limit: auditPageSize}
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // a wrong number is the first page
	f.Before = max(f.Before, 0)
	v = auditPageView{frame: s.frame(r, "audit"), Now: s.opt.Now(), Query: map[string]string{}, Kinds: auditKinds()}
	chosen := url.Values{}
	for _, key := range []string{"from", "to", "who", "kind"} {
		if v.Query[key] = q.Get(key); v.Query[key] != "" {
			chosen.Set(key, v.Query[key])
		}
	}
	v.CSV = "/api/v1/audit.csv?" + auditQuery(f).Encode()
	if v.People, err = s.auditPeople(ctx); err != nil {
		return v, err
	}
	if v.Rows, err = s.auditRows(ctx, f); err != nil {
		return v, err
	}
	if n := len(v.Rows); n == auditPageSize && v.Rows[n-1].Seq > 1 {
		v.Next = local("/audit", withValue(chosen, "before", strconv.FormatInt(v.Rows[n-1].Seq, 10)))
	}
	v.Check = local("/audit", withValue(chosen, "check", "1"))
	v.Chain, err = s.trail.Chain(ctx, q.Get("check") == "1")
	return v, err
}

func withValue(q url.Values, key, value string) url.Values {
	all := url.Values{key: {value}}
	for k, v := range q {
		all[k] = v
	}
	return all
}

// auditQuery is a filter as the CSV takes it.
func auditQuery(f store.AuditFilter) url.Values {
	q := url.Values{}
	for key, text := range map[string]string{"who": f.Who, "action": f.Action} {
		if text != "" {
			q.Set(key, text)
		}
	}
	for key, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			q.Set(key, at.UTC().Format(time.RFC3339))
		}
	}
	return q
}

// auditKinds are what things are done with.
func auditKinds() (kinds []string) {
	all := slices.Clone(auditActions)
	for _, r := range rules {
		all = append(all, r.does)
	}
	for _, does := range all {
		if kind, _, ok := strings.Cut(does, "."); ok && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// auditPeople are those who may have done something.
func (s *Server) auditPeople(ctx context.Context) ([]access.Named, error) {
	people, err := s.opt.Store.People(ctx)
	all := []access.Named{{ID: access.MachineID, Name: access.MachineName}}
	for _, p := range people {
		all = append(all, access.Named{ID: p.ID, Name: p.Name})
	}
	return all, err
}

func (s *Server) auditRows(ctx context.Context, f store.AuditFilter) ([]auditRow, error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	records, err := s.opt.Store.Audits(ctx, f)
	rows := make([]auditRow, len(records))
	for i, r := range records {
		kind, does, _ := strings.Cut(r.Action, ".")
		var places []string
		for _, id := range r.Where {
			if name, ok := a.Names[id]; ok {
				places = append(places, name)
			} else {
				places = append(places, a.AreaName(id))
			}
		}
		rows[i] = auditRow{r, kind, does, strings.Join(places, ", "), indented(r.Before), indented(r.After)}
	}
	return rows, err
}

func indented(doc json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", "  "); err != nil {
		return string(doc)
	}
	return b.String()
}
