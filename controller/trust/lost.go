package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"loa/controller/problem"
	"loa/controller/trust/keyfile"
)

// Lost is a file of the keys that was missing or damaged, and what came of it.
type Lost struct {
	File   string
	Err    error
	Remedy Remedy
}

// Remedy is what was done about a file that was lost.
type Remedy int

// The remedies.
const (
	Remade     Remedy = iota // what it holds is our own affair: it is new
	FromBackup               // it is the one of the newest backup
	Deaf                     // none: nodes believe nothing that we say
)

// Problem is the sentence for people.
func (l Lost) Problem() *problem.Problem {
	switch l.Remedy {
	case Remade:
		return problem.New(problem.Unavailable, "key_remade",
			"Tệp khóa %s bị hỏng nên Loa đã tạo lại; tệp cũ được giữ bên cạnh. Loa vẫn hoạt động; hãy kiểm tra ổ đĩa của máy này.",
			"The key file %s was damaged and was made anew; the old one is beside it. Loa works; look at this machine's disk.", l.File)
	case FromBackup:
		return problem.New(problem.Unavailable, "key_restored",
			"Tệp khóa %s bị mất hoặc hỏng nên Loa đã lấy lại từ bản sao lưu gần nhất. Loa vẫn hoạt động; "+
				"hãy kiểm tra ổ đĩa của máy này và tìm xem ai đã chạm vào tệp.",
			"The key file %s was gone or damaged and was taken from the newest backup. Loa works; "+
				"look at this machine's disk, and for who touched the file.", l.File)
	}
	return problem.New(problem.Unavailable, "key_lost",
		"KHÓA CỦA XÃ ĐÃ MẤT (%s): không cụm loa nào nghe lệnh từ máy này nữa, kể cả khẩn cấp. Hãy khôi phục bản sao lưu ngay; "+
			"trong lúc chờ, báo cho dân bằng cách khác.",
		"THE COMMUNE'S KEY IS LOST (%s): no loudspeaker obeys this machine any more, in an emergency either. Restore a backup now; "+
			"until then warn people by other means.", l.File)
}

// Error is for the log, and for a command.
func (l Lost) Error() string {
	return fmt.Sprintf("%s: %v", l.File, l.Err)
}

// Unwrap is the cause.
func (l Lost) Unwrap() error { return l.Err }

// Lost returns the files that were missing or damaged when the keys were opened.
func (t *Trust) Lost() []Lost { return t.lost }

// Nodes returns the nodes that have certificates.
func (t *Trust) Nodes() ([]string, error) {
	all, err := t.issued()
	seen := map[string]bool{}
	var nodes []string
	for _, i := range all {
		if !seen[i.node] {
			seen[i.node] = true
			nodes = append(nodes, i.node)
		}
	}
	return nodes, err
}

// Used reports whether the folder's keys are known to anybody: then a new one in
// the place of one that is lost would be believed by nobody.
func (t *Trust) Used() bool {
	info, err := os.Stat(filepath.Join(t.dir, issuedFile))
	if t.known || err == nil && info.Size() > 0 {
		return true
	}
	return t.HasSealed()
}

// remake opens a file of which only the controller needs what is in it. A damaged
// one is set aside and made anew.
func (t *Trust) remake(name string, open func() error) error {
	err := open()
	if err == nil || !t.goOn || t.Deaf() {
		return err
	}
	path := filepath.Join(t.dir, name)
	if _, serr := os.Stat(path); serr != nil || errors.Is(err, errForeign) {
		return err
	}
	if rerr := t.setAside(path); rerr != nil {
		return errors.Join(err, rerr)
	}
	t.lost = append(t.lost, Lost{name, err, Remade})
	return open()
}

// setAside keeps a damaged file as evidence.
func (t *Trust) setAside(path string) error {
	return os.Rename(path, path+".broken-"+t.now().UTC().Format("20060102T150405Z"))
}

// recover opens a file that nodes know. If it is lost the newest backup's is put
// in its place, if that belongs to what is here; else make gives one that nobody
// believes, which is kept nowhere: so that pages come up and say so.
func (t *Trust) recover(name string, open func() error, belongs func([]byte) error, make func() error) error {
	err := open()
	if err == nil || !t.goOn {
		return err
	}
	path := filepath.Join(t.dir, name)
	if t.spare != nil {
		data, serr := t.spare(name)
		if serr == nil {
			serr = belongs(data)
		}
		if serr == nil {
			if aerr := t.setAside(path); aerr != nil && !errors.Is(aerr, fs.ErrNotExist) {
				return errors.Join(err, aerr)
			}
			serr = keyfile.Write(path, data)
		}
		if serr == nil {
			t.lost = append(t.lost, Lost{name, err, FromBackup})
			return open()
		}
		err = fmt.Errorf("%w (and the newest backup does not help: %w)", err, serr)
	}
	t.lost = append(t.lost, Lost{name, err, Deaf})
	return make()
}

// ErrDeaf means that the commune's key is lost: what it would certify, no other node
// of the commune is on speaking terms with.
var ErrDeaf error = problem.New(problem.Unavailable, "key_lost",
	"Khóa của xã đã mất nên chưa thêm cụm loa nào được: hãy khôi phục bản sao lưu trước.",
	"The commune's key is lost, so no node can be added: restore a backup first.")

// Deaf reports whether nobody believes what we say.
func (t *Trust) Deaf() bool {
	for _, l := range t.lost {
		if l.Remedy == Deaf {
			return true
		}
	}
	return false
}

// authority reports why data is not the authority of the certificates here.
func (t *Trust) authority(data []byte) error {
	p, err := parsePair(data)
	if err != nil {
		return err
	}
	for _, name := range []string{"controller.pem", "broker.pem"} {
		leaf, ok, lerr := readPair(filepath.Join(t.dir, name))
		if lerr == nil && ok {
			return leaf.cert.CheckSignatureFrom(p.cert)
		}
	}
	return nil
}

// newAuthority makes one that is kept nowhere.
func (t *Trust) newAuthority() (err error) {
	t.ca, err = sign(t.authorityTemplate(), nil)
	return err
}
