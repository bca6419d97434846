package standby

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
)

const (
	Folder    = "standby"   // in the data folder
	emergency = "emergency" // likewise, while it stands in
	factsName = "standby.json"

	// lookFor is how long a start waits for the check of a large database: an
	// alarm may be waiting too. 100 MB take about a second.
	lookFor = 10 * time.Second
)

// What is wrong with a database.
const (
	Missing = "missing" // where an office has been
	Damaged = "damaged" // it cannot be read, or its check fails
	Behind  = "behind"  // it has lost its last changes
	Closed  = "closed"  // its disk takes no write, without which it cannot be opened
)

// Trouble is why a database is not taken.
type Trouble struct {
	Code string
	Err  error
	// From is when the data was as it is shown now; zero: nothing of it was to be
	// had, only the names of the nodes that have certificates.
	From time.Time
}

// Error is for the log.
func (t *Trouble) Error() string { return fmt.Sprintf("database %s: %v", t.Code, t.Err) }

// Unwrap is the cause.
func (t *Trouble) Unwrap() error { return t.Err }

var sentences = map[string]*problem.Problem{
	Missing: problem.New(problem.Unavailable, "database_missing",
		"Cơ sở dữ liệu của máy này đã mất: Loa đang chạy bằng bản dự phòng. Phát khẩn cấp, phát trực tiếp và dừng vẫn dùng được; "+
			"loa ở thôn vẫn phát theo lịch đã có. Hãy khôi phục bản sao lưu.",
		"This machine's database is gone: Loa runs on a stand-in. Emergencies, live calls and stops work; "+
			"loudspeakers go on by the calendar that they have. Restore a backup."),
	Damaged: problem.New(problem.Unavailable, "database_damaged",
		"Cơ sở dữ liệu của máy này bị hỏng: Loa đang chạy bằng bản dự phòng. Phát khẩn cấp, phát trực tiếp và dừng vẫn dùng được; "+
			"loa ở thôn vẫn phát theo lịch đã có. Hãy khôi phục bản sao lưu.",
		"This machine's database is damaged: Loa runs on a stand-in. Emergencies, live calls and stops work; "+
			"loudspeakers go on by the calendar that they have. Restore a backup."),
	Closed: problem.New(problem.Unavailable, "database_closed",
		"Ổ đĩa dữ liệu của máy này không ghi được (đầy, chỉ đọc hoặc sai quyền thư mục): Loa đang chạy bằng bản dự phòng. "+
			"Phát khẩn cấp, phát trực tiếp và dừng vẫn dùng được; loa ở thôn vẫn phát theo lịch đã có. "+
			"Hãy sửa ổ đĩa: khi ghi được và không có buổi phát trực tiếp nào, trong vài giây Loa tự trở lại dữ liệu thật; không cần khôi phục gì.",
		"This machine's data disk takes no write (it is full, read-only, or the folder's rights are wrong): Loa runs on a stand-in. "+
			"Emergencies, live calls and stops work; loudspeakers go on by the calendar that they have. "+
			"Mend the disk: when it takes writes and nobody is on air, Loa is back on the real data within seconds, by itself; "+
			"nothing needs restoring."),
	Behind: problem.New(problem.Unavailable, "database_behind",
		"Cơ sở dữ liệu của máy này đã mất những thay đổi cuối: Loa đang chạy bằng bản dự phòng. "+
			"Phát khẩn cấp, phát trực tiếp và dừng vẫn dùng được; loa ở thôn vẫn phát theo lịch đã có. Hãy khôi phục bản sao lưu.",
		"This machine's database has lost its last changes: Loa runs on a stand-in. Emergencies, live calls and stops work; "+
			"loudspeakers go on by the calendar that they have. Restore a backup."),
}

// Blame finds whether it is not the database but its disk: a damaged one is only what
// cannot be opened where something can be written.
func (t *Trouble) Blame(dir string) {
	if t.Code != Damaged {
		return
	}
	if err := takesNothing(dir, dbNeeds); err != nil {
		t.Code, t.Err = Closed, errors.Join(t.Err, err)
	}
}

const dbNeeds = 64 << 10 // bytes, to be opened

// takesNothing says why so many bytes cannot be written in a folder; nil: they can.
func takesNothing(dir string, bytes int) error {
	probe := filepath.Join(dir, ".probe")
	err := os.WriteFile(probe, make([]byte, bytes), 0o600)
	return errors.Join(err, ignoreAbsent(os.Remove(probe)))
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Problem is the sentence for people.
func (t *Trouble) Problem() *problem.Problem { return sentences[t.Code] }

// Known is what is known of an office's database without it.
type Known struct {
	Sealed store.Link // the last record of its audit log that was sealed; zero: none was
	Used   bool       // the office has had a database: nodes have certificates, or there are backups
}

// Look says why the database in the data folder dir must not be taken; nil: it
// may, or there has never been one. Another error than a [Trouble] is of a
// database that a newer version wrote. whole: the check came to its end.
func Look(ctx context.Context, dir string, known Known) (whole bool, err error) {
	was, kept := readFacts(filepath.Join(dir, Folder))
	within, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	is, whole, err := store.Look(within, dir)
	switch {
	case errors.Is(err, store.ErrNone) && !kept && !known.Used && known.Sealed.Seq == 0:
		return true, nil
	case errors.Is(err, store.ErrNone):
		return false, &Trouble{Code: Missing, Err: err}
	case errors.Is(err, store.ErrNewer), ctx.Err() != nil:
		return false, err
	case err != nil:
		return false, &Trouble{Code: Damaged, Err: err}
	}
	if kept {
		err = lost(was, is, known.Sealed)
	}
	return whole, err
}

// unlogged is how many programmes one change may touch: power may be cut between
// that and its record in the log.
const unlogged = 3

// lost says what of the database is not there any more; nil: all is.
func lost(was facts, is store.Fingerprint, sealed store.Link) error {
	n := changed(was.Programmes, is.Programmes)
	switch {
	case is.Audit == was.Audit && n > unlogged:
		return &Trouble{Code: Damaged,
			Err: fmt.Errorf("%d of %d programmes are not what they were, and nobody changed them", n, len(was.Programmes))}
	case is.Audit.Seq < was.Audit.Seq && n > 0:
		return &Trouble{Code: Behind,
			Err: fmt.Errorf("record %d of %d is the last, and %d of %d programmes are not what they were", is.Audit.Seq, was.Audit.Seq, n,
				len(was.Programmes))}
	case is.Audit.Seq < sealed.Seq && sealed.Seq > was.Audit.Seq:
		return &Trouble{Code: Behind, Err: fmt.Errorf("record %d of %d is the last", is.Audit.Seq, sealed.Seq)}
	}
	return nil // that the log alone is shorter, its seal tells
}

// changed counts the programmes that are another one, gone, or new.
func changed(was, is map[string]string) (n int) {
	for id, sum := range was {
		if is[id] != sum {
			n++
		}
	}
	for id := range is {
		if was[id] == "" {
			n++
		}
	}
	return n
}
