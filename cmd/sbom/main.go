// Sbom completes what cyclonedx-gomod says of a binary: it adds the C libraries
// that the binary loads, by Debian's packages of its processor, and the npm
// packages by which the pages were built, and takes out what would differ from
// one build to the next.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// libraries are what the binary is linked with: the package that it was built
// by, and the one that is loaded.
var libraries = [][2]string{{"libasound2-dev", "libasound2"}, {"libopus-dev", "libopus0"}, {"libc6-dev", "libc6"}}

// Debian's processors, where the C library of a cross-build is another package.
var crossLibc = map[string]string{"arm64": "libc6-dev-arm64-cross", "armhf": "libc6-dev-armhf-cross"}

type component struct {
	Ref     string `json:"bom-ref"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Scope   string `json:"scope"`
	PURL    string `json:"purl"`
}

func main() {
	log.SetFlags(0)
	arch := flag.String("arch", "amd64", "Debian's name of the processor")
	at := flag.Int64("time", 0, "Unix time that stands in the file")
	lock := flag.String("lock", "controller/web/pages/package-lock.json", "npm's lock file")
	flag.Parse()
	if err := run(flag.Arg(0), *arch, *lock, time.Unix(*at, 0)); err != nil {
		log.Fatal("sbom: ", err)
	}
}

func run(path, arch, lock string, at time.Time) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	locked, err := os.ReadFile(lock)
	if err != nil {
		return err
	}
	c, err := cLibraries(arch)
	if err != nil {
		return err
	}
	npm, err := npmPackages(locked)
	if err != nil {
		return err
	}
	if data, err = complete(data, at, append(c, npm...)); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// complete adds components, sets the time, and forgets of the tool which very
// binary it was: it is built anew on each machine.
func complete(data []byte, at time.Time, more []component) ([]byte, error) {
	var bom map[string]any
	if err := json.Unmarshal(data, &bom); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	metadata, ok := bom["metadata"].(map[string]any)
	components, is := bom["components"].([]any)
	if !ok || !is {
		return nil, fmt.Errorf("read: no metadata or components in it")
	}
	metadata["timestamp"] = at.UTC().Format(time.RFC3339)
	tools, _ := metadata["tools"].([]any)
	for _, t := range tools {
		if tool, ok := t.(map[string]any); ok {
			delete(tool, "hashes")
		}
	}
	for _, c := range more {
		components = append(components, c)
	}
	bom["components"] = components
	out, err := json.MarshalIndent(bom, "", "  ")
	return append(out, '\n'), err
}

// cLibraries asks dpkg for the versions that this build has before it.
func cLibraries(arch string) (all []component, err error) {
	for _, l := range libraries {
		built := l[0] + ":" + arch
		if cross := crossLibc[arch]; cross != "" && l[1] == "libc6" {
			built = cross
		}
		out, err := exec.Command("dpkg-query", "-W", "-f=${Version}", built).Output()
		if err != nil {
			return nil, fmt.Errorf("version of %s: %w", built, err)
		}
		purl := fmt.Sprintf("pkg:deb/debian/%s@%s?arch=%s", l[1], out, arch)
		all = append(all, component{purl, "library", l[1], string(out), "required", purl})
	}
	return all, nil
}

// npmPackages are those of a lock file. None of them is in the binary: they
// build and try the pages, which is said by their scope. Other processors'
// builds of the same are left out.
func npmPackages(lock []byte) (all []component, err error) {
	var file struct {
		Packages map[string]struct {
			Version       string
			Dev, Optional bool
		}
	}
	if err := json.Unmarshal(lock, &file); err != nil {
		return nil, fmt.Errorf("npm's lock: %w", err)
	}
	for path, p := range file.Packages {
		_, name, found := strings.Cut(path, "node_modules/")
		if !found || p.Optional {
			continue // the pages themselves
		}
		scope := "required"
		if p.Dev {
			scope = "excluded"
		}
		purl := fmt.Sprintf("pkg:npm/%s@%s", strings.ReplaceAll(name, "@", "%40"), p.Version)
		all = append(all, component{purl, "library", name, p.Version, scope, purl})
	}
	slices.SortFunc(all, func(a, b component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}
