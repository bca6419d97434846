package cap

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
	"golang.org/x/text/language"

	"loa/controller/problem"
	"loa/controller/text"
)

// The words of the standard, section 3.2.
var (
	statuses   = []string{"Actual", "Exercise", "System", "Test", "Draft"}
	types      = []string{"Alert", "Update", "Cancel", "Ack", "Error"}
	scopes     = []string{"Public", "Restricted", "Private"}
	categories = []string{"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE",
		"Other"}
	responses = []string{"Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear",
		"None"}
	urgencies   = []string{"Immediate", "Expected", "Future", "Past", "Unknown"}
	severities  = []string{"Extreme", "Severe", "Moderate", "Minor", "Unknown"}
	certainties = []string{"Observed", "Likely", "Possible", "Unlikely", "Unknown", "Very Likely"} // the last: CAP 1.0, still sent
)

// What one element, one message may hold.
const (
	mostText       = 100_000 // characters
	mostIdentity   = 500     // characters
	mostSeveral    = 1000    // of one kind in one place
	mostReferences = 1000
)

// fields reads what is below one element, and keeps the first thing that is wrong.
type fields struct {
	at    *etree.Element
	path  string // as a person finds it: "alert/info 2/area 1"
	fault **problem.Problem
}

func (f *fields) below(e *etree.Element, n int) *fields {
	f.err() // there is a place to tell of
	return &fields{at: e, path: fmt.Sprintf("%s/%s %d", f.path, e.Tag, n+1), fault: f.fault}
}

// err is the first fault; nil if there was none.
func (f *fields) err() error {
	if f.fault == nil {
		f.fault = new(*problem.Problem)
	}
	if *f.fault == nil {
		return nil
	}
	return *f.fault
}

// wrong tells of an element; the first one counts.
func (f *fields) wrong(tag, vi, en string) {
	if f.err() == nil {
		where := strings.TrimSuffix(f.path+"/"+tag, "/")
		*f.fault = &problem.Problem{
			Kind: problem.Invalid,
			Code: "cap_invalid",
			VI:   fmt.Sprintf("Bản tin CAP sai ở %s: %s. Hãy báo nơi gửi sửa.", where, vi),
			EN:   fmt.Sprintf("The CAP message is wrong at %s: %s. Tell its sender to mend it.", where, en),
		}
	}
}

// all are the elements of one name, of CAP itself.
func (f *fields) all(tag string) (all []*etree.Element) {
	for _, e := range f.at.ChildElements() {
		if e.Tag == tag && e.NamespaceURI() == f.at.NamespaceURI() {
			all = append(all, e)
		}
	}
	if len(all) > mostSeveral {
		f.wrong(tag, "quá nhiều lần", "too many of them")
		return nil
	}
	return all
}

// known refuses what is not CAP's and stands under its name, and what stands twice where
// it may once ("*" marks those that may be several). Of other namespaces all is left alone.
func (f *fields) known(tags ...string) {
	seen := map[string]bool{}
	for _, e := range f.at.ChildElements() {
		switch {
		case e.NamespaceURI() != f.at.NamespaceURI():
			if e.NamespaceURI() == "" {
				f.wrong(e.Tag, "không phải phần của CAP", "this is no part of CAP")
			}
		case slices.Contains(tags, e.Tag+"*"):
		case !slices.Contains(tags, e.Tag):
			f.wrong(e.Tag, "không phải phần của CAP", "this is no part of CAP")
		case seen[e.Tag]:
			f.wrong(e.Tag, "chỉ được có một", "there may be only one")
		}
		seen[e.Tag] = true
	}
}

// text is the text of an element; "" for none. Needed: it is there and not empty.
func (f *fields) text(tag string, needed bool) string {
	all := f.all(tag)
	if len(all) == 0 {
		if needed {
			f.wrong(tag, "thiếu", "it is missing")
		}
		return ""
	}
	return f.valueOf(all[0], needed)
}

func (f *fields) valueOf(e *etree.Element, needed bool) string {
	v, ok := value(e)
	switch {
	case !ok:
		f.wrong(e.Tag, "phải là chữ", "it has to be text")
	case needed && v == "":
		f.wrong(e.Tag, "để trống", "it is empty")
	case len(v) > mostText && e.Tag != "polygon" && e.Tag != "derefUri":
		f.wrong(e.Tag, "dài quá", "it is too long")
	default:
		return v
	}
	return ""
}

// identity has no character that a reference could not hold.
func (f *fields) identity(tag string) string {
	v := f.text(tag, true)
	if strings.ContainsAny(v, " \t\r\n,<&") || len(v) > mostIdentity || text.Clean(v) != v {
		f.wrong(tag, "có dấu cách, dấu phẩy, <, & hoặc ký tự ẩn, hoặc dài quá",
			"there is a space, a comma, <, & or a hidden character in it, or it is too long")
	}
	return v
}

func (f *fields) one(tag string, needed bool, of []string) string {
	v := f.text(tag, needed)
	if v != "" && !slices.Contains(of, v) {
		f.wrong(tag, fmt.Sprintf("không có giá trị %q", text.Shown(v)), fmt.Sprintf("there is no value %q", text.Shown(v)))
	}
	return v
}

func (f *fields) several(tag string, least int, of []string) (all []string) {
	for _, e := range f.all(tag) {
		v := f.valueOf(e, true)
		if v != "" && !slices.Contains(of, v) {
			f.wrong(tag, fmt.Sprintf("không có giá trị %q", text.Shown(v)), fmt.Sprintf("there is no value %q", text.Shown(v)))
		}
		all = append(all, v)
	}
	if len(all) < least {
		f.wrong(tag, "thiếu", "it is missing")
	}
	return all
}

// language is a tag that means one; en-US is what the standard says where there is none.
func (f *fields) language(tag string) string {
	v := f.text(tag, false)
	if _, err := language.Parse(v); v != "" && (err != nil || len(v) > 40) {
		f.wrong(tag, "không phải mã ngôn ngữ", "this is no code of a language")
	}
	return v
}

// instant is a time with its offset: 2026-10-29T15:00:00+07:00.
func (f *fields) instant(tag string, needed bool) time.Time {
	v := f.text(tag, needed)
	if v == "" {
		return time.Time{}
	}
	at, err := when(v)
	if err != nil {
		f.wrong(tag, "giờ phải viết như 2026-10-29T15:00:00+07:00", "a time is written like 2026-10-29T15:00:00+07:00")
	}
	return at
}

func when(v string) (time.Time, error) {
	if strings.ContainsAny(v, ".,") {
		return time.Time{}, strconv.ErrSyntax
	}
	at, err := time.Parse(time.RFC3339, v)
	if err == nil && (at.Year() < 1970 || at.Year() > 2200) {
		return time.Time{}, strconv.ErrRange
	}
	return at, err
}

// references are triples with space between them. Offices break lines after a comma, too.
func (f *fields) references(tag string, m Message) (all []Reference) {
	v := f.text(tag, m.Type != Alert)
	var joined strings.Builder
	for part := range strings.FieldsSeq(v) {
		if s := joined.String(); s != "" && !strings.HasSuffix(s, ",") && !strings.HasPrefix(part, ",") {
			joined.WriteByte(' ')
		}
		joined.WriteString(part)
	}
	for triple := range strings.FieldsSeq(joined.String()) {
		parts := strings.Split(triple, ",")
		if len(parts) != 3 || parts[0] == "" || parts[1] == "" || len(triple) > 3*mostIdentity || len(all) == mostReferences {
			f.wrong(tag, "phải là bộ ba người gửi, mã, giờ gửi", "it has to be triples of sender, identifier, time sent")
			return nil
		}
		sent, err := when(parts[2])
		r := Reference{parts[0], parts[1], sent}
		switch {
		case err != nil:
			f.wrong(tag, "giờ sai", "a time is wrong")
			return nil
		case r.Key() == m.Identity().Key():
			f.wrong(tag, "bản tin nhắc đến chính nó", "the message refers to itself")
			return nil
		case sent.After(m.Sent):
			f.wrong(tag, "nhắc đến bản tin gửi sau nó", "it refers to what was sent after it")
			return nil
		}
		all = append(all, r)
	}
	return all
}

func (f *fields) named(tag string) (all []Named) {
	for i, e := range f.all(tag) {
		below := f.below(e, i)
		n := Named{below.text("valueName", true), below.text("value", false)}
		if len(below.all("value")) == 0 {
			below.wrong("value", "thiếu", "it is missing")
		}
		below.known("valueName", "value")
		all = append(all, n)
	}
	return all
}

func (f *fields) size(tag string) int64 {
	v := f.text(tag, false)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		f.wrong(tag, "phải là số byte", "it has to be a number of bytes")
	}
	return n
}

// metres are heights, which mean nothing to a village: they only have to be right.
func (f *fields) metres(altitude, ceiling string) {
	for _, tag := range []string{altitude, ceiling} {
		if v := f.text(tag, false); v != "" {
			if n, err := strconv.ParseFloat(v, 64); err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
				f.wrong(tag, "phải là số", "it has to be a number")
			}
		}
	}
	if len(f.all(ceiling)) > 0 && len(f.all(altitude)) == 0 {
		f.wrong(ceiling, "không có altitude", "there is no altitude")
	}
}

func (f *fields) polygon(e *etree.Element, points *int) (all []Point) {
	for pair := range strings.FieldsSeq(f.valueOf(e, true)) {
		p, ok := point(pair)
		if *points++; !ok || *points > mostPoints {
			f.wrong("polygon", "có điểm sai, hoặc quá nhiều điểm", "a point is wrong, or there are too many")
			return nil
		}
		all = append(all, p)
	}
	if len(all) < 4 || all[0] != all[len(all)-1] {
		f.wrong("polygon", "phải khép kín, ít nhất bốn điểm", "it has to be closed, with four points at least")
		return nil
	}
	return all
}

func (f *fields) circle(e *etree.Element) (c Circle) {
	parts := strings.Fields(f.valueOf(e, true))
	if len(parts) == 2 {
		centre, ok := point(parts[0])
		radius, err := strconv.ParseFloat(parts[1], 64)
		if ok && err == nil && radius >= 0 && radius <= 20_040 { // half around the Earth, kilometres
			return Circle{centre, radius}
		}
	}
	f.wrong("circle", "phải là “vĩ độ,kinh độ bán kính”", `it has to be "latitude,longitude radius"`)
	return c
}

func point(pair string) (Point, bool) {
	first, second, ok := strings.Cut(pair, ",")
	latitude, err := strconv.ParseFloat(first, 64)
	longitude, err2 := strconv.ParseFloat(second, 64)
	return Point{latitude, longitude},
		ok && err == nil && err2 == nil && latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180
}
