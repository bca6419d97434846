package store

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
)

// AuditCSV writes the audit log for a spreadsheet.
type AuditCSV struct{ w *csv.Writer }

// NewAuditCSV begins with the names of the columns. An error is the writer's.
func NewAuditCSV(w io.Writer) (*AuditCSV, error) {
	c := &AuditCSV{csv.NewWriter(w)}
	return c, c.w.Write([]string{"seq", "at", "who", "name", "from", "action", "object", "where", "before", "after", "note"})
}

// Add writes one record. An error is the writer's.
func (c *AuditCSV) Add(a Audit) error {
	return c.w.Write([]string{strconv.FormatInt(a.Seq, 10), a.At.Format(time.RFC3339Nano), inCell(a.Who), inCell(a.Name), inCell(a.From),
		inCell(a.Action),
		inCell(a.Object), inCell(strings.Join(a.Where, " ")), inCell(string(a.Before)), inCell(string(a.After)), inCell(a.Note)})
}

// Flush writes what is still held. An error is the writer's.
func (c *AuditCSV) Flush() error {
	c.w.Flush()
	return c.w.Error()
}

// inCell keeps a spreadsheet from taking what somebody typed for a formula.
func inCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
