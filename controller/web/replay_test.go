package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/controller/mirror/mirrortest"
	"loa/controller/store"
	"loa/schedule"
)

// openToAll is an office whose village has heard a voice and a typed alert, with pages for
// the people.
func openToAll(t *testing.T, set func(*controller.Config)) *office {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	commune(t, s)
	heard := map[string]time.Time{"thon-1-loa": time.Now()}
	for id, row := range map[string]store.Call{"c-voice": {Recording: strings.Repeat("cd", 32)},
		"c-flood": {Said: &store.Said{Text: "Nước lên, bà con lên chỗ cao."}}} {
		row.Call = schedule.Call{ID: id, Title: "Tin " + id, Class: schedule.Live, Start: time.Now().Add(-time.Hour)}
		if row.Said != nil {
			row.Class = schedule.Emergency
		}
		row.End, row.Ended, row.Reason = row.Start.Add(time.Minute), row.Start.Add(time.Minute), "stopped"
		row.Targets, row.Author, row.Heard = inVillage, "Trưởng thôn Ba", heard
		require.NoError(t, s.PutCall(t.Context(), row))
	}
	require.NoError(t, s.Close())
	return startWith(t, dir, func(c *controller.Config) {
		c.Public, c.PublicURL = "127.0.0.1:0", "https://nghe.lada.vn/"
		if set != nil {
			set(c)
		}
	})
}

// people is what anybody gets.
func (o *office) people(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := client.Get("http://" + controller.PublicAddr(o.App) + path)
	require.NoError(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(data)
}

// The office releases a voice, says that an alert is over, and the people see it within
// seconds; the sheet on the notice board leads there.
func TestTheOfficeDecidesWhatIsHeardAgain(t *testing.T) {
	t.Parallel()
	site := filepath.Join(t.TempDir(), "site")
	o := openToAll(t, func(c *controller.Config) { c.Publish = site })
	status, first := o.people(t, "/")
	require.Equal(t, 200, status)
	require.Contains(t, first, "còn hiệu lực")
	require.NotContains(t, first, "Tin c-voice")
	require.Eventually(t, func() bool {
		published, err := os.ReadFile(filepath.Join(site, "index.html"))
		return err == nil && strings.Contains(string(published), "Tin c-flood")
	}, time.Minute, 100*time.Millisecond, "and the folder")
	head := o.firstAccount(t)
	cookie := []string{"Cookie", head}
	page := string(o.send(t, "GET", "/replay", nil, cookie...).body)
	require.Contains(t, page, "Bản ghi âm chờ nghe và duyệt")
	require.Contains(t, page, "https://nghe.lada.vn")
	for path, fields := range map[string]url.Values{"/replay/c-voice": {"summary": {"Chủ tịch mời họp."}, "shown": {"yes"}},
		"/replay/c-flood": {"over": {"1"}}} {
		require.Equal(t, http.StatusSeeOther, o.form(t, path, fields, cookie...).status)
	}
	require.Eventually(t, func() bool {
		_, now := o.people(t, "/")
		return strings.Contains(now, "Chủ tịch mời họp.") && strings.Contains(now, "đã hết") && !strings.Contains(now, "còn hiệu lực")
	}, time.Minute, 100*time.Millisecond)

	require.Equal(t, 303, o.form(t, "/settings/replay", url.Values{"recordings": {"never"}}, cookie...).status)
	require.Eventually(t, func() bool { _, now := o.people(t, "/"); return !strings.Contains(now, "Tin c-voice") }, time.Minute,
		100*time.Millisecond)
	var rule struct{ Recordings string }
	o.ask(t, "GET", "/api/v1/replay-rule", nil).into(200, &rule)
	require.Equal(t, "never", rule.Recordings)

	village := string(o.send(t, "GET", "/village?area=thon-1", nil, cookie...).body)
	require.Contains(t, village, `href="/replay/sheets/thon-1"`)
	sheet := string(o.send(t, "GET", "/replay/sheets/thon-1", nil, cookie...).body)
	require.Contains(t, sheet, `<svg class="qr"`)
	at := regexp.MustCompile(`https://nghe\.lada\.vn(/q/[a-z0-9]{7})<`).FindStringSubmatch(sheet)
	require.NotNil(t, at, sheet)
	status, theirs := o.people(t, at[1])
	require.Equal(t, 200, status)
	require.Contains(t, theirs, "<h1>Thôn 1</h1>")
	require.Contains(t, theirs, "Bà con nghe tin này thế nào?", "the notice board's own code lets its people answer")
	require.Equal(t, 404, o.send(t, "GET", "/replay/sheets/nowhere", nil, cookie...).status)
}

// Where the port is taken, or the people's pages are not wanted, the office is there all
// the same.
func TestTheOfficeWithoutThePeoplesPages(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	o := openToAll(t, func(c *controller.Config) { c.Public = taken.Addr().String() })
	require.Empty(t, controller.PublicAddr(o.App))
	require.Equal(t, 200, o.ask(t, "GET", "/replay", nil).status)
	off := start2(t)
	require.Empty(t, controller.PublicAddr(off.App))
	require.Contains(t, string(off.ask(t, "GET", "/replay", nil).body), "public:")
	require.Equal(t, 404, off.ask(t, "GET", "/replay/sheets/thon-1", nil).status, "there is no address to print")
}

// start2 is an office as it comes, beside another of the same test.
func start2(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	commune(t, s)
	require.NoError(t, s.Close())
	return startWith(t, dir, func(*controller.Config) {})
}

// With a certificate that telephones know the people's pages are HTTPS by it; by the
// commune's own authority they are not, for no villager's telephone knows that.
func TestThePeoplesCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"nghe.lada.vn"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	raw, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	crt, pk := filepath.Join(dir, "crt.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(crt, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(pk, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), 0o600))
	o := openToAll(t, func(c *controller.Config) { c.HTTPS, c.HTTPSCert, c.HTTPSKey = "127.0.0.1:0", crt, pk })
	roots := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots.AddCert(cert)
	conn, err := tls.Dial("tcp", controller.PublicAddr(o.App), &tls.Config{RootCAs: roots, ServerName: "nghe.lada.vn",
		NextProtos: []string{"h2", "http/1.1"}})
	require.NoError(t, err)
	require.Equal(t, "http/1.1", conn.ConnectionState().NegotiatedProtocol)
	require.NoError(t, conn.Close())

	own := openToAll(t, func(c *controller.Config) { c.HTTPS = "127.0.0.1:0" })
	status, _ := own.people(t, "/")
	require.Equal(t, 200, status)
}

// What is published elsewhere follows what the office decides, by a real SFTP server; where the line is
// away, the page says since when, and that what was withdrawn may still be there.
func TestThePeoplesPagesAreElsewhere(t *testing.T) {
	t.Parallel()
	server := mirrortest.Start(t)
	o := openToAll(t, func(c *controller.Config) {
		c.Publish, c.PublishKey, c.PublishTo = server.Address, server.KeyFile, server.HostKey
	})
	there := func() string {
		data, _ := os.ReadFile(filepath.Join(server.Root, "index.html")) // not there yet
		return string(data)
	}
	witness.Await(t, "the pages are there", time.Minute, func() bool { return strings.Contains(there(), "Tin c-flood") })
	cookie := []string{"Cookie", o.firstAccount(t)}
	page := func() string { return string(o.send(t, "GET", "/replay", nil, cookie...).body) }
	witness.Await(t, "the page says so", time.Minute, func() bool { return strings.Contains(page(), "Bản đăng trên mạng: đúng lúc") })

	server.Left.Store(0)
	require.Equal(t, http.StatusSeeOther, o.form(t, "/replay/c-flood", url.Values{"shown": {"no"}}, cookie...).status)
	witness.Await(t, "the page says that it is not", time.Minute, func() bool {
		return strings.Contains(page(), "điều đã thu hồi có thể vẫn còn ở đó.</strong> Chưa gửi được lên nơi đăng")
	})
	require.Contains(t, there(), "Tin c-flood")
	server.Left.Store(-1)
	witness.Await(t, "it is gone", time.Minute, func() bool { return !strings.Contains(there(), "Tin c-flood") })
}
