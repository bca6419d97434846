package pages

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// A form of whatever bytes is read within its bounds, or refused.
func FuzzReadQuick(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"level\"\r\n\r\nurgent\r\n--x--\r\n")
	f.Add("application/x-www-form-urlencoded", "area=thon-1&level=urgent&kind=flood&households=12&age=60&id=0123456789abcdef-1")
	f.Add("multipart/form-data", "age=99999999999999999999")
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest("POST", "/village/quick", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		x, typed, err := readQuick(httptest.NewRecorder(), r)
		if err == nil && (len(x.Words) > maxForm || len(typed) > maxForm) {
			t.Fatal("it is not bounded")
		}
	})
}
