package auth

import (
	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/trust"
)

// place is where the caller needs the right.
type place int

const (
	unsaid        place = iota // forgotten: refused
	open                       // no sign-in is needed
	signedIn                   // everybody who is signed in
	personal                   // a person for themselves, no program
	somewhere                  // in some place; what is listed is cut to what they see
	inCommune                  // in all of the commune
	ofNode                     // where the node {id} stands
	ofArea                     // in the area {id}
	ofProgramme                // in all targets of the programme {id}
	seenProgramme              // in some of them
	seenCall                   // in some targets of the call {id}
	ofBulletin                 // in the place of the bulletin {id}
	inHandler                  // in some place, and the handler looks at what the request touches
)

// rule says who may use an endpoint.
type rule struct {
	place place
	needs []trust.Action // one of them
	does  string         // the gravest of what it writes into the audit log; "" of what changes nothing
}

// rules is every endpoint there is. One that is not here is refused, and
// fails a test.
var rules = map[string]rule{
	"GET /healthz":              {place: open},
	"GET /readyz":               {place: open},
	"GET /metrics":              {place: inCommune, needs: access.Reading},
	"GET /static/":              {place: open},
	"GET /manifest.webmanifest": {place: open},
	"/":                         {place: signedIn}, // what does not exist
	"GET /styles":               {place: signedIn}, // nothing of the office is in it

	"GET /{$}":       {place: somewhere, needs: access.Reading},
	"GET /live":      {place: somewhere, needs: access.Speaking},
	"GET /emergency": {place: somewhere, needs: access.Alerting},
	"GET /drill":     {place: somewhere, needs: access.Drilling},

	"GET /bulletins":             {place: somewhere, needs: access.Writing},
	"GET /calendar":              {place: somewhere, needs: access.Reading},
	"GET /calendar/{view}/{day}": {place: somewhere, needs: access.Reading},

	"GET /trust":                  {place: open}, // what every phone gets to see
	"GET /trust/loa.crt":          {place: open},
	"GET /trust/loa.mobileconfig": {place: open},

	"GET /signin":   {place: open},
	"POST /signin":  {place: open, does: "session.begin"},
	"POST /signout": {place: open, does: "session.end"},
	"GET /setup":    {place: open},
	"POST /setup":   {place: open, does: "person.set_up"},

	"POST /api/v1/session":         {place: open, does: "session.begin"},
	"GET /api/v1/session":          {place: signedIn},
	"DELETE /api/v1/session":       {place: signedIn, does: "session.end"},
	"POST /api/v1/setup":           {place: open, does: "person.set_up"},
	"GET /api/v1/session/passkey":  {place: open},
	"POST /api/v1/session/passkey": {place: open, does: "session.begin"},

	"GET /account":                 {place: personal},
	"POST /account/password":       {place: personal, does: "person.password"},
	"POST /account/sessions":       {place: personal, does: "session.end_all"},
	"POST /account/sessions/{id}":  {place: personal, does: "session.end"},
	"POST /account/tokens":         {place: personal, does: "token.add"},
	"POST /account/tokens/{id}":    {place: personal, does: "token.delete"},
	"POST /account/passkeys/{id}":  {place: personal, does: "passkey.delete"},
	"POST /api/v1/passkeys/begin":  {place: personal, does: "passkey.ask"},
	"POST /api/v1/passkeys":        {place: personal, does: "passkey.add"},
	"GET /api/v1/passkeys":         {place: personal},
	"DELETE /api/v1/passkeys/{id}": {place: personal, does: "passkey.delete"},
	"PUT /api/v1/password":         {place: personal, does: "person.password"},
	"GET /api/v1/sessions":         {place: personal},
	"DELETE /api/v1/sessions":      {place: personal, does: "session.end_all"},
	"DELETE /api/v1/sessions/{id}": {place: personal, does: "session.end"},
	"GET /api/v1/tokens":           {place: personal},
	"POST /api/v1/tokens":          {place: personal, does: "token.add"},
	"DELETE /api/v1/tokens/{id}":   {place: personal, does: "token.delete"},

	"GET /people":                       {place: somewhere, needs: access.Governing},
	"POST /people":                      {place: inHandler, needs: access.Governing, does: "person.add"},
	"POST /people/{id}":                 {place: inHandler, needs: access.Governing, does: "person.put"},
	"POST /people/{id}/password":        {place: inHandler, needs: access.Governing, does: "person.password"},
	"GET /api/v1/people":                {place: somewhere, needs: access.Governing},
	"POST /api/v1/people":               {place: inHandler, needs: access.Governing, does: "person.add"},
	"PUT /api/v1/people/{id}":           {place: inHandler, needs: access.Governing, does: "person.put"},
	"POST /api/v1/people/{id}/password": {place: inHandler, needs: access.Governing, does: "person.password"},

	"GET /approvals":                          {place: somewhere, needs: access.Reviewing},
	"POST /approvals/bulletins/{id}/submit":   {place: ofBulletin, needs: access.Writing, does: "bulletin.submit"},
	"POST /approvals/bulletins/{id}/approve":  {place: ofBulletin, needs: access.Approving, does: "bulletin.approve"},
	"POST /approvals/bulletins/{id}/return":   {place: ofBulletin, needs: access.Approving, does: "bulletin.return"},
	"POST /approvals/programmes/{id}/submit":  {place: ofProgramme, needs: access.Writing, does: "programme.submit"},
	"POST /approvals/programmes/{id}/approve": {place: ofProgramme, needs: access.Approving, does: "programme.approve"},
	"POST /approvals/programmes/{id}/return":  {place: ofProgramme, needs: access.Approving, does: "programme.return"},
	"GET /api/v1/approvals":                   {place: somewhere, needs: access.Reading},
	"POST /api/v1/bulletins/{id}/submit":      {place: ofBulletin, needs: access.Writing, does: "bulletin.submit"},
	"POST /api/v1/bulletins/{id}/approve":     {place: ofBulletin, needs: access.Approving, does: "bulletin.approve"},
	"POST /api/v1/bulletins/{id}/return":      {place: ofBulletin, needs: access.Approving, does: "bulletin.return"},
	"POST /api/v1/programmes/{id}/submit":     {place: ofProgramme, needs: access.Writing, does: "programme.submit"},
	"POST /api/v1/programmes/{id}/approve":    {place: ofProgramme, needs: access.Approving, does: "programme.approve"},
	"POST /api/v1/programmes/{id}/return":     {place: ofProgramme, needs: access.Approving, does: "programme.return"},
	"GET /api/v1/approval":                    {place: somewhere, needs: access.Reading},
	"PUT /api/v1/approval":                    {place: inCommune, needs: access.Governing, does: "approval.put"},

	"POST /notices/{id}":             {place: personal, does: "notice.read"},
	"GET /api/v1/notices":            {place: personal},
	"POST /api/v1/notices/{id}/read": {place: personal, does: "notice.read"},
	"GET /api/v1/notify":             {place: inCommune, needs: access.Governing},
	"PUT /api/v1/notify":             {place: inCommune, needs: access.Governing, does: "notify.put"},
	"POST /api/v1/notify/test":       {place: inCommune, needs: access.Governing, does: "notify.test"},

	"GET /replay":               {place: somewhere, needs: access.Reading},
	"POST /replay/{id}":         {place: inHandler, needs: access.Approving, does: "replay.put"},
	"GET /replay/sheets/{area}": {place: somewhere, needs: access.Reading}, // it says what stands on the notice board
	"GET /api/v1/replay":        {place: somewhere, needs: access.Reading},
	"PUT /api/v1/replay/{id}":   {place: inHandler, needs: access.Approving, does: "replay.put"},
	"GET /api/v1/replay-rule":   {place: somewhere, needs: access.Reading},
	"PUT /api/v1/replay-rule":   {place: inCommune, needs: access.Governing, does: "replay.rule"},
	"POST /settings/replay":     {place: inCommune, needs: access.Governing, does: "replay.rule"},

	"GET /warnings":                       {place: somewhere, needs: access.Alerting},
	"POST /warnings/{id}/air":             {place: inHandler, needs: access.Alerting, does: "warning.air"},
	"POST /warnings/{id}/dismiss":         {place: inHandler, needs: access.Alerting, does: "warning.dismiss"},
	"POST /warning-sources":               {place: inCommune, needs: access.Governing, does: "source.put"},
	"POST /warning-sources/{id}":          {place: inCommune, needs: access.Governing, does: "source.put"},
	"POST /warning-sources/{id}/delete":   {place: inCommune, needs: access.Governing, does: "source.delete"},
	"POST /warning-codes":                 {place: inCommune, needs: access.Governing, does: "warning.codes"},
	"POST /api/v1/warnings":               {place: somewhere, needs: access.Alerting, does: "warning.take"},
	"GET /api/v1/warnings":                {place: somewhere, needs: access.Alerting},
	"POST /api/v1/warnings/{id}/air":      {place: inHandler, needs: access.Alerting, does: "warning.air"},
	"POST /api/v1/warnings/{id}/dismiss":  {place: inHandler, needs: access.Alerting, does: "warning.dismiss"},
	"GET /api/v1/warning-sources":         {place: inCommune, needs: access.Governing},
	"POST /api/v1/warning-sources":        {place: inCommune, needs: access.Governing, does: "source.put"},
	"PUT /api/v1/warning-sources/{id}":    {place: inCommune, needs: access.Governing, does: "source.put"},
	"DELETE /api/v1/warning-sources/{id}": {place: inCommune, needs: access.Governing, does: "source.delete"},
	"GET /api/v1/warning-codes":           {place: inCommune, needs: access.Governing},
	"PUT /api/v1/warning-codes":           {place: inCommune, needs: access.Governing, does: "warning.codes"},

	"GET /neighbours":                        {place: somewhere, needs: access.Reading},
	"POST /neighbours/calendars/{id}":        {place: inCommune, needs: access.Governing, does: "feed.renew"},
	"GET /ics/{file}":                        {place: open}, // the address is the secret
	"GET /api/v1/calendar-feeds":             {place: somewhere, needs: access.Reading},
	"POST /api/v1/calendar-feeds/{id}/renew": {place: inCommune, needs: access.Governing, does: "feed.renew"},

	"GET /situation":                               {place: somewhere, needs: access.Listening},
	"POST /situation/{id}":                         {place: inHandler, needs: access.Listening, does: "message.put"},
	"POST /situation/{id}/delete":                  {place: inHandler, needs: access.Listening, does: "message.delete"},
	"POST /situation/{id}/report":                  {place: inHandler, needs: access.Listening, does: "report.add"},
	"POST /api/v1/messages/{id}/report":            {place: inHandler, needs: access.Listening, does: "report.add"},
	"POST /codes/{id}":                             {place: inHandler, needs: access.Listening, does: "code.renew"},
	"GET /situation/report":                        {place: somewhere, needs: access.Listening},
	"GET /api/v1/situation-report":                 {place: somewhere, needs: access.Listening},
	"GET /api/v1/situation-report.csv":             {place: somewhere, needs: access.Listening},
	"GET /api/v1/summary-rule":                     {place: somewhere, needs: access.Reading},
	"PUT /api/v1/summary-rule":                     {place: inCommune, needs: access.Governing, does: "summary.rule"},
	"POST /settings/summary":                       {place: inCommune, needs: access.Governing, does: "summary.rule"},
	"GET /api/v1/situation":                        {place: somewhere, needs: access.Listening},
	"GET /api/v1/messages":                         {place: somewhere, needs: access.Listening},
	"PUT /api/v1/messages/{id}":                    {place: inHandler, needs: access.Listening, does: "message.put"},
	"DELETE /api/v1/messages/{id}":                 {place: inHandler, needs: access.Listening, does: "message.delete"},
	"GET /api/v1/messages/{id}/photo":              {place: inHandler, needs: access.Listening},
	"GET /api/v1/answer-codes":                     {place: somewhere, needs: access.Listening},
	"POST /api/v1/answer-codes/{id}/renew":         {place: inHandler, needs: access.Listening, does: "code.renew"},
	"GET /api/v1/bulletins/{id}/questions":         {place: inHandler, needs: access.Writing},
	"PUT /api/v1/bulletins/{id}/question":          {place: ofBulletin, needs: access.Writing, does: "question.put"},
	"POST /api/v1/bulletins/{id}/question/approve": {place: ofBulletin, needs: access.Approving, does: "question.put"},
	"POST /bulletins/{id}/question":                {place: ofBulletin, needs: access.Writing, does: "question.put"},
	"POST /bulletins/{id}/question/approve":        {place: ofBulletin, needs: access.Approving, does: "question.put"},
	"GET /api/v1/answer-rule":                      {place: somewhere, needs: access.Reading},
	"PUT /api/v1/answer-rule":                      {place: inCommune, needs: access.Governing, does: "answers.rule"},
	"POST /settings/answers":                       {place: inCommune, needs: access.Governing, does: "answers.rule"},

	"GET /exercises":                       {place: somewhere, needs: access.Reading},
	"GET /exercises/{id}":                  {place: somewhere, needs: access.Reading},
	"GET /exercises/{id}/print":            {place: somewhere, needs: access.Reading},
	"POST /exercises/rule":                 {place: inCommune, needs: access.Governing, does: "exercise.rule"},
	"POST /exercises/silent":               {place: inCommune, needs: access.Maintaining, does: "exercise.begin"},
	"GET /api/v1/exercise-calendar":        {place: somewhere, needs: access.Reading},
	"GET /api/v1/exercises":                {place: somewhere, needs: access.Reading},
	"POST /api/v1/exercises":               {place: inCommune, needs: access.Maintaining, does: "exercise.begin"},
	"GET /api/v1/exercises/{id}":           {place: somewhere, needs: access.Reading},
	"GET /api/v1/exercises/{id}/sheet.csv": {place: somewhere, needs: access.Reading},
	"GET /api/v1/exercise-rule":            {place: somewhere, needs: access.Reading},
	"PUT /api/v1/exercise-rule":            {place: inCommune, needs: access.Governing, does: "exercise.rule"},

	"GET /log":            {place: somewhere, needs: access.Reading},
	"GET /log/print":      {place: somewhere, needs: access.Reading},
	"GET /api/v1/log":     {place: somewhere, needs: access.Reading},
	"GET /api/v1/log.csv": {place: somewhere, needs: access.Reading},

	"POST /people/{id}/tokens/{token}":          {place: inHandler, needs: access.Governing, does: "token.delete"},
	"DELETE /api/v1/people/{id}/tokens/{token}": {place: inHandler, needs: access.Governing, does: "token.delete"},

	"GET /audit":              {place: inCommune, needs: access.Auditing},
	"GET /api/v1/audit":       {place: inCommune, needs: access.Auditing},
	"GET /api/v1/audit/heads": {place: inCommune, needs: access.Auditing},
	"GET /api/v1/audit.csv":   {place: inCommune, needs: access.Auditing},

	"GET /api/v1/openapi.json":     {place: signedIn},
	"GET /api/v1/openapi.yaml":     {place: signedIn},
	"GET /api/v1/openapi-3.0.json": {place: signedIn},
	"GET /api/v1/openapi-3.0.yaml": {place: signedIn},
	"GET /api/v1/events":           {place: somewhere, needs: access.Reading},
	"GET /api/v1/tap":              {place: inCommune, needs: access.Governing},

	"POST /api/v1/clips":               {place: somewhere, needs: access.Writing, does: "clip.add"},
	"GET /api/v1/dictionary":           {place: somewhere, needs: access.Scripting},
	"GET /api/v1/dictionary.csv":       {place: somewhere, needs: access.Scripting},
	"PUT /api/v1/dictionary":           {place: inCommune, needs: access.Writing, does: "dictionary.put"},
	"POST /api/v1/dictionary":          {place: inCommune, needs: access.Writing, does: "dictionary.add"},
	"POST /api/v1/reading":             {place: somewhere, needs: access.Scripting},
	"POST /api/v1/reading/preview":     {place: somewhere, needs: access.Scripting},
	"GET /api/v1/templates":            {place: somewhere, needs: access.Scripting},
	"POST /api/v1/templates/{id}/text": {place: somewhere, needs: access.Scripting},

	"GET /api/v1/dictionary/built-in": {place: somewhere, needs: access.Scripting},
	"GET /dictionary":                 {place: somewhere, needs: access.Writing},
	"POST /dictionary":                {place: inCommune, needs: access.Writing, does: "dictionary.add"},
	"POST /dictionary/remove":         {place: inCommune, needs: access.Writing, does: "dictionary.remove"},
	"POST /dictionary/all":            {place: inCommune, needs: access.Writing, does: "dictionary.put"},

	"POST /api/v1/speech":          {place: somewhere, needs: access.Writing, does: "clip.speak"},
	"GET /api/v1/voices":           {place: somewhere, needs: access.Reading},
	"GET /api/v1/clips":            {place: somewhere, needs: access.Reading},
	"GET /api/v1/clips/{id}/audio": {place: inHandler, needs: access.Reading},
	"GET /api/v1/jobs":             {place: somewhere, needs: access.Reading},
	"POST /api/v1/bulletins":       {place: somewhere, needs: access.Writing, does: "bulletin.add"},
	"GET /api/v1/bulletins":        {place: somewhere, needs: access.Reading},
	"GET /api/v1/bulletins/{id}":   {place: inHandler, needs: access.Reading},
	"PUT /api/v1/bulletins/{id}": {place: ofBulletin, needs: access.Writing,
		does: "bulletin.put"}, // of an approved emergency, more: see permitChange

	"POST /api/v1/programmes":             {place: inHandler, needs: access.Writing, does: "programme.add"},
	"GET /api/v1/rules":                   {place: somewhere, needs: access.Writing},
	"GET /api/v1/programmes":              {place: somewhere, needs: access.Reading},
	"GET /api/v1/programmes/{id}":         {place: seenProgramme, needs: access.Reading},
	"PUT /api/v1/programmes/{id}":         {place: ofProgramme, needs: access.Writing, does: "programme.put"},
	"DELETE /api/v1/programmes/{id}":      {place: ofProgramme, needs: access.Writing, does: "programme.cancel"},
	"POST /api/v1/programmes/{id}/skip":   {place: ofProgramme, needs: access.Writing, does: "programme.skip"},
	"POST /api/v1/programmes/{id}/unskip": {place: ofProgramme, needs: access.Writing, does: "programme.unskip"},
	"POST /api/v1/programmes/{id}/end":    {place: ofProgramme, needs: access.Writing, does: "programme.end"},
	"POST /api/v1/programmes/{id}/except": {place: ofProgramme, needs: access.Writing, does: "programme.except"},
	"POST /api/v1/programmes/{id}/move":   {place: ofProgramme, needs: access.Writing, does: "programme.move"},
	"POST /api/v1/programmes/{id}/restore": {place: ofProgramme, needs: access.Writing,
		does: "programme.restore"}, // and only who made the change
	"GET /api/v1/airings":     {place: somewhere, needs: access.Reading},
	"GET /api/v1/plays":       {place: somewhere, needs: access.Reading},
	"GET /api/v1/quiet":       {place: somewhere, needs: access.Reading},
	"PUT /api/v1/quiet":       {place: inCommune, needs: access.Governing, does: "quiet.put"},
	"GET /api/v1/holidays":    {place: somewhere, needs: access.Reading},
	"PUT /api/v1/holidays":    {place: inCommune, needs: access.Governing, does: "holidays.put"},
	"GET /api/v1/openings":    {place: somewhere, needs: access.Reading},
	"PUT /api/v1/openings":    {place: inCommune, needs: access.Governing, does: "openings.put"},
	"GET /openings/{name}":    {place: somewhere, needs: access.Reading},
	"GET /api/v1/usual-hours": {place: somewhere, needs: access.Reading},
	"PUT /api/v1/usual-hours": {place: inCommune, needs: access.Governing, does: "hours.put"},
	"GET /api/v1/soft":        {place: somewhere, needs: access.Reading},
	"PUT /api/v1/soft":        {place: inCommune, needs: access.Governing, does: "soft.put"},

	"GET /api/v1/areas":              {place: somewhere, needs: access.Reading},
	"GET /api/v1/areas/{id}/hears":   {place: ofArea, needs: access.Reading},
	"PUT /api/v1/areas/{id}":         {place: inHandler, needs: access.Governing, does: "area.put"},
	"DELETE /api/v1/areas/{id}":      {place: ofArea, needs: access.Governing, does: "area.delete"},
	"GET /api/v1/nodes":              {place: somewhere, needs: access.Reading},
	"GET /api/v1/nodes/{id}":         {place: ofNode, needs: access.Reading},
	"PUT /api/v1/nodes/{id}":         {place: inHandler, needs: access.Maintaining, does: "node.put"},
	"DELETE /api/v1/nodes/{id}":      {place: ofNode, needs: access.Maintaining, does: "node.delete"},
	"POST /api/v1/nodes/{id}/invite": {place: ofNode, needs: access.Maintaining, does: "node.invite"},
	"POST /api/v1/nodes/{id}/revoke": {place: ofNode, needs: access.Maintaining, does: "node.revoke"},
	"POST /api/v1/enrol":             {place: open, does: "node.enrol"}, // a board has a proof of its own

	"GET /village":                         {place: somewhere, needs: access.Reading},
	"GET /village/quick":                   {place: somewhere, needs: access.Reporting},
	"POST /village/quick":                  {place: inHandler, needs: access.Reporting, does: "quick.add"},
	"GET /api/v1/quick-reports":            {place: somewhere, needs: access.Listening},
	"GET /api/v1/quick-reports/{id}/photo": {place: inHandler, needs: access.Listening},
	"POST /village/{id}/reports":           {place: ofNode, needs: access.Reporting, does: "report.add"},
	"POST /api/v1/nodes/{id}/reports":      {place: ofNode, needs: access.Reporting, does: "report.add"},
	"GET /api/v1/reports":                  {place: somewhere, needs: access.Reading},
	"POST /api/v1/reports/{id}/done":       {place: inHandler, needs: access.Maintaining, does: "report.end"},
	"PUT /api/v1/nodes/{id}/care":          {place: ofNode, needs: access.Maintaining, does: "node.care"},
	"GET /api/v1/faults/history":           {place: somewhere, needs: access.Reading},
	"GET /faults":                          {place: somewhere, needs: access.Reading},
	"POST /faults/reports/{id}":            {place: inHandler, needs: access.Maintaining, does: "report.end"},
	"POST /faults/nodes/{id}":              {place: ofNode, needs: access.Maintaining, does: "node.care"},
	"POST /faults/areas/{id}":              {place: ofArea, needs: access.Maintaining, does: "node.care"},
	"POST /faults/works":                   {place: inHandler, needs: access.Maintaining, does: "maintenance.add"},
	"POST /faults/works/{id}/end":          {place: inHandler, needs: access.Maintaining, does: "maintenance.end"},
	"GET /api/v1/maintenance":              {place: somewhere, needs: access.Reading},
	"POST /api/v1/maintenance":             {place: inHandler, needs: access.Maintaining, does: "maintenance.add"},
	"DELETE /api/v1/maintenance/{id}":      {place: inHandler, needs: access.Maintaining, does: "maintenance.end"},
	"GET /api/v1/repairs":                  {place: somewhere, needs: access.Reading},
	"GET /api/v1/nodes/{id}/sounded":       {place: ofNode, needs: access.Reading},

	"POST /nodes/{id}/test":        {place: ofNode, needs: access.Maintaining, does: "node.test"},
	"POST /api/v1/nodes/{id}/test": {place: ofNode, needs: access.Maintaining, does: "node.test"},

	"POST /nodes/{id}/selftest":        {place: ofNode, needs: access.Maintaining, does: "node.selftest"},
	"POST /api/v1/nodes/{id}/selftest": {place: ofNode, needs: access.Maintaining, does: "node.selftest"},

	"GET /settings":                        {place: somewhere, needs: access.Governing},
	"POST /settings/commune":               {place: inCommune, needs: access.Governing, does: "area.put"},
	"POST /settings/areas":                 {place: inCommune, needs: access.Governing, does: "area.put"},
	"POST /settings/areas/{id}":            {place: ofArea, needs: access.Governing, does: "area.put"},
	"POST /settings/areas/{id}/delete":     {place: ofArea, needs: access.Governing, does: "area.delete"},
	"POST /settings/quiet":                 {place: inCommune, needs: access.Governing, does: "quiet.put"},
	"POST /settings/holidays":              {place: inCommune, needs: access.Governing, does: "holidays.put"},
	"POST /settings/openings":              {place: inCommune, needs: access.Governing, does: "openings.put"},
	"POST /settings/hours":                 {place: inCommune, needs: access.Governing, does: "hours.put"},
	"POST /settings/soft":                  {place: inCommune, needs: access.Governing, does: "soft.put"},
	"POST /settings/approval":              {place: inCommune, needs: access.Governing, does: "approval.put"},
	"POST /settings/notify":                {place: inCommune, needs: access.Governing, does: "notify.put"},
	"POST /settings/notify/test":           {place: inCommune, needs: access.Governing, does: "notify.test"},
	"POST /settings/voices/{engine}":       {place: inCommune, needs: access.Governing, does: "voice.try"},
	"POST /settings/backup":                {place: inCommune, needs: access.Governing, does: "backup.make"},
	"POST /settings/backup/{name}/restore": {place: inCommune, needs: access.Governing, does: "backup.restore"},
	"POST /api/v1/backups/{name}/restore":  {place: inCommune, needs: access.Governing, does: "backup.restore"},
	"GET /settings/backup/{name}":          {place: inCommune, needs: access.Governing}, // and its handler writes who took it
	"GET /api/v1/backups":                  {place: inCommune, needs: access.Governing},
	"POST /api/v1/backups":                 {place: inCommune, needs: access.Governing, does: "backup.make"},
	"GET /wizard":                          {place: inCommune, needs: access.Governing},
	"GET /wizard/{step}":                   {place: inCommune, needs: access.Governing},
	"POST /wizard/places":                  {place: inCommune, needs: access.Governing, does: "area.put"},
	"POST /wizard/hours":                   {place: inCommune, needs: access.Governing, does: "quiet.put"},
	"POST /wizard/node":                    {place: inCommune, needs: access.Governing, does: "node.invite"},
	"POST /wizard/hear":                    {place: inCommune, needs: access.Governing, does: "wizard.hear"},
	"GET /api/v1/wizard/hear":              {place: inCommune, needs: access.Governing},
	"POST /api/v1/wizard/hear":             {place: inCommune, needs: access.Governing, does: "wizard.hear"},

	"POST /bulletins":               {place: inHandler, needs: access.Writing, does: "bulletin.add"},
	"GET /bulletins/{id}":           {place: inHandler, needs: access.Writing},
	"POST /bulletins/{id}":          {place: ofBulletin, needs: access.Writing, does: "bulletin.put"},
	"POST /bulletins/{id}/sound":    {place: ofBulletin, needs: access.Writing, does: "bulletin.put"},
	"POST /bulletins/{id}/delete":   {place: ofBulletin, needs: access.Writing, does: "bulletin.delete"},
	"DELETE /api/v1/bulletins/{id}": {place: ofBulletin, needs: access.Writing, does: "bulletin.delete"},

	"GET /api/v1/beats":               {place: somewhere, needs: access.Reading},
	"PUT /api/v1/nodes/{id}/place":    {place: ofNode, needs: access.Maintaining, does: "node.place"},
	"DELETE /api/v1/nodes/{id}/place": {place: ofNode, needs: access.Maintaining, does: "node.place"},

	"GET /nodes":              {place: somewhere, needs: access.Maintaining},
	"GET /nodes/{id}":         {place: ofNode, needs: access.Maintaining},
	"POST /nodes/{id}/place":  {place: ofNode, needs: access.Maintaining, does: "node.place"},
	"POST /nodes":             {place: inHandler, needs: access.Maintaining, does: "node.invite"},
	"POST /nodes/{id}":        {place: inHandler, needs: access.Maintaining, does: "node.put"},
	"POST /nodes/{id}/invite": {place: ofNode, needs: access.Maintaining, does: "node.invite"},
	"POST /nodes/{id}/revoke": {place: ofNode, needs: access.Maintaining, does: "node.revoke"},

	"POST /api/v1/arm":                 {place: somewhere, needs: access.Alerting, does: "call.arm"},
	"POST /api/v1/arm/drill":           {place: somewhere, needs: access.Drilling, does: "drill.arm"},
	"POST /api/v1/calls":               {place: inHandler, needs: access.Sounding, does: "call.begin"},
	"GET /api/v1/calls":                {place: somewhere, needs: access.Reading},
	"GET /api/v1/calls/{id}":           {place: seenCall, needs: access.Watching},
	"GET /api/v1/calls/{id}/recording": {place: seenCall, needs: access.Reading},
	"GET /api/v1/calls/{id}/voice":     {place: inHandler, needs: access.Sounding},
	"POST /api/v1/calls/{id}/stop":     {place: signedIn, does: "call.stop"}, // one's own always; see stopCall
	"POST /api/v1/stop":                {place: inHandler, needs: access.Sounding, does: calls.StopAct},
}

// Deeds are what the rules let be written into the audit log, "kind.deed" each, in no
// order and some more than once.
func Deeds() (all []string) {
	for _, r := range rules {
		if r.does != "" {
			all = append(all, r.does)
		}
	}
	return all
}

// Rules are the endpoints of the table, with what each needs, for tests that have a table
// of their own and for those that look whether each endpoint is there.
func Rules() map[string]Rule {
	all := map[string]Rule{}
	for pattern, r := range rules {
		all[pattern] = Rule{Open: r.place <= personal, Needs: r.needs, Does: r.does}
	}
	return all
}

// Rule is what an endpoint needs, as others may know it.
type Rule struct {
	Open  bool           // no right is needed, at most that one is signed in
	Needs []trust.Action // one of them
	Does  string         // the gravest of what it writes into the audit log; "" of what changes nothing
}
