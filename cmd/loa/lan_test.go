package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/controller"
)

// A phone in the commune's network: it trusts the station once, has its
// microphone then, and signs in by what it keeps itself.
func TestBrowserPhoneInTheLAN(t *testing.T) {
	t.Parallel()
	o := newOfficeWith(t, func(c *controller.Config) { c.HTTPS, c.HTTPSNames = "127.0.0.1:0", []string{"loa.lan"} })
	o.places()
	v := o.node("loa-1", "wav")
	o.good(1)
	const password = "mưa rơi trên mái đình"
	o.send(http.MethodPost, "/api/v1/setup", map[string]any{"login": "lam", "name": "Nguyễn Văn Lâm", "password": password}, nil)

	path, _ := speech(t, "Mời bà con ra nhà văn hóa họp tối nay.")
	home := t.TempDir()
	lan := func(s string) string { return strings.Replace(s, "127.0.0.1", "loa.lan", 1) }
	phone := func() *person {
		p := o.person(path, chromedp.Env("HOME="+home), chromedp.Flag("host-resolver-rules", "MAP loa.lan 127.0.0.1"))
		p.url = lan(o.info.URL)
		return p
	}
	p := phone()
	p.do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.url+"/"), chromedp.WaitVisible("main h1"))
	require.Contains(t, p.text("main"), "So dấu vân tay", "who comes for the first time is shown how to trust it")
	require.True(t, p.evaluate(`document.documentElement.scrollWidth <= 360`))
	require.Error(t, chromedp.Do(p.ctx, chromedp.Navigate(lan(o.info.Secure)+"/signin")), "not trusted yet")

	// what the person does in the phone's settings, chromium on Linux has certutil for
	res, err := http.Get(o.info.URL + "/trust/loa.crt")
	require.NoError(t, err)
	defer res.Body.Close()
	nss, crt := filepath.Join(home, ".pki", "nssdb"), filepath.Join(home, "loa.crt")
	require.NoError(t, os.MkdirAll(nss, 0o700))
	ca, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(crt, ca, 0o600))
	run(t, "", "certutil", "-d", "sql:"+nss, "-N", "--empty-password")
	run(t, "", "certutil", "-d", "sql:"+nss, "-A", "-t", "C,,", "-n", "Loa", "-i", crt)

	p = phone()
	p.do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(lan(o.info.URL)+"/live?lang=vi"), chromedp.WaitVisible("main h1"))
	require.Equal(t, lan(o.info.Secure)+"/signin?next=%2Flive%3Flang%3Dvi", p.address(), "from plain HTTP to HTTPS, and to the door")
	p.do(chromedp.SendKeys("[name=login]", "lam"), chromedp.SendKeys("[name=password]", password), chromedp.Submit("[name=password]"), chromedp.WaitVisible("#mic"))
	p.sees("the microphone is ready", `document.querySelector("#mic")?.dataset.state === "ready"`)
	p.tap("#talk")
	p.state("air")
	p.tap("#talk")
	p.state("ended")
	require.False(t, v.horn(t).firstSound(o.calls()[0].Start).IsZero())
	var call struct{ Author string }
	o.get("/api/v1/calls/"+o.calls()[0].ID, &call)
	require.Equal(t, "Nguyễn Văn Lâm", call.Author)

	// a passkey, and in by it
	_, err = chromedp.Call(p.ctx, webauthn.Enable, webauthn.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	require.NoError(t, err)
	secure := lan(o.info.Secure)
	p.do(chromedp.Navigate(secure+"/account"), chromedp.WaitVisible("#passkey-add"),
		chromedp.SendKeys("#passkey-add [name=name]", "Điện thoại"), chromedp.SendKeys("#passkey-add [name=password]", "sai rồi"), chromedp.Click("#passkey-add button"))
	p.sees("a wrong password adds nothing", `document.querySelector("#passkey-add [role=alert]").textContent.includes("không đúng")`)
	p.do(chromedp.SetValue("#passkey-add [name=password]", password), chromedp.Click("#passkey-add button"), chromedp.WaitVisible(`form[action^="/account/passkeys/"]`))
	require.Contains(t, p.text("main"), "Điện thoại")
	p.do(chromedp.Submit(`form[action="/signout"] button`), chromedp.WaitVisible("#passkey-signin"))
	p.do(chromedp.Click("#passkey-signin button"), chromedp.WaitReady(".menu-who"))
	require.True(t, p.evaluate(`document.querySelector(".menu-who").textContent === "Nguyễn Văn Lâm"`))
	require.Equal(t, secure+"/", p.address())
	var log struct{ Items []struct{ Action string } }
	o.get("/api/v1/audit?"+url.Values{"limit": {"3"}}.Encode(), &log)
	require.Equal(t, "[{session.begin} {session.end} {passkey.add}]", fmt.Sprint(log.Items), "and the log says so")
}

// address is where the page is.
func (p *person) address() string {
	p.t.Helper()
	address, err := chromedp.Run(p.ctx, chromedp.Location())
	require.NoError(p.t, err)
	return address
}
