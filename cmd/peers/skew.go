package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// skewEnv is by how many ppm the clock of a skewed build runs fast.
const skewEnv = "PEERS_SKEW_PPM"

// skewFile is a file more for Go's package time.
const skewFile = `package time

import "syscall"

var skewPPM = func() float64 {
	text, _ := syscall.Getenv("` + skewEnv + `")
	sign, n := 1.0, 0.0
	for _, c := range text {
		if c == '-' {
			sign = -1
		} else {
			n = 10*n + float64(c-'0')
		}
	}
	return sign * n
}()

func skewed(mono int64) int64 { return mono + int64(float64(mono)*skewPPM*1e-6) }
`

// skewEdits are where package time reads the monotonic clock.
var skewEdits = [][2]string{
	{"\tmono -= startNano\n", "\tmono = skewed(mono - startNano)\n"},
	{"subMono(runtimeNano()-startNano, t.ext)", "subMono(skewed(runtimeNano()-startNano), t.ext)"},
	{"subMono(t.ext, runtimeNano()-startNano)", "subMono(t.ext, skewed(runtimeNano()-startNano))"},
}

// buildSkewed builds loa from the sources here with a monotonic clock that
// runs fast or slow. Go reads the clock through the vDSO, where libfaketime
// cannot come between; so its package time is given a crystal of its own. Not
// a line of loa differs.
func buildSkewed(ctx context.Context, dir string) (program string, err error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find Go: %w", err)
	}
	pkg := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(pkg, "time.go"))
	if err != nil {
		return "", err
	}
	for _, e := range skewEdits {
		if bytes.Count(text, []byte(e[0])) != 1 {
			return "", errors.New("this Go's package time is not the one that skew.go knows")
		}
		text = bytes.Replace(text, []byte(e[0]), []byte(e[1]), 1)
	}
	timeGo, skewGo, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "skew.go"), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(pkg, "time.go"): timeGo, filepath.Join(pkg, "skew.go"): skewGo}})
	if err != nil {
		return "", err
	}
	for path, data := range map[string][]byte{timeGo: text, skewGo: []byte(skewFile), overlay: list} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return "", err
		}
	}
	program = filepath.Join(dir, "loa-skewed")
	out, err := exec.CommandContext(ctx, "go", "build", "-tags", "nolibopusfile", "-trimpath", "-overlay", overlay, "-o", program,
		"./cmd/loa").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build loa with a skewed clock: %w: %s", err, out)
	}
	return program, nil
}
