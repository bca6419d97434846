// Package mirrortest is a real server to which tests publish.
package mirrortest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

const daemon = "/usr/sbin/sshd"

// key makes an SSH key: as a file, and its public line.
func Key(t testing.TB, name string) (file, public string) {
	t.Helper()
	pub, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	file = filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	p, err := ssh.NewPublicKey(pub)
	require.NoError(t, err)
	return file, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(p)))
}

// SFTP is OpenSSH's server, with its sftp-server: one process for each connection.
type SFTP struct {
	Address string       // of a folder that is not there yet, as publish has it
	KeyFile string       // by which it is opened
	HostKey string       // by which it is known
	Root    string       // where the folder is on this machine
	Left    atomic.Int64 // so many more bytes of the line come through; negative: all
}

// Start starts it, until the test ends, which is skipped where there is none.
func Start(t testing.TB) *SFTP {
	t.Helper()
	if _, err := os.Stat(daemon); err != nil {
		t.Skip("needs OpenSSH's server: make deps-test")
	}
	if os.Geteuid() == 0 { // where it looks for an empty folder
		require.NoError(t, os.MkdirAll("/run/sshd", 0o755))
	}
	dir := t.TempDir()
	s := &SFTP{Root: filepath.Join(dir, "www")}
	s.Left.Store(-1)
	hostFile, host := Key(t, "host")
	userFile, public := Key(t, "user")
	s.KeyFile, s.HostKey = userFile, "máy "+host
	authorized, conf := filepath.Join(dir, "authorized"), filepath.Join(dir, "sshd_config")
	require.NoError(t, os.WriteFile(authorized, []byte(public+"\n"), 0o600))
	settings := fmt.Appendf(nil, "HostKey %s\nAuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"+
		"PermitRootLogin yes\nSubsystem sftp /usr/lib/openssh/sftp-server\nPidFile none\n", hostFile, authorized)
	require.NoError(t, os.WriteFile(conf, settings, 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	me, err := user.Current()
	require.NoError(t, err)
	s.Address = fmt.Sprintf("sftp://%s@%s%s", me.Username, l.Addr(), s.Root)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			go s.serve(t.Context(), conn, conf)
		}
	}()
	return s
}

// serve has a process serve one connection.
func (s *SFTP) serve(ctx context.Context, conn net.Conn, conf string) {
	defer conn.Close()
	cmd := exec.CommandContext(ctx, daemon, "-i", "-e", "-f", conf)
	cmd.Stdin, cmd.Stdout = &thin{conn, &s.Left}, conn
	cmd.WaitDelay = time.Second
	_ = cmd.Run() // how it ended, who signed in knows
}

// thin is a line that ends after so many bytes.
type thin struct {
	net.Conn
	left *atomic.Int64
}

func (c *thin) Read(b []byte) (int, error) {
	left := c.left.Load()
	if left == 0 {
		_ = c.Close()
		return 0, io.EOF
	}
	if left > 0 {
		b = b[:min(int64(len(b)), left)]
	}
	n, err := c.Conn.Read(b)
	if left > 0 {
		c.left.Add(-int64(n))
	}
	return n, err
}
