package broker

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// raw is a client that speaks MQTT byte by byte.
type raw struct {
	testing.TB
	*tls.Conn
	in *bufio.Reader
}

func (b *bench) raw(id string) *raw {
	b.Helper()
	c, err := tls.Dial("tcp", b.broker.Addr(), nodeTLS(b.TB, b.trust, id))
	require.NoError(b, err)
	b.Cleanup(func() { c.Close() })
	require.NoError(b, c.SetDeadline(time.Now().Add(patience)))
	return &raw{b.TB, c, bufio.NewReader(c)}
}

func str(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

func packet(head byte, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(binary.AppendUvarint([]byte{head}, uint64(len(all))), all...)
}

type connect struct {
	id, user, will string
	willRetain     bool
	version        byte
	keepalive      uint16
}

func (c connect) bytes() []byte {
	flags, body := byte(2), str(c.id)
	if c.will != "" {
		flags |= 4 | 8 // QoS 1
		body = append(append(body, str(c.will)...), str("gone")...)
	}
	if c.willRetain {
		flags |= 32
	}
	if c.user != "" {
		flags |= 128
		body = append(body, str(c.user)...)
	}
	if c.version == 0 {
		c.version = 4
	}
	head := binary.BigEndian.AppendUint16(append(str("MQTT"), c.version, flags), c.keepalive)
	if c.version == 5 {
		head = append(head, 0) // no properties
	}
	return packet(0x10, head, body)
}

func (r *raw) send(b []byte) {
	r.Helper()
	_, err := r.Write(b)
	require.NoError(r, err)
}

func (r *raw) packet() (head byte, body []byte, err error) {
	if head, err = r.in.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r.in, body)
	return head, body, err
}

// connect sends CONNECT and returns what welcome does.
func (r *raw) connect(c connect) int {
	r.send(c.bytes())
	return r.welcome()
}

// welcome returns the return code of CONNACK, or -1 when the connection ended instead.
func (r *raw) welcome() int {
	head, body, err := r.packet()
	if err != nil {
		return -1
	}
	require.Equal(r, byte(0x20), head)
	return int(body[1])
}

func (r *raw) subscribe(filters ...string) (granted []byte) {
	body := []byte{0, 7}
	for _, f := range filters {
		body = append(append(body, str(f)...), 1)
	}
	r.send(packet(0x82, body))
	head, body, err := r.packet()
	require.NoError(r, err)
	require.Equal(r, byte(0x90), head)
	return body[2:]
}

// ended waits until the broker has closed the connection.
func (r *raw) ended() {
	r.Helper()
	for {
		if _, _, err := r.packet(); err != nil {
			require.NotErrorIs(r, err, os.ErrDeadlineExceeded, "still open")
			return
		}
	}
}
