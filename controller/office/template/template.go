// Package template is what a commune says in an emergency, and of water, power and
// what is over or was wrong: sentences that were thought about before, with fields
// to fill. Under stress nobody composes; one chooses what it is, says where and
// until when, and what to do is said by itself, the matter first.
//
// It is pure: values in, a text or a sentence of what is missing out. The texts are
// Vietnamese, for the villages; names of templates and fields are in the catalogue
// (package i18n, tpl_…).
package template

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"loa/controller/i18n"
	"loa/controller/problem"
	"loa/controller/text"
)

// Kind is what may stand in a field.
type Kind string

// The kinds of field.
const (
	Words  Kind = "words"  // a name, a place: one line
	Number Kind = "number" // 4 or 4,5
	Clock  Kind = "clock"  // 18:30, 18h30, 1830 or 18h
	Day    Kind = "day"    // 2025-08-15
	Choice Kind = "choice" // of Choices
	Phone  Kind = "phone"  // a telephone number
)

// Field is one that is to be filled.
type Field struct {
	ID       string
	Kind     Kind
	Optional bool
	Most     int      // characters, of Words
	Min, Max float64  // of Number
	Whole    bool     // no fraction, of Number
	Over     bool     // may be of the next day, of Clock: "4:00 hôm sau"
	Choices  []string // ids, of Choice; what they say is in said.go
	Nouns    []string // what it may be, of Words; the first is said where none is written
}

// Template is one thing that may have to be said.
type Template struct {
	ID     string
	Alert  bool    // an emergency, with an attention sound; else a bulletin
	Tone   string  // see tune.Attention; "": the station's chime
	Fields []Field // in the order in which one is asked for them

	sentences []string
}

// All are the templates, the most urgent first.
func All() []Template { return slices.Clone(templates) }

// Find is the template of an id; a problem if there is none.
func Find(id string) (Template, error) {
	i := slices.IndexFunc(templates, func(t Template) bool { return t.ID == id })
	if i < 0 {
		return Template{},
			problem.New(problem.Invalid, "template_unknown", "Không có mẫu “%s”: hãy chọn trong danh sách mẫu.",
				"There is no template “%s”: choose one of the list.", text.Shown(id))
	}
	return templates[i], nil
}

// Name is how a template is called.
func (t Template) Name(lang i18n.Language) string { return i18n.Say(lang, "tpl_"+t.ID) }

// Name is how a field is called.
func (f Field) Name(lang i18n.Language) string { return i18n.Say(lang, "tpl_f_"+f.ID) }

// Text is what is said: the sentences of the template whose fields are filled. It is
// a problem of the first field that is missing, is not what it should be, contradicts
// another, or would be left out in silence.
func (t Template) Text(values map[string]string) (string, error) {
	said, err := t.fill(values)
	if err != nil {
		return "", err
	}
	var all []string
	heard := map[string]bool{}
	for _, s := range t.sentences {
		if s, holes, whole := filled(s, said); whole {
			all = append(all, s)
			for _, h := range holes {
				heard[h] = true
			}
		}
	}
	for _, f := range t.Fields {
		if said[f.ID] != "" && !heard[f.ID] {
			return "", t.alone(f, said)
		}
	}
	return strings.Join(all, " "), nil
}

// alone is the problem of a field that is said only together with another, which is empty.
func (t Template) alone(f Field, said map[string]string) error {
	other := f
	for _, s := range t.sentences {
		if !strings.Contains(s, "{"+f.ID+"}") {
			continue
		}
		for _, o := range t.Fields {
			if said[o.ID] == "" && strings.Contains(s, "{"+o.ID+"}") {
				other = o
			}
		}
	}
	return f.problem("field_alone", "loa chỉ nói mục này cùng với “"+other.Name(i18n.VI)+"”: hãy điền cả hai, hoặc để trống cả hai",
		"it is said only together with “"+other.Name(i18n.EN)+"”: fill in both, or neither")
}

// Title is how the call or bulletin is called: the template, and where.
func (t Template) Title(values map[string]string) string {
	name := t.Name(i18n.VI)
	if where := text.Line(strings.TrimSpace(values["where"]), 100); where != "" {
		return name + ": " + where
	}
	return name
}

// fill is how each field that is filled is said.
func (t Template) fill(values map[string]string) (map[string]string, error) {
	for id := range values {
		if !slices.ContainsFunc(t.Fields, func(f Field) bool { return f.ID == id }) {
			return nil,
				problem.New(problem.Invalid, "field_unknown", "Mẫu “%[1]s” không có mục “%[3]s”.", "The template “%[2]s” has no field “%[3]s”.",
					t.Name(i18n.VI), t.Name(i18n.EN), text.Shown(id))
		}
	}
	said := map[string]string{}
	for _, f := range t.Fields {
		v := strings.TrimSpace(values[f.ID])
		switch {
		case v != "":
			s, err := f.say(v)
			if err != nil {
				return nil, err
			}
			said[f.ID] = s
		case !f.Optional:
			return nil, f.problem("field_missing", "hãy điền, loa cần nói điều này", "fill it in: the loudspeakers must say it")
		}
	}
	return said, agree(values)
}

// problem is what is wrong with a field: its name, and what to do.
func (f Field) problem(code, vi, en string) error {
	return problem.New(problem.Invalid, code, "“%[1]s”: %[3]s.", "“%[2]s”: %[4]s.", f.Name(i18n.VI), f.Name(i18n.EN), vi, en)
}

// say is how a value is said.
func (f Field) say(v string) (string, error) {
	switch f.Kind {
	case Number:
		return f.number(v)
	case Clock:
		return f.clock(v)
	case Day:
		return f.day(v)
	case Choice:
		if !slices.Contains(f.Choices, v) {
			return "", f.problem("field_choice", "hãy chọn trong danh sách", "choose one of the list")
		}
		return choices[f.ID+"."+v], nil
	case Phone:
		return f.phone(v)
	}
	return f.words(v)
}

func (f Field) words(v string) (string, error) {
	n := utf8.RuneCountInString(v)
	switch {
	case n > f.Most:
		most := strconv.Itoa(f.Most)
		return "", f.problem("field_long", "dài quá, tối đa "+most+" chữ cái", "it is too long, at most "+most+" characters")
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		return "", f.problem("field_words", "hãy viết trên một dòng", "write it in one line")
	case !strings.ContainsFunc(v, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return "", f.problem("field_words", "hãy viết bằng chữ", "write it in words")
	}
	v = strings.TrimRight(strings.Join(strings.Fields(v), " "), ".,;:!? ")
	if len(f.Nouns) > 0 && !slices.ContainsFunc(f.Nouns, func(noun string) bool { return beginsWith(v, noun) }) {
		v = f.Nouns[0] + " " + v
	}
	return v, nil
}

func (f Field) number(v string) (string, error) {
	x, err := strconv.ParseFloat(strings.Replace(v, ",", ".", 1), 64)
	if err != nil || !numberWritten.MatchString(v) || x < f.Min || x > f.Max || f.Whole && x != float64(int(x)) {
		from, to := comma(f.Min), comma(f.Max)
		return "", f.problem("field_number", "hãy viết một số từ "+from+" đến "+to, "write a number from "+from+" to "+to)
	}
	return comma(x), nil
}

// comma is a number as it is written in Vietnam.
func comma(x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', -1, 64), ".", ",", 1)
}

var (
	numberWritten = regexp.MustCompile(`^\d{1,6}([.,]\d{1,2})?$`)
	phoneWritten  = regexp.MustCompile(`^(1\d\d|1[89]00(\d{4}|\d{6})|(0|\+84)\d{9,10})$`) // without what stands between
	clockWritten  = regexp.MustCompile(`^([01]?\d|2[0-3])\s*[:hg.]?\s*([0-5]\d)?$`)
)

func (f Field) clock(v string) (string, error) {
	low, over := cutNext(v)
	m := clockWritten.FindStringSubmatch(low)
	if m == nil || over && !f.Over {
		return "", f.problem("field_clock", "hãy viết giờ như 18:30", "write the hour as 18:30")
	}
	next := ""
	if over {
		next = " " + nextDay
	}
	hour := strings.TrimPrefix(m[1], "0")
	if hour == "" {
		hour = "0"
	}
	if m[2] == "" || m[2] == "00" {
		return hour + " giờ" + next, nil
	}
	return hour + " giờ " + m[2] + " phút" + next, nil
}

func (f Field) day(v string) (string, error) {
	d, err := time.Parse(time.DateOnly, v)
	if err != nil || d.Year() < 2000 || d.Year() > 2200 {
		return "", f.problem("field_day", "hãy chọn ngày", "choose a day")
	}
	return "ngày " + strconv.Itoa(d.Day()) + " tháng " + strconv.Itoa(int(d.Month())), nil
}

func (f Field) phone(v string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-", r) {
			return -1
		}
		return r
	}, v)
	if !phoneWritten.MatchString(digits) {
		return "", f.problem("field_phone", "hãy viết số điện thoại như 0936 555 449", "write a telephone number as 0936 555 449")
	}
	return digits, nil
}
