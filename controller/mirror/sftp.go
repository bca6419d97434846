package mirror

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"loa/controller/problem"
)

// silent is how long a server may say nothing.
const silent = 30 * time.Second

// Errors of an SFTP place's settings.
var (
	ErrHostKey = problem.New(problem.Invalid, "publish_host_key",
		"publish_host_key phải là những dòng mà lệnh ssh-keyscan MÁY in ra; hãy hỏi nhà cung cấp xem có đúng không.",
		"publish_host_key must be the lines that ssh-keyscan HOST prints; ask the provider whether they are right.")
	ErrKey = problem.New(problem.Invalid, "publish_key",
		"publish_key phải là khoá riêng SSH không có mật khẩu: ssh-keygen -t ed25519 -N ''.",
		"publish_key must be a private SSH key without a passphrase: ssh-keygen -t ed25519 -N ''.")
	ErrHost = problem.New(problem.Forbidden, "publish_host",
		"Máy ở địa chỉ publish không phải là máy trong publish_host_key: chưa gửi gì; hãy hỏi nhà cung cấp.",
		"The host of publish is not the one of publish_host_key: nothing was sent; ask the provider.")
)

// overSFTP is a place at an SFTP server.
func overSFTP(u *url.URL, opt Options) (func(context.Context) (place, error), error) {
	root := path.Clean(u.Path)
	if u.User.Username() == "" || u.Hostname() == "" || root == "/" || root == "." {
		return nil, ErrAddress
	}
	key, err := readKey(opt.KeyFile)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(key)
	if err != nil {
		return nil, ErrKey
	}
	known, algorithms, err := hostKeys(opt.HostKey)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "22"
	}
	addr := net.JoinHostPort(u.Hostname(), port)
	config := &ssh.ClientConfig{User: u.User.Username(), Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: known,
		HostKeyAlgorithms: algorithms, Timeout: silent}
	return func(ctx context.Context) (place, error) { return dialSFTP(ctx, addr, root, config) }, nil
}

// hostKeys is how a server is known, by lines as ssh-keyscan prints them, with or without the
// host's name.
func hostKeys(lines string) (ssh.HostKeyCallback, []string, error) {
	var known [][]byte
	var algorithms []string
	for scan := bufio.NewScanner(strings.NewReader(lines)); scan.Scan(); {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			_, _, key, _, _, err = ssh.ParseKnownHosts([]byte(line))
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w (%.40s…)", ErrHostKey, line)
		}
		known = append(known, key.Marshal())
		if key.Type() == ssh.KeyAlgoRSA {
			algorithms = append(algorithms, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else {
			algorithms = append(algorithms, key.Type())
		}
	}
	if len(known) == 0 {
		return nil, nil, ErrHostKey
	}
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		for _, k := range known {
			if bytes.Equal(k, key.Marshal()) {
				return nil
			}
		}
		return ErrHost
	}, algorithms, nil
}

// sftpPlace is a folder at an SFTP server.
type sftpPlace struct {
	root   string
	client *sftp.Client
	conn   *ssh.Client
	over   func() bool
}

func dialSFTP(ctx context.Context, addr, root string, config *ssh.ClientConfig) (place, error) {
	dialer := net.Dialer{Timeout: silent}
	raw, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("reach the SFTP server: %w", err)
	}
	over := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, channels, requests, err := ssh.NewClientConn(&watched{raw}, addr, config)
	if err != nil {
		over()
		_ = raw.Close()
		return nil, fmt.Errorf("sign in at the SFTP server: %w", err)
	}
	p := &sftpPlace{root: root, conn: ssh.NewClient(conn, channels, requests), over: over}
	if p.client, err = sftp.NewClient(p.conn); err != nil {
		p.close()
		return nil, fmt.Errorf("begin SFTP: %w", err)
	}
	return p, nil
}

// watched is a connection that ends where nothing comes for long: a line that was lost without a
// word would hold up what is published for hours.
type watched struct{ net.Conn }

func (w *watched) Read(b []byte) (int, error) {
	if err := w.SetDeadline(time.Now().Add(silent)); err != nil {
		return 0, err
	}
	return w.Conn.Read(b)
}

func (w *watched) Write(b []byte) (int, error) {
	if err := w.SetDeadline(time.Now().Add(silent)); err != nil {
		return 0, err
	}
	return w.Conn.Write(b)
}

func (p *sftpPlace) close() {
	p.over()
	if p.client != nil {
		_ = p.client.Close()
	}
	_ = p.conn.Close()
}

func (p *sftpPlace) mark(context.Context) (string, error) {
	f, err := p.client.Open(path.Join(p.root, mark))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMark))
	return string(data), err
}

func (p *sftpPlace) list(context.Context) (map[string]int64, error) {
	there := map[string]int64{}
	if _, err := p.client.Stat(p.root); errors.Is(err, fs.ErrNotExist) {
		return there, p.client.MkdirAll(p.root)
	}
	for walk := p.client.Walk(p.root); walk.Step(); {
		if err := walk.Err(); err != nil {
			return nil, err
		}
		if !walk.Stat().IsDir() {
			there[strings.TrimPrefix(walk.Path(), p.root+"/")] = walk.Stat().Size()
		}
	}
	return there, nil
}

// put writes beside the place, goes on where an earlier try was broken off, and renames.
func (p *sftpPlace) put(ctx context.Context, at string, f file) error {
	in, err := f.open()
	if err != nil {
		return err
	}
	defer in.Close()
	to := path.Join(p.root, at)
	if err := p.client.MkdirAll(path.Dir(to)); err != nil {
		return err
	}
	part := path.Join(path.Dir(to), unfinished+f.sum)
	out, err := p.client.OpenFile(part, os.O_WRONLY|os.O_CREATE)
	if err != nil {
		return err
	}
	err = p.fill(out, in, f.size)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if err := p.client.Chmod(part, 0o644); err != nil {
		return err
	}
	if err := p.client.PosixRename(part, to); err == nil {
		return nil
	}
	if err := p.remove(ctx, at); err != nil { // an old server: for an instant it is not there
		return err
	}
	return p.client.Rename(part, to)
}

// fill writes what is missing.
func (p *sftpPlace) fill(out *sftp.File, in io.ReadSeeker, size int64) error {
	info, err := out.Stat()
	if err != nil {
		return err
	}
	from := info.Size()
	if from > size { // of another file of that name: nothing that we wrote
		from = 0
		if err := out.Truncate(0); err != nil {
			return err
		}
	}
	if _, err := in.Seek(from, io.SeekStart); err != nil {
		return err
	}
	if _, err := out.Seek(from, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(struct{ io.Writer }{out}, in); err != nil { // one piece after the other: what is there is whole
		return err
	}
	if info, err = out.Stat(); err == nil && info.Size() != size {
		err = fmt.Errorf("%d bytes arrived instead of %d", info.Size(), size)
	}
	return err
}

func (p *sftpPlace) remove(_ context.Context, at string) error {
	err := p.client.Remove(path.Join(p.root, at))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for dir := path.Dir(at); err == nil && dir != "."; dir = path.Dir(dir) {
		if p.client.RemoveDirectory(path.Join(p.root, dir)) != nil {
			break // there is more in it
		}
	}
	return err
}

// open reads a file from its beginning.
func (f file) open() (io.ReadSeekCloser, error) {
	if f.name == "" {
		return struct {
			io.ReadSeeker
			io.Closer
		}{strings.NewReader(f.data), io.NopCloser(nil)}, nil
	}
	return os.Open(f.name)
}
