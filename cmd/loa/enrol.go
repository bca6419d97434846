package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loa/controller/client"
	"loa/node"
	"loa/node/wire"
)

const (
	enrolWithin = 30 * time.Second
	maxEnrolled = 64 << 10 // bytes of an answer
)

type nodeEnrolCmd struct {
	URL   string `arg:"" help:"Where the office's pages are, as http://192.168.1.10:8080."`
	Code  string `arg:"" help:"The one-time code."`
	Out   string `help:"Folder for node.yaml and its keys." default:"/etc/loa-node" type:"path"`
	Data  string `help:"Folder for plan, clips and reports." default:"/var/lib/loa-node" type:"path"`
	Sound string `help:"alsa, wav or null." default:"alsa" enum:"alsa,wav,null"`
}

// Run makes a key here, has it certified, and writes the settings.
func (c *nodeEnrolCmd) Run(ctx context.Context) error {
	code, err := wire.ParseCode(c.Code)
	if err != nil {
		return fmt.Errorf("mã ghép loa không đúng: hãy nhập lại 20 chữ và số; the code is mistyped: 20 letters and digits: %w", err)
	}
	if err := becomeOwner(c.Out); err != nil {
		return err
	}
	key, request, err := newKey()
	if err != nil {
		return err
	}
	ask, err := code.SealEnrol(wire.Enrol{Request: request})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, enrolWithin)
	defer cancel()
	answer, err := askOffice(ctx, c.URL, ask)
	if err != nil {
		return err
	}
	if err := code.OpenEnrolled(answer); err != nil {
		return fmt.Errorf("máy trả lời không phải văn phòng đã cấp mã này, chưa làm gì; "+
			"whoever answered is not the office that gave this code, nothing was done: %w", err)
	}
	config, err := c.install(answer, key)
	if err != nil {
		return err
	}
	fmt.Printf("đã ghép thành cụm loa %s của %s: chạy với loa node --config %s\nenrolled as %s of %s\n",
		config.ID, config.Commune, filepath.Join(c.Out, "node.yaml"), config.ID, config.Commune)
	return nil
}

// newKey makes the board's key, in PEM, and the request to certify it.
func newKey() (keyPEM, request []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	request, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), request, err
}

// askOffice sends a question and reads the answer. The code proves the office,
// not its certificate, which a board cannot know yet.
func askOffice(ctx context.Context, base string, ask wire.Enrol) (answer wire.Enrolled, err error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return answer, fmt.Errorf("ask the office: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(base, "/")+"/api/v1/enrol", bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("địa chỉ văn phòng không đúng; the office's address is wrong: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}}
	res, err := client.Do(req)
	if err != nil {
		return answer, fmt.Errorf("không tới được văn phòng: hãy kiểm tra mạng và địa chỉ; the office is not reached: %w", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxEnrolled))
	if err != nil {
		return answer, fmt.Errorf("ask the office: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var p struct{ VI, EN string }
		if json.Unmarshal(data, &p) == nil && p.VI != "" {
			return answer, errors.New(p.VI + " " + p.EN)
		}
		return answer, fmt.Errorf("ask the office: %s", res.Status)
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return answer, fmt.Errorf("the office's answer: %w", err)
	}
	return answer, nil
}

// brokerOf is where the broker is: on the machine that was asked, if the
// answer names no other.
func brokerOf(answer wire.Enrolled, base string) string {
	host, port, err := net.SplitHostPort(answer.Broker)
	u, uerr := url.Parse(base)
	if err != nil || uerr != nil || host != "" {
		return answer.Broker
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// install writes what the node needs; the settings last, for they name the rest.
func (c *nodeEnrolCmd) install(answer wire.Enrolled, key []byte) (node.Config, error) {
	config := node.Config{
		ID: answer.Node, Commune: answer.Commune, Broker: brokerOf(answer, c.URL), ServerName: answer.ServerName, Sound: c.Sound,
		CA: filepath.Join(c.Out, "ca.pem"), Cert: filepath.Join(c.Out, "node.pem"), Key: filepath.Join(c.Out, "node.key"),
		CommuneKey: base64.StdEncoding.EncodeToString(answer.CommuneKey), Data: c.Data,
	}
	if c.Sound == "wav" {
		config.WAV = filepath.Join(c.Out, "horn.wav")
	}
	if err := config.Check(); err != nil {
		return config, fmt.Errorf("the office's answer: %w", err)
	}
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return config, fmt.Errorf("make folder: %w", err)
	}
	for _, f := range []struct {
		path string
		data []byte
	}{{config.CA, answer.CA}, {config.Key, key}, {config.Cert, answer.Cert}} {
		if err := writeWhole(f.path, f.data); err != nil {
			return config, err
		}
	}
	return config, writeYAML(filepath.Join(c.Out, "node.yaml"), config)
}

// officeCmd is done at the office, through the controller that runs there.
type officeCmd struct {
	Node       string `arg:"" help:"The node's id."`
	Controller string `help:"The controller.json or dev.json that the controller wrote." default:"/var/lib/loa/controller.json" type:"path"`
}

type nodeInviteCmd struct{ officeCmd }

// Run prints a code, and what to type on the board.
func (c *nodeInviteCmd) Run(ctx context.Context) error {
	api, err := client.Open(c.Controller)
	if err != nil {
		return err
	}
	var invite struct {
		Code    string
		URL     string
		Expires time.Time
	}
	if err := api.Do(ctx, http.MethodPost, "/api/v1/nodes/"+url.PathEscape(c.Node)+"/invite", nil, &invite); err != nil {
		return err
	}
	fmt.Printf("%s\ndùng một lần, đến %s; trên bo mạch: loa node enrol %s %s\n", invite.Code,
		invite.Expires.Local().Format("15:04 02/01/2006"), invite.URL, invite.Code)
	return nil
}

type nodeRevokeCmd struct{ officeCmd }

// Run revokes.
func (c *nodeRevokeCmd) Run(ctx context.Context) error {
	api, err := client.Open(c.Controller)
	if err != nil {
		return err
	}
	return api.Do(ctx, http.MethodPost, "/api/v1/nodes/"+url.PathEscape(c.Node)+"/revoke", nil, nil)
}
