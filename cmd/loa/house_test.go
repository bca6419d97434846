package main

import (
	"bytes"
	"encoding/json"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rules of the house: which package may not import what, and why.
var forbidden = []struct {
	from, imports string
	except        []string
	why           string
}{
	{"loa/schedule", "loa/", []string{"loa/schedule/figure"}, "the schedule is pure: preview and node must get the same from it"},
	{"loa/audio", "loa/", nil, "audio serves both roles and knows of neither"},
	{"loa/audio/reading", "loa/", nil, "a reader is pure: words in, words out"},
	{"loa/audio/reading", "os", nil, "a reader is pure: no files"},
	{"loa/audio/reading", "net", nil, "a reader is pure: no network"},
	{"loa/audio/reading", "time", nil, "a reader is pure: no clock"},
	{"loa/cmd/process", "loa/", nil, "what is measured is a program like any other"},
	{"loa/cmd/loa/demo", "loa/", []string{"loa/controller/client"}, "the demo does what a script could"},
	{"loa/controller/client", "loa/", nil, "as a script: it knows the API, and nothing of the house"},
	{"loa/controller/live/frames", "loa/controller/", []string{"loa/controller/store"}, "frames know of no call"},
	{"loa/controller/live/pace", "loa/controller/", nil, "how late a voice sounds follows from what nodes say alone"},
	{"loa/controller/live/station", "loa/controller/", []string{"loa/controller/problem"}, "a station does not know who passes it on"},
	{"loa/controller/trust/keyfile", "loa/", nil, "a file does not know what secret it holds"},
	{"loa/controller/trust/signing", "loa/controller/", []string{"loa/controller/store", "loa/controller/trust/keyfile"},
		"the signing key needs neither certificates nor people"},
	{"loa/node/identity", "loa/", []string{"loa/node/wire", "loa/node/nodetest"}, "the certificate does not know what is played"},
	{"loa/node/hearing", "loa/node/", []string{"loa/node/wire", "loa/node/ear", "loa/node/speaker", "loa/node/health", "loa/node/keyring",
		"loa/node/nodetest"}, "what is heard does not know what was planned"},
	{"loa/node/doctor", "loa/controller", nil, "the roles meet only on the wire: the office's words are handed in"},
	{"loa/audio/reading/kind", "loa/", nil, "a kind is a name, and no more"},
	{"loa/audio/reading/token", "loa/", []string{"loa/audio/reading/kind"}, "a token is cut without knowing a word"},
	{"loa/audio/reading/lexicon", "loa/", []string{"loa/audio/reading/kind", "loa/audio/reading/token"}, "words are data"},
	{"loa/audio/reading/unit", "loa/", []string{"loa/audio/reading/kind", "loa/audio/reading/token"}, "units are data"},
	{"loa/audio/reading/number", "loa/", []string{"loa/audio/reading/kind", "loa/audio/reading/token", "loa/audio/reading/unit"},
		"a number is said without knowing what it is of"},
	{"loa/audio/reading/calendar", "loa/", []string{"loa/audio/reading/kind", "loa/audio/reading/token", "loa/audio/reading/unit",
		"loa/audio/reading/number"}, "a day is told from a fraction by words alone"},
	{"loa/audio/reading/measure", "loa/", []string{"loa/audio/reading/kind", "loa/audio/reading/token", "loa/audio/reading/lexicon",
		"loa/audio/reading/unit", "loa/audio/reading/number", "loa/audio/reading/calendar"}, "a quantity knows numbers, and no rule above it"},
	{"loa/audio/reading/label", "loa/", []string{"loa/audio/reading/kind", "loa/audio/reading/token", "loa/audio/reading/lexicon",
		"loa/audio/reading/unit", "loa/audio/reading/number"}, "a name of digits and letters counts nothing"},
	{"loa/audio/level", "os", nil, "levels are pure: samples in, samples out"},
	{"loa/audio/level", "loa/audio/program", nil, "levels are pure: samples in, samples out"},
	{"loa/audio/program", "loa/", nil, "a program of others is run without knowing for what"},
	{"loa/audio/tune", "loa/audio/program", nil, "a tune is computed, by nobody's program"},
	{"loa/audio/wav", "loa/audio/program", nil, "a file is read by ourselves"},
	{"loa/audio/ffmpeg", "loa/audio/speech", nil, "a recording is levelled, whoever spoke"},
	{"loa/audio/ffmpeg", "loa/audio/reading", nil, "a recording is levelled, whatever it says"},
	{"loa/audio/speech", "loa/audio/ffmpeg", nil, "what is said is a WAV, whatever reads it"},
	{"loa/node", "loa/audio/ffmpeg", nil, "a board plays clips, and runs no program that makes them"},
	{"loa/node", "loa/audio/speech", nil, "a board plays clips, and runs no program that makes them"},
	{"loa/node", "loa/audio/reading", nil, "a board plays what was said at the office"},
	{"loa/cmd/loa/hold", "loa/", nil, "who works on a folder is known before a role is"},
	{"loa/node/wire", "loa/", []string{"loa/schedule"}, "the protocol stands by itself"},
	{"loa/controller", "loa/node", []string{"loa/node/wire", "loa/schedule"}, "the roles meet only on the wire"},
	{"loa/node", "loa/controller", nil, "the roles meet only on the wire"},
	{"loa/controller/store", "loa/controller/", []string{"loa/controller/problem", "loa/controller/text"},
		"arrows go down: nothing lies below the store"},
	{"loa/controller/broker", "loa/controller/", nil, "arrows go down: nothing lies below the broker"},
	{"loa/controller/i18n", "loa/", []string{"loa/schedule/figure"}, "sentences know of nobody that says them"},
	{"loa/node/calls", "loa/node/", []string{"loa/node/wire", "loa/node/player", "loa/node/link", "loa/node/nodetest"},
		"calls hang on the player, the wire, and whether the link is down"},
	{"loa/controller/office", "loa/controller/web", nil, "the office does not know by which face it is asked"},
	{"loa/controller/office", "net/http", nil, "nor that it is asked by HTTP"},
	{"loa/controller/library", "net/http", nil, "what is taken in does not know by which door it comes"},
	{"loa/controller/office/access", "loa/controller/office", nil, "who may is asked by everybody, and asks nobody"},
	{"loa/controller/office/audit", "loa/controller/office", []string{"loa/controller/office/access"},
		"what was done is written by those who did it"},
	{"loa/controller/office/dictionary", "loa/controller/office", []string{"loa/controller/office/access", "loa/controller/office/audit"},
		"how a word is said depends on nothing that is aired"},
	{"loa/controller/office/approval", "loa/controller/office", []string{"loa/controller/office/access", "loa/controller/office/audit"},
		"what must be approved is judged, and kept by those who hold it"},
	{"loa/controller/office/asrun", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/inventory",
			"loa/controller/office/preview"}, "what was heard is written by those who hear, and changes no plan"},
	{"loa/controller/office/calendar", "loa/controller/office",
		[]string{"loa/controller/office/template", "loa/controller/office/access", "loa/controller/office/approval",
			"loa/controller/office/asrun", "loa/controller/office/audit"}, "the calendar knows what was heard, and nobody who calls"},
	{"loa/controller/office/notices", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/inventory"},
		"who is told decides nothing"},
	{"loa/controller/office/calls", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/approval", "loa/controller/office/asrun", "loa/controller/office/audit",
			"loa/controller/office/calendar", "loa/controller/office/inventory",
			"loa/controller/office/notices", "loa/controller/office/preview", "loa/controller/office/template"},
		"a voice goes before everything, and waits for nobody's account or word list"},
	{"loa/controller/office/setup", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/calls", "loa/controller/office/inventory"},
		"the first steps end with a test chime"},
	{"loa/controller/office/hours", "loa/controller/office", []string{"loa/controller/office/access", "loa/controller/office/audit"},
		"when the commune airs is set without knowing what"},
	{"loa/controller/office/inventory", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/preview"},
		"what stands where does not know what is said there"},
	{"loa/controller/office/preview", "loa/controller/office", []string{"loa/controller/office/access"},
		"what will be heard is read, and changes nothing"},
	{"loa/controller/office/repair", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/inventory"},
		"who repairs what is told to nobody by itself"},
	{"loa/controller/office/people", "loa/controller/office", []string{"loa/controller/office/access", "loa/controller/office/audit"},
		"who has an account says nothing of what is aired"},
	{"loa/controller/office/replay", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/preview"},
		"what the people hear again is read, and changes nothing that is aired"},
	{"loa/controller/office/answers", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/asrun", "loa/controller/office/audit", "loa/controller/office/notices",
			"loa/controller/office/replay"},
		"what villagers say changes nothing that is aired"},
	{"loa/controller/neighbour/cap", "loa/", []string{"loa/controller/problem", "loa/controller/text"},
		"a message is read without knowing for whom"},
	{"loa/controller/neighbour/cap", "net/http", nil, "nor how it came"},
	{"loa/controller/neighbour", "loa/controller/web", nil, "a neighbour does what a person could, by none of the faces"},
	{"loa/controller/office", "loa/controller/neighbour", nil, "the office does not know its neighbours"},
	{"loa/controller/neighbour", "loa/controller/live", nil, "a neighbour has what it says aired by the office"},
	{"loa/controller/office/exercise", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/asrun", "loa/controller/office/audit", "loa/controller/office/inventory",
			"loa/controller/office/notices"},
		"what is tested by itself has no way to a sound"},
	{"loa/controller/office/exercise", "loa/controller/live", nil, "nor to what is on the air"},
	{"loa/controller/office/brief", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/answers", "loa/controller/office/asrun", "loa/controller/office/audit",
			"loa/controller/office/quick", "loa/controller/office/inventory", "loa/controller/office/notices"},
		"a report reads, and changes nothing"},
	{"loa/controller/office/quick", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/notices"},
		"what heads report changes nothing that is aired"},
	{"loa/controller/photo", "loa/", []string{"loa/controller/problem"}, "a photo is drawn anew without knowing of whom"},
	{"loa/controller/public", "loa/controller/web", nil, "what is open to all has nothing of the office's own pages behind it"},
	{"loa/controller/public", "loa/controller/office", []string{"loa/controller/office/answers", "loa/controller/office/replay"},
		"what is open to all can ask two rooms, and no other"},
	{"loa/controller/public", "loa/controller/live", nil, "nor reach what is on the air"},
	{"loa/controller/rendition", "loa/controller/", []string{"loa/controller/store", "loa/controller/problem", "loa/controller/text"},
		"a rendition is made without knowing for whom"},
	{"loa/controller/mirror", "loa/", []string{"loa/controller/problem"}, "a copy of files is made without knowing what they say"},
	{"loa/controller/rendition", "net/http", nil, "nor by which way it is asked for"},
	{"loa/controller/office/template", "loa/controller/office", nil, "what is said in an emergency depends on nothing"},
	{"loa/controller/office/template", "loa/controller/store", nil, "nor on a database"},
	{"loa/controller/office/account", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/people"},
		"how one comes in says nothing of what one does there"},
	{"loa/controller/office/backups", "loa/controller/office", []string{"loa/controller/office/access", "loa/controller/office/audit"},
		"a backup is of all, and knows of nothing in it"},
	{"loa/controller/office/clips", "loa/controller/office",
		[]string{"loa/controller/office/access", "loa/controller/office/audit", "loa/controller/office/calendar", "loa/controller/office/calls"},
		"sound comes in by itself, or for a bulletin"},
	{"loa/controller/web/pages", "loa/controller/web",
		[]string{"loa/controller/web/address", "loa/controller/web/auth", "loa/controller/web/middleware", "loa/controller/web/respond"},
		"the two faces never name each other"},
	{"loa/controller/web/api", "loa/controller/web",
		[]string{"loa/controller/web/address", "loa/controller/web/auth", "loa/controller/news", "loa/controller/web/finding",
			"loa/controller/web/respond", "loa/controller/web/stream"}, "the two faces never name each other"},
	{"loa/controller/web/api/resource", "loa/controller", []string{"loa/controller/web/auth", "loa/controller/web/respond"},
		"how a resource answers does not depend on which it is"},
	{"loa/controller/web/auth", "loa/controller/web",
		[]string{"loa/controller/web/address", "loa/controller/web/middleware", "loa/controller/web/respond"}, "the door is before the faces"},
	{"loa/controller/web/middleware", "loa/controller/web", []string{"loa/controller/web/address", "loa/controller/web/respond"},
		"what every request passes knows of none"},
	{"loa/controller/web/respond", "loa/controller/web", nil, "what went wrong is said in one way to all"},
	{"loa/controller/web/finding", "loa/controller", []string{"loa/controller/problem", "loa/controller/text"},
		"what is wrong with a request's form is said without knowing what it asks"},
	{"loa/schedule/figure", "loa/", nil, "numbers are numbers, whatever they count"},
	{"loa/controller/web/address", "loa/controller/web", nil, "where this machine is does not depend on what is asked"},
	{"loa/controller/news", "loa/controller", []string{"loa/controller/share"}, "that something changed is told, not what"},
	{"loa/controller/library", "loa/controller/web", nil, "arrows go down"},
	{"loa/controller/voices", "loa/controller/", []string{"loa/controller/problem"}, "a voice does not know what it speaks for"},
	{"loa/controller/store", "loa/controller/office", nil, "arrows go down"},
	{"loa/controller/dispatch", "loa/controller/web", nil, "arrows go down"},
	{"loa/controller/fleet", "loa/controller/web", nil, "arrows go down"},
	{"loa/controller/trust", "loa/controller/", []string{"loa/controller/store", "loa/controller/problem", "loa/controller/text"},
		"arrows go down"},
	{"loa/controller/problem", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/store", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/live", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/trust", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/backup", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/standby", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/fleet", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/dispatch", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/controller/alerts", "net/http", nil, "a problem has a kind; its HTTP number is the business of web"},
	{"loa/node/player", "loa/node/link", nil, "the player does not know of a network"},
	{"loa/node/cache", "loa/node/link", nil, "the store does not know of a network"},
}

// only lists what one package alone may import.
var only = []struct {
	imports string
	by      []string
	why     string
}{
	{"database/sql", []string{"loa/controller/store"}, "the only SQL is in store"},
	{"github.com/mochi-mqtt/server/v2", []string{"loa/controller/broker"}, "the broker can be replaced"},
	{"github.com/eclipse/paho.mqtt.golang", []string{"loa/node/link", "loa/controller/broker"}, "one client on each side"},
	{"github.com/hajimehoshi/oto/v2", []string{"loa/node/speaker"}, "one sound path"},
	{"github.com/hraban/opus", []string{"loa/audio"}, "cgo codecs only in audio"},
	{"loa/controller/doctor", []string{"loa/cmd/loa"}, "an examination looks at an office from outside"},
	{"loa/node/doctor", []string{"loa/cmd/loa"}, "an examination looks at a board from outside"},
	{"loa/cmd/loa/hold", []string{"loa/cmd/loa"}, "a folder is held before a role is made, by whoever makes it"},
	{"github.com/danielgtaylor/huma/v2", []string{"loa/controller/web/api", "loa/controller/web/api/resource"},
		"the API's document is made in one place"},
	{"html/template", []string{"loa/controller/web/pages", "loa/controller/public"}, "HTML is written by the faces that people see"},
	{"go.etcd.io/bbolt", []string{"loa/node/cache"}, "one store on the node"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t testing.TB) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "nolibopusfile", "-json=ImportPath,Imports", "loa/...")
	out, err := cmd.Output()
	require.NoError(t, err)
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p listed
		require.NoError(t, dec.Decode(&p))
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}

func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, strings.TrimSuffix(root, "/")+"/")
}

func TestHouseArrows(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			for _, rule := range forbidden {
				if !within(p.ImportPath, rule.from) || !within(imp, rule.imports) || within(imp, rule.from) {
					continue
				}
				allowed := false
				for _, e := range rule.except {
					allowed = allowed || within(imp, e)
				}
				require.True(t, allowed, "%s imports %s: %s", p.ImportPath, imp, rule.why)
			}
			for _, rule := range only {
				if !within(imp, rule.imports) {
					continue
				}
				allowed := false
				for _, by := range rule.by {
					allowed = allowed || within(p.ImportPath, by)
				}
				require.True(t, allowed, "%s imports %s: %s", p.ImportPath, imp, rule.why)
			}
		}
	}
}

// Every package has a doc comment: it is its manual.
func TestHouseManuals(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, p := range packages(t) {
		dir := filepath.Join(root, strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "loa"), "/"))
		found := false
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.PackageClauseOnly|parser.ParseComments)
			require.NoError(t, err)
			found = found || f.Doc != nil && len(new(doc.Package).Synopsis(f.Doc.Text())) > 20
		}
		require.True(t, found, "%s has no doc comment", p.ImportPath)
	}
}
