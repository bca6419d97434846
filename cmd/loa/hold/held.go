package hold

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"
)

// fileName is the file that tells who holds the folder it is in.
const fileName = "held-by.json"

const (
	maxFile    = 4 << 10
	maxCommand = 200 // runes
)

// the holder of a folder.
type who struct {
	Role    string    `json:"role"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
	Alone   bool      `json:"alone,omitempty"` // nobody may work beside
}

func self(role string, alone bool) who {
	return who{Role: role, PID: os.Getpid(), Since: time.Now().Round(time.Second), Command: plain(strings.Join(os.Args, " ")), Alone: alone}
}

// read returns who tells that he holds a folder; nobody, if that makes no sense.
func read(dir string) (w who) {
	f, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		return who{}
	}
	defer f.Close()
	if json.NewDecoder(io.LimitReader(f, maxFile)).Decode(&w) != nil || w.PID <= 0 || w.Role == "" {
		return who{}
	}
	w.Role, w.Command = plain(w.Role), plain(w.Command)
	return w
}

// living is nobody of a program that is no more: the word of one that was killed stays
// where the next one can write none.
func (w who) living() who {
	if w.PID > 0 && errors.Is(unix.Kill(w.PID, 0), unix.ESRCH) {
		return who{}
	}
	return w
}

// plain is text of a file that anybody may have written, for a terminal.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxCommand {
		s = string(runes[:maxCommand]) + "…"
	}
	return s
}

// Held says who has a folder, and what to do.
type Held struct {
	Dir string
	by  who
}

// Error is for a person, in Vietnamese and in English.
func (h *Held) Error() string {
	if h.by.PID == 0 {
		return fmt.Sprintf("thư mục %s đang được một chương trình Loa khác dùng: hãy dừng chương trình đó trước, chưa có gì bị thay đổi; "+
			"the folder is in use by another Loa program: stop that first, nothing was changed", h.Dir)
	}
	since := h.by.Since.Local()
	do := said{"hãy dừng chương trình đó trước", "stop that program first"}
	switch {
	case h.by.Alone:
		do = said{"hãy đợi chương trình đó xong", "wait until that is done"}
	case h.by.Role == Controller || h.by.Role == Node:
		service := "systemctl stop " + strings.ReplaceAll(h.by.Role, " ", "-")
		do = said{do.vi + " (nếu là dịch vụ: " + service + ")", do.en + " (if it is the service: " + service + ")"}
	}
	return fmt.Sprintf("thư mục %s đang được %s dùng (số %d, từ %s, lệnh: %s): %s, chưa có gì bị thay đổi; "+
		"the folder is in use by %s (process %d, since %s): %s, nothing was changed",
		h.Dir, h.by.Role, h.by.PID, since.Format("15:04 02/01/2006"), h.by.Command, do.vi,
		h.by.Role, h.by.PID, since.Format("2006-01-02 15:04"), do.en)
}

// said is one thing in both languages.
type said struct{ vi, en string }
