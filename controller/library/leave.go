package library

import (
	"slices"
	"strings"

	"loa/audio/reading"
	"loa/audio/reading/document"
	"loa/controller/problem"
	"loa/controller/text"
)

// CheckLeave is a problem of parts that are to be left out of a text and are not there: a
// text that was changed meanwhile would be said with what somebody meant to leave out.
func (l *Library) CheckLeave(written string, leave []string) error {
	if len(leave) == 0 || l.long(written) {
		return nil
	}
	pieces, _ := document.Script(l.reader.Load(), written, nil)
	blocks := document.Blocks(written, pieces)
	for _, part := range leave {
		if !slices.ContainsFunc(blocks, func(b document.Block) bool { return b.Written == strings.TrimSpace(part) }) {
			return problem.New(problem.Invalid, "leave_unknown",
				"Văn bản không có phần “%s” để bỏ qua: có thể văn bản đã được sửa. Hãy xem lại phần nào không đọc.",
				"The text has no part “%s” to leave out: it may have been changed. See again which parts are not to be said.", text.Shown(part))
		}
	}
	return nil
}

// left is CheckLeave, and a problem if nothing is left to be said.
func (l *Library) left(t Text) error {
	body := strings.TrimSpace(t.Text)
	if err := l.CheckLeave(body, t.Leave); err != nil || len(t.Leave) == 0 || l.long(body) {
		return err
	}
	if reading.Spoken(document.Leave(l.reader.Load(), body, t.Leave)) == "" {
		return nothingLeft
	}
	return nil
}
