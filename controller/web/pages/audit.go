package pages

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
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/store"
	"loa/controller/web/address"
	"loa/controller/web/auth"
)

// auditPage is who did what, and whether the log is whole.
type auditPage struct {
	*kit
	store *store.Store
	trail *audit.Trail
}

// register adds the endpoints.
func (p *auditPage) register() {
	p.mux.HandleFunc("GET /audit", p.auditPage)
}

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

// OtherDeeds are the records that belong to no endpoint.
var OtherDeeds = []string{"airing.begin", "backup.download", "call.end", "exercise.end",
	"message.add", "message.withdraw", "session.failed", "wizard.put"}

func (p *auditPage) auditPage(w http.ResponseWriter, r *http.Request) {
	v, err := p.auditView(r)
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	p.show(w, r, http.StatusOK, "audit.html", v)
}

func (p *auditPage) auditView(r *http.Request) (v auditPageView, err error) {
	ctx, q := r.Context(), r.URL.Query()
	days, err := asrun.FilterOf(r.URL.Query())
	if err != nil {
		return v, err
	}
	f := store.AuditFilter{From: days.From, To: days.To, Who: q.Get("who"), Action: q.Get("kind"), Limit: auditPageSize}
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // a wrong number is the first page
	f.Before = max(f.Before, 0)
	v = auditPageView{frame: p.frameOf(r, "audit"), Now: p.now(), Query: map[string]string{}, Kinds: auditKinds()}
	chosen := url.Values{}
	for _, key := range []string{"from", "to", "who", "kind"} {
		if v.Query[key] = q.Get(key); v.Query[key] != "" {
			chosen.Set(key, v.Query[key])
		}
	}
	v.CSV = "/api/v1/audit.csv?" + auditQuery(f).Encode()
	if v.People, err = p.auditPeople(ctx); err != nil {
		return v, err
	}
	if v.Rows, err = p.auditRows(ctx, f); err != nil {
		return v, err
	}
	if n := len(v.Rows); n == auditPageSize && v.Rows[n-1].Seq > 1 {
		v.Next = address.Local("/audit", withValue(chosen, "before", strconv.FormatInt(v.Rows[n-1].Seq, 10)))
	}
	v.Check = address.Local("/audit", withValue(chosen, "check", "1"))
	v.Chain, err = p.trail.Chain(ctx, q.Get("check") == "1")
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
	all := append(auth.Deeds(), OtherDeeds...)
	for _, does := range all {
		if kind, _, ok := strings.Cut(does, "."); ok && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// auditPeople are those who may have done something.
func (p *auditPage) auditPeople(ctx context.Context) ([]access.Named, error) {
	people, err := p.store.People(ctx)
	all := []access.Named{{ID: access.MachineID, Name: access.MachineName}}
	for _, person := range people {
		all = append(all, access.Named{ID: person.ID, Name: person.Name})
	}
	return all, err
}

func (p *auditPage) auditRows(ctx context.Context, f store.AuditFilter) ([]auditRow, error) {
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	records, err := p.store.Audits(ctx, f)
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
