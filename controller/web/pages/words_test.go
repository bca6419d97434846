package pages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/reading"
	"loa/audio/speech"
	"loa/audio/tune"
	"loa/controller/fleet"
	"loa/controller/i18n"
	"loa/controller/live"
	"loa/controller/office/answers"
	"loa/controller/office/inventory"
	"loa/controller/office/template"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web/auth"
	"loa/node/ear"
	"loa/node/wire"
	"loa/schedule"
)

// families are the keys that are put together from what a node or the
// schedule says.
func families() (keys []string) {
	for _, s := range []fleet.State{fleet.Good, fleet.OnAir, fleet.Offline, fleet.Faulty, fleet.Unknown, fleet.NoReturn} {
		keys = append(keys, "state_"+string(s))
	}
	for _, o := range []wire.Outcome{wire.Heard, wire.Partly, wire.NotHeard, "pending", "unreported", "no_return"} {
		keys = append(keys, "outcome_"+string(o))
	}
	for _, r := range []string{wire.MissingClip, wire.NoSoundDevice, wire.ClockUnknown, wire.NodeOff, wire.Cancelled, wire.Expired,
		wire.BadClip, wire.NoStream, store.SilentHorn, store.WrongTime,
		string(schedule.Preempted), string(schedule.Displaced), string(schedule.Replaced), string(schedule.QuietHours),
		"late", "muted", "other"} { // late and muted are the player's own
		keys = append(keys, "reason_"+r)
	}
	for _, v := range []ear.Verdict{ear.Heard, ear.NotHeard, ear.CannotTell} {
		keys = append(keys, "selftest_"+string(v), "ear_"+string(v))
	}
	for _, name := range append([]string{"usual", "none"}, tune.Names...) {
		keys = append(keys, "opening_"+name)
	}
	for _, c := range logClasses {
		keys = append(keys, "class_"+string(c))
	}
	for _, r := range []string{live.EndStopped, live.EndLimit, live.EndNoVoice, live.EndSilence, live.EndStream, live.EndCut,
		live.EndEmergency, "garbage", "flood", "other"} {
		keys = append(keys, "end_"+r)
	}
	for _, state := range []string{"closed", "asking", "listening", "ready", "silent", "clipping", "denied", "no_device", "in_use",
		"insecure", "unsupported", "ended", "muted", "other"} { // of islands/check.ts
		keys = append(keys, "mic_"+state)
	}
	for _, why := range []reading.Omission{reading.Letterhead, reading.Recipients, reading.Signature, reading.Stamp, reading.PageNumber,
		reading.Table} {
		keys = append(keys, "read_part_"+string(why))
	}
	for _, state := range []string{"draft", "waiting", "approved", "returned", "aired"} {
		keys = append(keys, "approval_"+state)
	}
	for _, state := range []string{"under_way", "heard", "partly", "not_heard", "unknown", "planned", "silenced", "silenced_partly",
		"sounding", "awaited", "told"} {
		keys = append(keys, "logged_"+state)
	}
	for _, state := range []store.WarningState{store.WarningProposed, store.WarningAired, store.WarningDismissed, store.WarningShown,
		store.WarningReplaced, store.WarningCancelled, store.WarningExpired} {
		keys = append(keys, "warning_state_"+string(state))
	}
	for _, word := range []string{"severity_Extreme", "severity_Severe", "severity_Moderate", "severity_Minor", "severity_Unknown",
		"kind_feed", "kind_folder", "kind_program"} {
		keys = append(keys, "warning_"+word)
	}
	for _, state := range []string{"good", "fault", "maintenance", "offline", "unknown"} {
		keys = append(keys, "beat_was_"+state)
	}
	for _, s := range []speech.Style{speech.Indoor, speech.Outdoor, speech.Urgent} {
		keys = append(keys, "bul_said_"+string(s))
	}
	for _, t := range template.All() {
		keys = append(keys, "tpl_"+t.ID)
		for _, f := range t.Fields {
			keys = append(keys, "tpl_f_"+f.ID)
			for _, c := range f.Choices {
				keys = append(keys, "tpl_c_"+f.ID+"_"+c)
			}
		}
	}
	keys = append(keys, "bul_noscript", "bul_no_title", "bul_no_text", "bul_no_time", "bul_time_past", "bul_no_place",
		"node_revoke_unsure", "bul_delete_unsure", "bul_variant_voice", "bul_no_weekday") // of bulletinForm
	keys = append(keys, "fact_mains_on", "fact_mains_off", "fact_volts_low", "fact_volts_well", "fact_amp_on", "fact_amp_off")
	keys = append(keys, "pub_read_only", "pub_too_many", "pub_too_busy", "pub_sound_later", "pub_fails") // of public's say
	keys = append(keys, "app_name", "emergency_title",
		"village_title") // of the manifest
	keys = append(keys, "missed_sounding", "silent_of", "heard_of", "log_speaker", "log_stopper", "told_there", "planned_there",
		"class_stop") // of the log's lines
	keys = append(keys, "missed_partly", "missed_not_heard", "missed_unknown", "kind_bulletin", "kind_programme",
		"remark_"+store.RemarkBypass, "remark_"+store.RemarkUnplanned)
	for _, kind := range store.ExerciseKinds {
		keys = append(keys, "exercise_"+string(kind), "exercise_"+string(kind)+"_about")
	}
	for _, outcome := range []string{"heard", "partly", "not_heard", "unknown", "right", "wrong", "unanswered", "maintenance", "no_return",
		"pending"} {
		keys = append(keys, "exercise_out_"+outcome)
	}
	for _, why := range []string{"alert_spoilt", "alert_missing", "flash_fails", "unanswered", "unreported"} { // of package exercise
		keys = append(keys, "exercise_why_"+why)
	}
	for _, tap := range answers.Taps {
		keys = append(keys, "ans_"+tap)
	}
	for _, kind := range answers.Kinds {
		keys = append(keys, "message_"+kind)
	}
	for _, s := range []store.MessageState{store.MessageNew, store.MessageSeen, store.MessageDoing, store.MessageDone} {
		keys = append(keys, "ans_state_"+string(s))
	}
	for _, kind := range inventory.Complaints {
		keys = append(keys, "complaint_"+kind)
	}
	done := append(auth.Deeds(), OtherDeeds...)
	for _, action := range done {
		if kind, does, ok := strings.Cut(action, "."); ok {
			keys = append(keys, "audit_kind_"+kind, "audit_do_"+does)
		}
	}
	for _, e := range entries {
		keys = append(keys, e.page+"_title")
	}
	for _, r := range trust.Roles {
		keys = append(keys, "role_"+string(r))
	}
	for _, a := range trust.Actions {
		keys = append(keys, "scope_"+string(a))
	}
	return keys
}

// inIslands finds the keys that the scripts say. Each must come with the page.
func inIslands(t *testing.T) (keys []string) {
	t.Helper()
	said := regexp.MustCompile(`\bsay\((?:[a-z.]+ \? )?"([a-z_]+)"`)
	islands, err := filepath.Glob("islands/*.ts")
	require.NoError(t, err)
	for _, name := range islands {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, m := range said.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, m[1])
		}
	}
	require.Greater(t, len(keys), 40)
	templates, err := fs.Glob(tree, "templates/*.html")
	require.NoError(t, err)
	var prefixes []string
	for _, name := range templates {
		text, err := tree.ReadFile(name)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`[({]words "([^"]+)"[)}]`).FindAllStringSubmatch(string(text), -1) {
			prefixes = append(prefixes, strings.Fields(m[1])...)
		}
	}
	for _, key := range keys {
		require.True(t, slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }), "no page brings %s", key)
	}
	return keys
}

// used finds the keys in templates and in calls of say.
func used(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	inTemplate := regexp.MustCompile(`\bt "([^"]+)"`)
	templates, err := fs.Glob(tree, "templates/*.html")
	require.NoError(t, err)
	for _, name := range templates {
		text, err := tree.ReadFile(name)
		require.NoError(t, err)
		for _, m := range inTemplate.FindAllStringSubmatch(string(text), -1) {
			keys[m[1]] = true
		}
	}
	others, err := filepath.Glob("../../public/templates/*.html") // the people's pages
	require.NoError(t, err)
	require.NotEmpty(t, others)
	for _, name := range others {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, m := range inTemplate.FindAllStringSubmatch(string(text), -1) {
			keys[m[1]] = true
		}
	}
	sources, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	for _, room := range []string{"../*/*.go", "../../public/*.go", "../../i18n/*.go", "../../office/*/*.go"} {
		below, err := filepath.Glob(room)
		require.NoError(t, err)
		sources = append(sources, below...)
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				ok = f.Name == "Say"
			case *ast.SelectorExpr:
				ok = f.Sel.Name == "Say"
			}
			if !ok {
				return true
			}
			if lit, ok := call.Args[1].(*ast.BasicLit); ok {
				key, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				keys[key] = true
			}
			return true
		})
	}
	for _, key := range append(families(), inIslands(t)...) {
		if !strings.HasSuffix(key, "_") {
			keys[key] = true
		}
	}
	return keys
}

func TestWords(t *testing.T) {
	keys, all := used(t), i18n.All()
	require.Greater(t, len(keys), 40)
	for key := range keys {
		require.Contains(t, all, key)
	}
	verb := regexp.MustCompile(`%[a-z%]`)
	for key, pair := range all {
		require.True(t, keys[key], "%s is not used", key)
		require.NotEmpty(t, strings.TrimSpace(pair[0]), key)
		require.NotEmpty(t, strings.TrimSpace(pair[1]), key)
		require.Equal(t, verb.FindAllString(pair[0], -1), verb.FindAllString(pair[1], -1), key)
	}
	require.Equal(t, "nothing_like_it", i18n.Say(i18n.EN, "nothing_like_it"))
}
