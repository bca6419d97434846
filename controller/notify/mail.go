package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"loa/controller/reach"
)

// Mail is a mailbox to send from, and who gets it.
type Mail struct {
	Server   string   `json:"server"`   // host:port
	TLS      string   `json:"tls"`      // starttls (also if empty), tls, or none: in the house only
	Username string   `json:"username"` // "": no sign-in
	Password string   `json:"password"`
	From     string   `json:"from"`
	To       []string `json:"to"`

	roots *x509.CertPool // nil: the system's
}

// Ready reports whether mail is set, and says what is wrong with it.
func (m Mail) Ready() (bool, error) {
	if m.Server == "" && len(m.To) == 0 {
		return false, nil
	}
	if _, _, err := net.SplitHostPort(m.Server); err != nil {
		return false, fmt.Errorf("server: %w", err)
	}
	if len(m.To) == 0 {
		return false, errors.New("nobody to send to")
	}
	for _, a := range append([]string{m.From}, m.To...) {
		if p, err := mail.ParseAddress(a); err != nil || p.Address != a {
			return false, fmt.Errorf("%q is not an address", a)
		}
	}
	return true, nil
}

// send hands a notice to the mail server.
func (m Mail) send(ctx context.Context, guard *reach.Guard, n Notice) (err error) {
	ok, err := m.Ready()
	if err != nil {
		return fmt.Errorf("mail: %w: %w", errRefused, err)
	}
	if !ok {
		return nil
	}
	host, _, _ := net.SplitHostPort(m.Server) // Ready has looked
	conn, err := m.dial(ctx, guard, host)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	defer func() { _ = conn.Close() }() // what counts is the answer to the message
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if err := m.converse(c, host, n); err != nil {
		var said *textproto.Error
		if errors.As(err, &said) && said.Code >= 500 {
			return fmt.Errorf("mail: %w: %w", errRefused, err)
		}
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

func (m Mail) dial(ctx context.Context, guard *reach.Guard, host string) (net.Conn, error) {
	conn, err := guard.Dial(ctx, "tcp", m.Server)
	if err != nil || m.TLS != "tls" {
		return conn, err
	}
	secure := tls.Client(conn, m.secure(host))
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

func (m Mail) secure(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: m.roots, MinVersion: tls.VersionTLS12}
}

// converse says the message. Without encryption no password is told.
func (m Mail) converse(c *smtp.Client, host string, n Notice) error {
	if m.TLS != "tls" && m.TLS != "none" {
		if err := c.StartTLS(m.secure(host)); err != nil {
			return err
		}
	}
	if m.Username != "" {
		if err := c.Auth(smtp.PlainAuth("", m.Username, m.Password, host)); err != nil {
			return err
		}
	}
	if err := c.Mail(m.From); err != nil {
		return err
	}
	for _, to := range m.To {
		if err := c.Rcpt(to); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.message(n)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // it has the message
	return nil
}

// message is a notice as RFC 5322 wants it, in base64: any word may stand in
// it, and no line can end it.
func (m Mail) message(n Notice) []byte {
	var b bytes.Buffer
	_, domain, _ := strings.Cut(m.From, "@")
	for _, h := range [][2]string{
		{"From", (&mail.Address{Name: "Loa", Address: m.From}).String()}, {"To", strings.Join(m.To, ", ")},
		{"Subject", mime.BEncoding.Encode("utf-8", strings.Join(strings.Fields(n.Subject), " "))},
		{"Date", n.At.Format(time.RFC1123Z)}, {"Message-ID", "<" + n.ID + "@" + domain + ">"},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "base64"},
		{"Auto-Submitted", "auto-generated"}, {"X-Priority", "1"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(n.Text + "\r\n"))
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
	return b.Bytes()
}
