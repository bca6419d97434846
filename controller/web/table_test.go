//go:build !race

// The race detector makes these requests seven times slower and has nothing to
// find in them that other tests do not show it: make test runs this file
// without it.

package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/web/auth"
)

// Where a role is held, in the table below.
var stands = []string{"lam-dong", "la-da", "thon-1", "thon-2"}

// Where a request goes to, and at which of those stands a role counts for it.
var goes = map[string][]string{
	"anywhere": stands,                          // what is answered is cut to what they see
	"thon-1":   {"lam-dong", "la-da", "thon-1"}, // and not to the neighbour's
	"la-da":    {"lam-dong", "la-da"},           // nor may a village speak for all
}

const (
	all       = "admin operator approver speaker head technician province"
	speakers  = "admin operator speaker"
	writers   = "admin operator"
	alerters  = "admin speaker"
	reporters = "admin operator approver speaker head technician"
	keepers   = "admin technician"
	approvers = "admin approver"
	auditors  = "admin approver province"
	governors = "admin"
	listeners = "admin operator approver speaker head"
)

// table is every endpoint: which roles may use it, and where they must hold
// them. It is written by hand, from what people do, and knows nothing of
// rules.go.
var table = map[string]struct{ roles, where string }{
	"/":                           {all, "signed in"},
	"GET /styles":                 {all, "signed in"},
	"GET /healthz":                {"", "open"},
	"GET /readyz":                 {"", "open"},
	"GET /static/":                {"", "open"},
	"GET /manifest.webmanifest":   {"", "open"},
	"GET /trust":                  {"", "open"},
	"GET /trust/loa.crt":          {"", "open"},
	"GET /trust/loa.mobileconfig": {"", "open"},
	"GET /metrics":                {all, "la-da"},

	"GET /signin":                  {"", "open"},
	"POST /signin":                 {"", "open"},
	"POST /signout":                {"", "open"},
	"GET /setup":                   {"", "open"},
	"POST /setup":                  {"", "open"},
	"POST /api/v1/setup":           {"", "open"},
	"POST /api/v1/session":         {"", "open"},
	"GET /api/v1/session/passkey":  {"", "open"},
	"POST /api/v1/session/passkey": {"", "open"},
	"POST /api/v1/enrol":           {"", "open"},
	"GET /api/v1/session":          {all, "signed in"},
	"DELETE /api/v1/session":       {all, "signed in"},

	"GET /account":                 {all, "person"},
	"POST /account/password":       {all, "person"},
	"POST /account/sessions":       {all, "person"},
	"POST /account/sessions/{id}":  {all, "person"},
	"POST /account/tokens":         {all, "person"},
	"POST /account/tokens/{id}":    {all, "person"},
	"POST /account/passkeys/{id}":  {all, "person"},
	"PUT /api/v1/password":         {all, "person"},
	"GET /api/v1/sessions":         {all, "person"},
	"DELETE /api/v1/sessions":      {all, "person"},
	"DELETE /api/v1/sessions/{id}": {all, "person"},
	"GET /api/v1/tokens":           {all, "person"},
	"POST /api/v1/tokens":          {all, "person"},
	"DELETE /api/v1/tokens/{id}":   {all, "person"},
	"GET /api/v1/passkeys":         {all, "person"},
	"POST /api/v1/passkeys":        {all, "person"},
	"POST /api/v1/passkeys/begin":  {all, "person"},
	"DELETE /api/v1/passkeys/{id}": {all, "person"},

	"GET /people":                               {governors, "anywhere"},
	"POST /people":                              {governors, "thon-1"},
	"POST /people/{id}":                         {governors, "thon-1"},
	"POST /people/{id}/password":                {governors, "thon-1"},
	"GET /api/v1/people":                        {governors, "anywhere"},
	"POST /api/v1/people":                       {governors, "thon-1"},
	"PUT /api/v1/people/{id}":                   {governors, "thon-1"},
	"POST /api/v1/people/{id}/password":         {governors, "thon-1"},
	"POST /people/{id}/tokens/{token}":          {governors, "thon-1"},
	"DELETE /api/v1/people/{id}/tokens/{token}": {governors, "thon-1"},
	"GET /audit":                                {auditors, "la-da"},
	"GET /api/v1/audit":                         {auditors, "la-da"},
	"GET /api/v1/audit/heads":                   {auditors, "la-da"},
	"GET /api/v1/audit.csv":                     {auditors, "la-da"},

	"GET /{$}":       {all, "anywhere"},
	"GET /live":      {speakers, "anywhere"},
	"GET /emergency": {alerters, "anywhere"},
	"GET /drill":     {speakers, "anywhere"}, // also those who may not air an emergency rehearse

	"GET /bulletins":             {writers, "anywhere"},
	"GET /calendar":              {all, "anywhere"},
	"GET /calendar/{view}/{day}": {all, "anywhere"},

	"GET /api/v1/openapi.json":     {all, "signed in"},
	"GET /api/v1/openapi.yaml":     {all, "signed in"},
	"GET /api/v1/openapi-3.0.json": {all, "signed in"},
	"GET /api/v1/openapi-3.0.yaml": {all, "signed in"},
	"GET /api/v1/events":           {all, "anywhere"},
	"GET /api/v1/tap":              {governors, "la-da"},

	"POST /api/v1/clips":               {writers, "anywhere"},
	"POST /api/v1/speech":              {writers, "anywhere"},
	"GET /api/v1/rules":                {writers, "anywhere"},
	"GET /api/v1/dictionary":           {"admin operator speaker", "anywhere"},
	"GET /api/v1/dictionary.csv":       {"admin operator speaker", "anywhere"},
	"PUT /api/v1/dictionary":           {writers, "la-da"},
	"POST /api/v1/dictionary":          {writers, "la-da"},
	"GET /dictionary":                  {writers, "anywhere"},
	"POST /dictionary":                 {writers, "la-da"},
	"POST /dictionary/remove":          {writers, "la-da"},
	"POST /dictionary/all":             {writers, "la-da"},
	"POST /api/v1/reading":             {"admin operator speaker", "anywhere"},
	"GET /api/v1/templates":            {"admin operator speaker", "anywhere"},
	"POST /api/v1/templates/{id}/text": {"admin operator speaker", "anywhere"},
	"GET /api/v1/voices":               {all, "anywhere"},
	"GET /api/v1/clips":                {all, "anywhere"},
	"GET /api/v1/clips/{id}/audio":     {all, "thon-1"},
	"GET /api/v1/jobs":                 {all, "anywhere"},
	"POST /api/v1/bulletins":           {writers, "anywhere"},
	"GET /api/v1/bulletins":            {all, "anywhere"},
	"GET /api/v1/bulletins/{id}":       {all, "thon-1"},
	"PUT /api/v1/bulletins/{id}":       {writers, "thon-1"},
	"GET /bulletins/{id}":              {writers, "thon-1"},
	"POST /bulletins/{id}":             {writers, "thon-1"},
	"POST /bulletins/{id}/sound":       {writers, "thon-1"},
	"POST /bulletins/{id}/delete":      {writers, "thon-1"},
	"DELETE /api/v1/bulletins/{id}":    {writers, "thon-1"},

	"POST /api/v1/programmes":              {writers, "thon-1"},
	"GET /api/v1/programmes":               {all, "anywhere"},
	"GET /api/v1/programmes/{id}":          {all, "thon-1"},
	"PUT /api/v1/programmes/{id}":          {writers, "thon-1"},
	"DELETE /api/v1/programmes/{id}":       {writers, "thon-1"},
	"POST /api/v1/programmes/{id}/skip":    {writers, "thon-1"},
	"POST /api/v1/programmes/{id}/unskip":  {writers, "thon-1"},
	"POST /api/v1/programmes/{id}/end":     {writers, "thon-1"},
	"POST /api/v1/programmes/{id}/except":  {writers, "thon-1"},
	"POST /api/v1/programmes/{id}/move":    {writers, "thon-1"},
	"POST /api/v1/programmes/{id}/restore": {writers, "thon-1"},
	"GET /api/v1/airings":                  {all, "anywhere"},
	"GET /api/v1/plays":                    {all, "anywhere"},
	"GET /api/v1/quiet":                    {all, "anywhere"},
	"PUT /api/v1/quiet":                    {governors, "la-da"},
	"GET /api/v1/holidays":                 {all, "anywhere"},
	"PUT /api/v1/holidays":                 {governors, "la-da"},
	"GET /api/v1/openings":                 {all, "anywhere"},
	"PUT /api/v1/openings":                 {governors, "la-da"},
	"GET /openings/{name}":                 {all, "anywhere"},
	"GET /api/v1/usual-hours":              {all, "anywhere"},
	"PUT /api/v1/usual-hours":              {governors, "la-da"},
	"GET /api/v1/soft":                     {all, "anywhere"},
	"PUT /api/v1/soft":                     {governors, "la-da"},

	"GET /api/v1/areas":              {all, "anywhere"},
	"GET /api/v1/areas/{id}/hears":   {all, "thon-1"},
	"PUT /api/v1/areas/{id}":         {governors, "thon-1"},
	"DELETE /api/v1/areas/{id}":      {governors, "thon-1"},
	"GET /api/v1/nodes":              {all, "anywhere"},
	"GET /api/v1/nodes/{id}":         {all, "thon-1"},
	"PUT /api/v1/nodes/{id}":         {keepers, "thon-1"},
	"DELETE /api/v1/nodes/{id}":      {keepers, "thon-1"},
	"POST /api/v1/nodes/{id}/invite": {keepers, "thon-1"},
	"POST /api/v1/nodes/{id}/revoke": {keepers, "thon-1"},

	"GET /approvals":                          {"admin operator approver", "anywhere"},
	"POST /approvals/bulletins/{id}/submit":   {writers, "thon-1"},
	"POST /approvals/bulletins/{id}/approve":  {approvers, "thon-1"},
	"POST /approvals/bulletins/{id}/return":   {approvers, "thon-1"},
	"POST /approvals/programmes/{id}/submit":  {writers, "thon-1"},
	"POST /approvals/programmes/{id}/approve": {approvers, "thon-1"},
	"POST /approvals/programmes/{id}/return":  {approvers, "thon-1"},
	"GET /api/v1/approvals":                   {all, "anywhere"},
	"POST /api/v1/bulletins/{id}/submit":      {writers, "thon-1"},
	"POST /api/v1/bulletins/{id}/approve":     {approvers, "thon-1"},
	"POST /api/v1/bulletins/{id}/return":      {approvers, "thon-1"},
	"POST /api/v1/programmes/{id}/submit":     {writers, "thon-1"},
	"POST /api/v1/programmes/{id}/approve":    {approvers, "thon-1"},
	"POST /api/v1/programmes/{id}/return":     {approvers, "thon-1"},
	"GET /api/v1/approval":                    {all, "anywhere"},
	"PUT /api/v1/approval":                    {governors, "la-da"},

	"POST /notices/{id}":             {all, "person"},
	"GET /api/v1/notices":            {all, "person"},
	"POST /api/v1/notices/{id}/read": {all, "person"},
	"GET /api/v1/notify":             {governors, "la-da"},
	"PUT /api/v1/notify":             {governors, "la-da"},
	"POST /api/v1/notify/test":       {governors, "la-da"},

	"GET /replay":               {all, "anywhere"},
	"POST /replay/{id}":         {approvers, "thon-1"},
	"GET /replay/sheets/{area}": {all, "anywhere"},
	"GET /api/v1/replay":        {all, "anywhere"},
	"PUT /api/v1/replay/{id}":   {approvers, "thon-1"},
	"GET /api/v1/replay-rule":   {all, "anywhere"},
	"PUT /api/v1/replay-rule":   {governors, "la-da"},
	"POST /settings/replay":     {governors, "la-da"},

	"GET /warnings":                       {alerters, "anywhere"},
	"POST /warnings/{id}/air":             {alerters, "thon-1"},
	"POST /warnings/{id}/dismiss":         {alerters, "thon-1"},
	"POST /warning-sources":               {governors, "la-da"},
	"POST /warning-sources/{id}":          {governors, "la-da"},
	"POST /warning-sources/{id}/delete":   {governors, "la-da"},
	"POST /warning-codes":                 {governors, "la-da"},
	"POST /api/v1/warnings":               {alerters, "anywhere"},
	"GET /api/v1/warnings":                {alerters, "anywhere"},
	"POST /api/v1/warnings/{id}/air":      {alerters, "thon-1"},
	"POST /api/v1/warnings/{id}/dismiss":  {alerters, "thon-1"},
	"GET /api/v1/warning-sources":         {governors, "la-da"},
	"POST /api/v1/warning-sources":        {governors, "la-da"},
	"PUT /api/v1/warning-sources/{id}":    {governors, "la-da"},
	"DELETE /api/v1/warning-sources/{id}": {governors, "la-da"},
	"GET /api/v1/warning-codes":           {governors, "la-da"},
	"PUT /api/v1/warning-codes":           {governors, "la-da"},

	"GET /ics/{file}":                        {"", "open"},
	"GET /neighbours":                        {all, "anywhere"},
	"POST /neighbours/calendars/{id}":        {governors, "la-da"},
	"GET /api/v1/calendar-feeds":             {all, "anywhere"},
	"POST /api/v1/calendar-feeds/{id}/renew": {governors, "la-da"},

	"GET /situation":                               {listeners, "anywhere"},
	"POST /situation/{id}":                         {listeners, "thon-1"},
	"POST /situation/{id}/delete":                  {listeners, "thon-1"},
	"POST /situation/{id}/report":                  {listeners, "thon-1"},
	"POST /api/v1/messages/{id}/report":            {listeners, "thon-1"},
	"POST /codes/{id}":                             {listeners, "thon-1"},
	"GET /situation/report":                        {listeners, "anywhere"},
	"GET /api/v1/situation-report":                 {listeners, "anywhere"},
	"GET /api/v1/situation-report.csv":             {listeners, "anywhere"},
	"GET /api/v1/summary-rule":                     {all, "anywhere"},
	"PUT /api/v1/summary-rule":                     {governors, "la-da"},
	"POST /settings/summary":                       {governors, "la-da"},
	"GET /api/v1/situation":                        {listeners, "anywhere"},
	"GET /api/v1/messages":                         {listeners, "anywhere"},
	"PUT /api/v1/messages/{id}":                    {listeners, "thon-1"},
	"DELETE /api/v1/messages/{id}":                 {listeners, "thon-1"},
	"GET /api/v1/messages/{id}/photo":              {listeners, "thon-1"},
	"GET /api/v1/answer-codes":                     {listeners, "anywhere"},
	"POST /api/v1/answer-codes/{id}/renew":         {listeners, "thon-1"},
	"GET /api/v1/bulletins/{id}/questions":         {writers, "thon-1"},
	"PUT /api/v1/bulletins/{id}/question":          {writers, "thon-1"},
	"POST /api/v1/bulletins/{id}/question/approve": {approvers, "thon-1"},
	"POST /bulletins/{id}/question":                {writers, "thon-1"},
	"POST /bulletins/{id}/question/approve":        {approvers, "thon-1"},
	"GET /api/v1/answer-rule":                      {all, "anywhere"},
	"PUT /api/v1/answer-rule":                      {governors, "la-da"},
	"POST /settings/answers":                       {governors, "la-da"},

	"GET /exercises":                       {all, "anywhere"},
	"GET /exercises/{id}":                  {all, "anywhere"},
	"GET /exercises/{id}/print":            {all, "anywhere"},
	"POST /exercises/rule":                 {governors, "la-da"},
	"POST /exercises/silent":               {keepers, "la-da"},
	"GET /api/v1/exercise-calendar":        {all, "anywhere"},
	"GET /api/v1/exercises":                {all, "anywhere"},
	"POST /api/v1/exercises":               {keepers, "la-da"},
	"GET /api/v1/exercises/{id}":           {all, "anywhere"},
	"GET /api/v1/exercises/{id}/sheet.csv": {all, "anywhere"},
	"GET /api/v1/exercise-rule":            {all, "anywhere"},
	"PUT /api/v1/exercise-rule":            {governors, "la-da"},

	"GET /log":            {all, "anywhere"},
	"GET /log/print":      {all, "anywhere"},
	"GET /api/v1/log":     {all, "anywhere"},
	"GET /api/v1/log.csv": {all, "anywhere"},

	"GET /village":                         {all, "anywhere"},
	"GET /village/quick":                   {reporters, "anywhere"},
	"POST /village/quick":                  {reporters, "thon-1"},
	"GET /api/v1/quick-reports":            {listeners, "anywhere"},
	"GET /api/v1/quick-reports/{id}/photo": {listeners, "thon-1"},
	"POST /village/{id}/reports":           {reporters, "thon-1"},
	"POST /api/v1/nodes/{id}/reports":      {reporters, "thon-1"},
	"GET /api/v1/reports":                  {all, "anywhere"},
	"POST /api/v1/reports/{id}/done":       {keepers, "thon-1"},
	"PUT /api/v1/nodes/{id}/care":          {keepers, "thon-1"},
	"GET /api/v1/faults/history":           {all, "anywhere"},
	"GET /faults":                          {all, "anywhere"},
	"POST /faults/reports/{id}":            {keepers, "thon-1"},
	"POST /faults/nodes/{id}":              {keepers, "thon-1"},
	"POST /faults/areas/{id}":              {keepers, "thon-1"},
	"POST /faults/works":                   {keepers, "thon-1"},
	"POST /faults/works/{id}/end":          {keepers, "thon-1"},
	"GET /api/v1/maintenance":              {all, "anywhere"},
	"POST /api/v1/maintenance":             {keepers, "thon-1"},
	"DELETE /api/v1/maintenance/{id}":      {keepers, "thon-1"},
	"GET /api/v1/repairs":                  {all, "anywhere"},
	"GET /api/v1/nodes/{id}/sounded":       {all, "thon-1"},

	"POST /nodes/{id}/test":        {keepers, "thon-1"},
	"POST /api/v1/nodes/{id}/test": {keepers, "thon-1"},

	"POST /nodes/{id}/selftest":        {keepers, "thon-1"},
	"POST /api/v1/nodes/{id}/selftest": {keepers, "thon-1"},

	"GET /settings":                        {governors, "anywhere"},
	"POST /settings/commune":               {governors, "la-da"},
	"POST /settings/areas":                 {governors, "la-da"},
	"POST /settings/areas/{id}":            {governors, "thon-1"},
	"POST /settings/areas/{id}/delete":     {governors, "thon-1"},
	"POST /settings/quiet":                 {governors, "la-da"},
	"POST /settings/holidays":              {governors, "la-da"},
	"POST /settings/openings":              {governors, "la-da"},
	"POST /settings/hours":                 {governors, "la-da"},
	"POST /settings/soft":                  {governors, "la-da"},
	"POST /settings/approval":              {governors, "la-da"},
	"POST /settings/notify":                {governors, "la-da"},
	"POST /settings/notify/test":           {governors, "la-da"},
	"POST /settings/voices/{engine}":       {governors, "la-da"},
	"POST /api/v1/reading/preview":         {"admin operator speaker", "anywhere"},
	"GET /api/v1/dictionary/built-in":      {"admin operator speaker", "anywhere"},
	"POST /settings/backup":                {governors, "la-da"},
	"POST /settings/backup/{name}/restore": {governors, "la-da"},
	"POST /api/v1/backups/{name}/restore":  {governors, "la-da"},
	"GET /settings/backup/{name}":          {governors, "la-da"}, // and no program
	"GET /api/v1/backups":                  {governors, "la-da"},
	"POST /api/v1/backups":                 {governors, "la-da"},
	"GET /wizard":                          {governors, "la-da"},
	"GET /wizard/{step}":                   {governors, "la-da"},
	"POST /wizard/places":                  {governors, "la-da"},
	"POST /wizard/hours":                   {governors, "la-da"},
	"POST /wizard/node":                    {governors, "la-da"},
	"POST /wizard/hear":                    {governors, "la-da"},
	"GET /api/v1/wizard/hear":              {governors, "la-da"},
	"POST /api/v1/wizard/hear":             {governors, "la-da"},

	"POST /bulletins": {writers, "thon-1"},

	"GET /api/v1/beats":               {all, "anywhere"},
	"PUT /api/v1/nodes/{id}/place":    {keepers, "thon-1"},
	"DELETE /api/v1/nodes/{id}/place": {keepers, "thon-1"},

	"GET /nodes":              {keepers, "anywhere"},
	"GET /nodes/{id}":         {keepers, "thon-1"},
	"POST /nodes/{id}/place":  {keepers, "thon-1"},
	"POST /nodes":             {keepers, "thon-1"},
	"POST /nodes/{id}":        {keepers, "thon-1"},
	"POST /nodes/{id}/invite": {keepers, "thon-1"},
	"POST /nodes/{id}/revoke": {keepers, "thon-1"},

	"POST /api/v1/arm":                 {alerters, "anywhere"},
	"POST /api/v1/arm/drill":           {speakers, "anywhere"},
	"POST /api/v1/calls":               {speakers, "thon-1"},
	"GET /api/v1/calls":                {all, "anywhere"},
	"GET /api/v1/calls/{id}":           {all, "thon-1"},
	"GET /api/v1/calls/{id}/recording": {all, "thon-1"},
	"GET /api/v1/calls/{id}/voice":     {speakers, "anywhere"}, // and only the one who began it
	"POST /api/v1/calls/{id}/stop":     {speakers, "thon-1"},
	"POST /api/v1/stop":                {speakers, "thon-1"},
}

// emergencies are what alerters alone may do of what speakers may.
var emergencies = map[string]any{
	"POST /api/v1/calls": object{"class": "emergency", "title": "Lũ", "targets": object{"areas": array{"thon-1"}}},
}

// drills are what people rehearse.
var drills = map[string]any{
	"POST /api/v1/calls": object{"class": "live", "drill": true, "targets": object{"areas": array{"thon-1"}}},
}

// body is what a request carries that says where it goes to.
func body(pattern string) any {
	at := later(time.Hour)
	return map[string]any{
		"POST /api/v1/people":               object{"login": "moi", "password": pin, "grants": array{object{"role": "head", "area": "thon-1"}}},
		"PUT /api/v1/people/{id}":           object{"grants": array{object{"role": "head", "area": "thon-1"}}},
		"POST /people":                      "login=moi2&password=" + pin + "&role=head&area=thon-1",
		"POST /people/{id}":                 "role=head&area=thon-1",
		"POST /api/v1/people/{id}/password": object{"password": pin},
		"POST /people/{id}/password":        "password=" + pin,
		"POST /village/{id}/reports":        "kind=silent",
		"POST /api/v1/nodes/{id}/reports":   object{"kind": "silent"},
		"PUT /api/v1/nodes/{id}/care":       object{"who": "Anh Tư"},
		"POST /faults/areas/{id}":           "who=Anh",
		"POST /faults/works":                "place=thon-1&reason=thay&who=Anh&from=8&to=9&day=" + time.Now().Format(time.DateOnly),
		"POST /api/v1/maintenance": object{"place": "thon-1", "reason": "thay", "who": "Anh", "since": at,
			"until": later(2 * time.Hour)},
		"POST /api/v1/reports/{id}/done":      object{},
		"POST /bulletins":                     "way=text&title=M&text=M%E1%BB%9Di+h%E1%BB%8Dp&class=normal&when=evening&area=thon-1&sure=1",
		"POST /nodes":                         "name=M%E1%BB%9Bi&area=thon-1",
		"POST /nodes/{id}":                    "name=C%E1%BB%A5m+loa&area=thon-1&volume=80",
		"PUT /api/v1/areas/{id}":              object{"name": "Thôn 1", "kind": "village", "parent": "la-da"},
		"PUT /api/v1/nodes/{id}":              object{"name": "Cụm loa", "area": "thon-1"},
		"PUT /api/v1/nodes/{id}/place":        object{"latitude": 11.2, "longitude": 107.8},
		"POST /api/v1/programmes":             programme(with("targets", object{"areas": array{"thon-1"}})),
		"PUT /api/v1/programmes/{id}":         programme(with("targets", object{"areas": array{"thon-1"}})),
		"POST /api/v1/programmes/{id}/skip":   object{"at": at},
		"POST /api/v1/programmes/{id}/unskip": object{"at": at},
		"POST /api/v1/calls":                  object{"class": "live", "title": "Họp", "targets": object{"areas": array{"thon-1"}}},
		"POST /api/v1/stop":                   object{"targets": object{"areas": array{"thon-1"}}},
		"PUT /api/v1/replay/{id}":             object{"over": false},
		"POST /replay/{id}":                   "over=",
		"PUT /api/v1/messages/{id}":           object{"state": "seen"},
		"POST /api/v1/messages/{id}/report":   object{"node": "thon-1-loa"},
		"PUT /api/v1/summary-rule":            object{"hour": "06:30"},
		"POST /village/quick":                 "area=thon-1&level=normal",
		"POST /situation/{id}/report":         "node=thon-1-loa",
		"POST /situation/{id}":                "state=seen&who=&reply=",
		"PUT /api/v1/bulletins/{id}/question": object{"words": "Có điện chưa?", "answers": array{"Có", "Chưa"}, "until": at},
		"POST /warnings/{id}/air":             "sure=1",
		"POST /api/v1/warnings/{id}/air":      object{"armed": "x"},
		"PUT /api/v1/quiet":                   object{"from": "22:00", "to": "05:00"},
	}[pattern]
}

// refused asks as somebody and reports whether they may not.
func (w *world) refused(pattern string, content any, headers ...string) bool {
	w.t.Helper()
	method, _, named := strings.Cut(pattern, " ")
	if !named {
		method = "GET"
	}
	req := w.request(method, w.fill(pattern), content, headers...)
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	res, err := client.Do(req.WithContext(ctx))
	require.NoError(w.t, err, pattern)
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusUnauthorized {
		if method != http.MethodGet {
			clear(w.things)
		}
		w.ended = w.ended || strings.Contains(pattern, "session") || strings.Contains(pattern, "signout") || strings.Contains(pattern,
			"password") || strings.Contains(pattern, "tokens")
		return false
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return res.StatusCode == http.StatusForbidden
	}
	var p struct{ Code string }
	require.NoError(w.t, json.NewDecoder(res.Body).Decode(&p), pattern)
	return slices.Contains([]string{"sign_in_needed", "forbidden", "person_needed", "no_rule"}, p.Code)
}

// Every endpoint, every role, every place.
func TestTableOfRights(t *testing.T) {
	w := newWorld(t)
	require.ElementsMatch(t, slices.Collect(maps.Keys(auth.Rules())), slices.Collect(maps.Keys(table)),
		"the table has every endpoint there is")
	asked, wrong := 0, []string{}
	expect := func(may bool, who, pattern string, content any, headers ...string) {
		if asked++; w.refused(pattern, content, headers...) == may {
			wrong = append(wrong, fmt.Sprintf("%s, as %s: want %v", pattern, who, may))
		}
	}
	for pattern, line := range table {
		expect(line.where == "open", "nobody", pattern, body(pattern))
		for _, role := range strings.Fields(all) {
			for _, area := range stands {
				atHome := area == "la-da"
				if goes[line.where] == nil && !atHome {
					continue // the place is nothing to it
				}
				cookie, bearer := w.as(role, area)
				who := role + " in " + area
				there := func(roles string) bool {
					return slices.Contains(strings.Fields(roles), role) && slices.Contains(goes[line.where], area)
				}
				may := goes[line.where] == nil || there(line.roles)
				expect(may, who, pattern, body(pattern), cookie...)
				if atHome {
					expect(may && line.where != "person", "a program of "+who, pattern, body(pattern), bearer...)
				}
				if content, ok := drills[pattern]; ok {
					expect(there(speakers), who+", a drill", pattern, content, cookie...)
				}
				if content, ok := emergencies[pattern]; ok {
					expect(there(alerters), who+", an emergency", pattern, content, cookie...)
				}
			}
		}
	}
	require.Empty(t, wrong)
	t.Logf("%d endpoints × %d roles × %d places: %d requests", len(table), len(strings.Fields(all)), len(stands), asked)
}
