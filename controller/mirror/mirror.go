package mirror

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loa/controller/problem"
)

const (
	mark        = ".loa-published"
	unfinished  = ".loa-part-"
	listedEvery = 24 * time.Hour
	maxMark     = 200 // bytes
)

// Errors of a place that is not to be written.
var (
	ErrForeign = problem.New(problem.Conflict, "publish_foreign",
		"Nơi đăng (publish) đang chứa tệp không phải của Loa: hãy chọn thư mục trống.",
		"The place of publish holds files that are not Loa's: choose an empty one.")
	ErrOther = problem.New(problem.Conflict, "publish_other",
		"Nơi đăng (publish) là của một văn phòng khác: hãy chọn nơi khác, hoặc xoá hết ở đó, cả tệp .loa-published.",
		"The place of publish is another office's: choose another, or empty it, its file .loa-published too.")
	ErrAddress = problem.New(problem.Invalid, "publish_address",
		"Địa chỉ publish phải là sftp://người_dùng@máy/thư/mục hoặc s3://bucket/tiền_tố?endpoint=https://máy.",
		"publish must be sftp://user@host/folder or s3://bucket/prefix?endpoint=https://host.")
)

// Options says what is copied, and where to.
type Options struct {
	Folder  string // that is copied
	Owner   string // whose the copy is: stays the same whatever happens to the office's PC
	Sent    string // file in which is kept what lies there
	Address string // sftp://user@host[:port]/folder, or s3://bucket[/prefix]?endpoint=URL[&region=NAME]
	KeyFile string // SFTP: a private key, as ssh-keygen writes it; S3: access key and secret, a line each
	HostKey string // SFTP: the server's public keys, a line each, as ssh-keyscan prints them
	Now     func() time.Time
}

// Mirror is the copy. It is used by one goroutine.
type Mirror struct {
	opt  Options
	dial func(ctx context.Context) (place, error)
	sent sent
}

// place is where the copy lies, while it is reached.
type place interface {
	// mark is what the mark says; "": there is none.
	mark(ctx context.Context) (string, error)
	// list is what lies there, bytes by path.
	list(ctx context.Context) (map[string]int64, error)
	// put has a file appear there whole.
	put(ctx context.Context, path string, f file) error
	// remove has a file go; one that is not there is no error.
	remove(ctx context.Context, path string) error
	close()
}

// file is one of the folder.
type file struct {
	name string // where it lies here; "": data is it
	data string
	sum  string // sha256, hex
	size int64
}

// Elsewhere reports whether an address is of a place that a mirror is for, and no folder of
// this machine.
func Elsewhere(address string) bool { return strings.Contains(address, "://") }

// New reads address and keys: ErrAddress, or what is wrong with a key. Nothing is reached yet.
func New(opt Options) (*Mirror, error) {
	u, err := url.Parse(opt.Address)
	if err != nil {
		return nil, ErrAddress
	}
	m := &Mirror{opt: opt}
	switch u.Scheme {
	case "sftp":
		m.dial, err = overSFTP(u, opt)
	case "s3":
		m.dial, err = overS3(u, opt)
	default:
		err = ErrAddress
	}
	if err != nil {
		return nil, err
	}
	m.sent, err = openSent(opt.Sent, u.Redacted(), opt.Owner)
	return m, err
}

// Sync brings the place up to the folder, and returns how many files it put or removed. After
// an error the next goes on. What may not be heard any more is removed even where something else fails.
func (m *Mirror) Sync(ctx context.Context) (changed int, err error) {
	here, err := m.scan()
	if err != nil {
		return 0, err
	}
	stale := m.opt.Now().Sub(m.sent.Listed) >= listedEvery
	if gone, due := m.sent.differ(here); !stale && len(gone)+len(due) == 0 {
		return 0, nil
	}
	at, err := m.dial(ctx)
	if err != nil {
		return 0, unreachable(err)
	}
	defer at.close()
	defer func() { err = unreachable(err) }()
	if err := m.own(ctx, at, here, stale); err != nil {
		return 0, err
	}
	gone, due := m.sent.differ(here)
	defer func() { err = cmp.Or(err, m.sent.save()) }()
	var failed error
	for _, path := range gone {
		if err := at.remove(ctx, path); err != nil {
			failed = cmp.Or(failed, fmt.Errorf("remove %s: %w", path, err))
			continue
		}
		delete(m.sent.Files, path)
		changed++
	}
	for _, path := range due {
		if err := at.put(ctx, path, here[path]); err != nil {
			return changed, cmp.Or(failed, fmt.Errorf("put %s: %w", path, err)) // the line is gone: the rest would wait as long
		}
		m.sent.Files[path] = here[path].sum
		changed++
	}
	return changed, failed
}

// own makes sure that the place is this office's, and with list learns what lies there.
func (m *Mirror) own(ctx context.Context, at place, here map[string]file, list bool) error {
	says, err := at.mark(ctx)
	if err != nil {
		return fmt.Errorf("read the mark: %w", err)
	}
	if says != "" && says != m.sent.mark() {
		return ErrOther
	}
	if says != "" && !list {
		return nil
	}
	there, err := at.list(ctx)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if says == "" {
		if len(there) > 0 {
			return ErrForeign
		}
		text := m.sent.mark()
		if err := at.put(ctx, mark, file{data: text, size: int64(len(text)), sum: mark}); err != nil {
			return fmt.Errorf("put the mark: %w", err)
		}
	}
	m.sent.found(there, here)
	m.sent.Listed = m.opt.Now()
	return m.sent.save()
}

// scan reads what lies in the folder. Files that are being written are left out.
func (m *Mirror) scan() (map[string]file, error) {
	here := map[string]file{}
	err := filepath.WalkDir(m.opt.Folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == mark || strings.HasPrefix(d.Name(), unfinished) {
			return err
		}
		at, err := filepath.Rel(m.opt.Folder, name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		sum, err := m.sent.sum(name, info)
		here[filepath.ToSlash(at)] = file{name: name, sum: sum, size: info.Size()}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the folder that is published: %w", err)
	}
	return here, nil
}

// inOrder sorts what is to be put: what pages need, then pages, the deepest first, so that none
// names what is not there.
func inOrder(paths []string) {
	rank := func(path string) int {
		switch {
		case strings.HasPrefix(path, "s/"), strings.HasPrefix(path, "-/"):
			return 0
		}
		return 1
	}
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(rank(a)-rank(b), strings.Count(b, "/")-strings.Count(a, "/"), strings.Compare(a, b))
	})
}

// readKey is what the file of publish_key holds.
func readKey(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoKey, err)
	}
	return data, nil
}

var errNoKey = problem.New(problem.Invalid, "publish_no_key",
	"Không đọc được tệp publish_key: hãy xem đường dẫn và quyền đọc.",
	"The file of publish_key cannot be read: see its path and who may read it.")

// unreachable is of a line or a server that does not do what it should; the next round tries again.
func unreachable(err error) error {
	if _, told := problem.Of(err); told || err == nil {
		return err
	}
	return fmt.Errorf("%w: %w", problem.New(problem.Unreachable, "publish_unreachable",
		"Chưa gửi được lên nơi đăng (%s); Loa sẽ thử lại.", "Not sent to the place of publish (%s); Loa tries again.", err), err)
}
