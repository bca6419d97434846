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

	"loa/cmd/prove/witness"
	"loa/controller"
)

// A phone in the commune's network: it trusts the station once, has its
// microphone then, and signs in by what it keeps itself.
func TestBrowserPhoneInTheLAN(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserPhoneInTheLAN)
}

func browserPhoneInTheLAN(t testing.TB) {
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
		p.URL = lan(o.info.URL)
		return p
	}
	p := phone()
	p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.URL+"/"), chromedp.WaitVisible("main h1"))
	require.Contains(t, p.Text("main"), "So dấu vân tay", "who comes for the first time is shown how to trust it")
	require.True(t, p.Evaluate(`document.documentElement.scrollWidth <= 360`))
	require.Error(t, chromedp.Do(p.Ctx, chromedp.Navigate(lan(o.info.Secure)+"/signin")), "not trusted yet")

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
	p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(lan(o.info.URL)+"/live?lang=vi"), chromedp.WaitVisible("main h1"))
	require.Equal(t, lan(o.info.Secure)+"/signin?next=%2Flive%3Flang%3Dvi", p.Address(), "from plain HTTP to HTTPS, and to the door")
	p.Do(chromedp.SendKeys("[name=login]", "lam"), chromedp.SendKeys("[name=password]", password), chromedp.Submit("[name=password]"),
		chromedp.WaitVisible("#mic"))
	p.Sees("the microphone is ready", `document.querySelector("#mic")?.dataset.state === "ready"`)
	p.Tap("#talk")
	p.State("air")
	p.Tap("#talk")
	p.State("ended")
	require.False(t, v.horn(t).firstSound(o.calls()[0].Start).IsZero())
	var call struct{ Author string }
	o.get("/api/v1/calls/"+o.calls()[0].ID, &call)
	require.Equal(t, "Nguyễn Văn Lâm", call.Author)

	// a passkey, and in by it
	_, err = chromedp.Call(p.Ctx, webauthn.Enable, webauthn.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(p.Ctx, webauthn.AddVirtualAuthenticator,
		webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
			AutomaticPresenceSimulation: true}})
	require.NoError(t, err)
	secure := lan(o.info.Secure)
	p.Do(chromedp.Navigate(secure+"/account"), chromedp.WaitVisible("#passkey-add"),
		chromedp.SendKeys("#passkey-add [name=name]", "Điện thoại"), chromedp.SendKeys("#passkey-add [name=password]",
			"sai rồi"), chromedp.Click("#passkey-add button"))
	p.Sees("a wrong password adds nothing", `document.querySelector("#passkey-add [role=alert]").textContent.includes("không đúng")`)
	p.Do(chromedp.SetValue("#passkey-add [name=password]", password), chromedp.Click("#passkey-add button"),
		chromedp.WaitVisible(`form[action^="/account/passkeys/"]`))
	require.Contains(t, p.Text("main"), "Điện thoại")
	p.Do(chromedp.Submit(`form[action="/signout"] button`), chromedp.WaitVisible("#passkey-signin"))
	p.Do(chromedp.Click("#passkey-signin button"), chromedp.WaitReady(".menu-who"))
	require.True(t, p.Evaluate(`document.querySelector(".menu-who").textContent === "Nguyễn Văn Lâm"`))
	require.Equal(t, secure+"/", p.Address())
	var log struct{ Items []struct{ Action string } }
	o.get("/api/v1/audit?"+url.Values{"limit": {"3"}}.Encode(), &log)
	require.Equal(t, "[{session.begin} {session.end} {passkey.add}]", fmt.Sprint(log.Items), "and the log says so")
}
