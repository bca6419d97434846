package main

import (
	"net/http"

	"github.com/chromedp/chromedp"
)

const memberPassword = "mưa rơi trên mái đình"

// member makes an account whose name is its role.
func (o *office) member(role, area string) {
	o.t.Helper()
	o.send(http.MethodPost, "/api/v1/people", map[string]any{"login": role, "name": "Người " + role, "password": memberPassword,
		"grants": []any{map[string]any{"role": role, "area": area}}}, nil)
}

func (p *person) signIn(login string) {
	p.T.Helper()
	p.Do(chromedp.Navigate(p.URL+"/signin"), chromedp.WaitVisible("[name=login]"), chromedp.SendKeys("[name=login]", login),
		chromedp.SendKeys("[name=password]", memberPassword), chromedp.Submit("[name=password]"), chromedp.WaitReady(".menu-who"))
}
