package document

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaNames are the names in the API's document of types that are called
// otherwise here: scripts are generated from it.
var schemaNames = map[string]string{
	"loa/controller/office/access.Named":         "NamedView",
	"loa/controller/office/inventory.Area":       "AreaView",
	"loa/controller/office/inventory.Node":       "NodeView",
	"loa/controller/office/inventory.Fault":      "FaultView",
	"loa/controller/office/inventory.Clips":      "ClipCount",
	"loa/controller/office/inventory.EndedFault": "PastRow",
	"loa/controller/office/inventory.Complaint":  "ReportBody",
	"loa/controller/office/asrun.Line":           "LogView",
	"loa/controller/office/asrun.Confirmed":      "ConfirmedView",
	"loa/controller/office/asrun.Missed":         "MissedView",
	"loa/controller/office/hours.Openings":       "OpeningsBody",
	"loa/controller/office/calendar.Programme":   "ProgrammeView",
	"loa/controller/office/calendar.Bulletin":    "BulletinView",
	"loa/controller/office/notices.Ways":         "NotifyBody",
	"loa/controller/office/notices.Webhook":      "WebhookBody",
	"loa/controller/office/notices.Mail":         "MailBody",
	"loa/controller/office/notices.Faults":       "FaultsBody",
	"loa/controller/office/notices.Tried":        "TriedView",
	"loa/controller/office/calls.Request":        "CallBody",
	"loa/controller/office/calls.Call":           "CallView",
	"loa/controller/office/calls.Sentence":       "SentenceView",
	"loa/controller/office/calls.Relay":          "RelayView",
	"loa/controller/office/calls.Heard":          "HeardView",
	"loa/controller/office/calls.Still":          "StillView",
	"loa/controller/office/approval.View":        "ApprovalView",
	"loa/controller/office/approval.Pending":     "PendingView",
	"loa/controller/office/preview.Airing":       "AiringView",
	"loa/controller/office/preview.Loss":         "LossView",
	"loa/controller/office/preview.Hears":        "HearsView",
	"loa/controller/office/preview.Sounds":       "SoundsView",
	"loa/controller/office/people.Newcomer":      "PersonBody",
	"loa/controller/office/people.Change":        "PersonChange",
	"loa/controller/office/people.View":          "PersonView",
	"loa/controller/office/account.Session":      "SessionView",
	"loa/controller/office/account.NewPassword":  "PasswordBody",
	"loa/controller/office/account.NewToken":     "TokenBody",
	"loa/controller/office/clips.Clip":           "ClipView",
	"loa/controller/office/clips.Reading":        "ReadingView",
	"loa/controller/office/clips.Piece":          "PieceView",
	"loa/controller/office/clips.Stretch":        "StretchView",
	"loa/controller/office/clips.Block":          "BlockView",
	"loa/controller/office/asrun.Play":           "PlayView",
	"loa/controller/office/audit.Heads":          "HeadsView",
	"loa/controller/office/audit.Head":           "KeptHead",
	"loa/controller/office/setup.Hearing":        "HearingView",
	"loa/controller/office/account.Who":          "WhoView",
	"loa/controller/office/backups.State":        "BackupView",
	"loa/controller/office/backups.Work":         "BackupWork",
	"loa/controller/office/backups.Restored":     "RestoredView",
	"loa/controller/office/backups.File":         "BackupFileRow",
	"loa/controller/office/template.View":        "TemplateView",
}

// schemaName names a type, also where it stands in a list or under a pointer.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := schemaNames[t.PkgPath()+"."+t.Name()]; ok {
		return name
	}
	for of, name := range schemaNames {
		hint = strings.ReplaceAll(hint, of, name)
	}
	return huma.DefaultSchemaNamer(t, hint)
}
