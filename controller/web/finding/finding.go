// Package finding says in both languages what the library of the API (huma) finds wrong
// with a request, by the rules of its schema: a field that is missing, of another type,
// too long, of none of the words that may stand there. The library says it in English
// only, whole; a sentence holds $1 and $2 where its message has a verb.
package finding

import (
	"encoding/json"
	"regexp"
	"strings"

	"loa/controller/problem"
	"loa/controller/text"
)

type finding struct {
	message string // as huma formats it
	vi, en  string // en "": the message itself
}

var findings = []finding{
	{"unexpected property", "không có mục này", ""},
	{"expected string to be RFC 3339 date-time", "phải là ngày giờ, như 2026-11-30T07:00:00+07:00", ""},
	{"expected string to be RFC 1123 date-time", "phải là ngày giờ, như Mon, 30 Nov 2026 07:00:00 GMT", ""},
	{"expected string to be RFC 3339 date", "phải là ngày, như 2026-11-30", ""},
	{"expected string to be RFC 3339 time", "phải là giờ, như 07:00:00", ""},
	{"expected string to be RFC 5322 email: %v", "phải là địa chỉ thư điện tử", ""},
	{"expected string to be RFC 5890 hostname", "phải là tên máy", ""},
	{"expected string to be RFC 2673 ipv4", "phải là địa chỉ IPv4", ""},
	{"expected string to be RFC 2373 ipv6", "phải là địa chỉ IPv6", ""},
	{"expected string to be either RFC 2673 ipv4 or RFC 2373 ipv6", "phải là địa chỉ IP", ""},
	{"expected string to be RFC 3986 uri: %v", "phải là địa chỉ (URI)", ""},
	{"expected string to be RFC 4122 uuid: %v", "phải là mã UUID", ""},
	{"expected string to be RFC 6570 uri-template", "phải là mẫu địa chỉ (URI)", ""},
	{"expected string to be RFC 6901 json-pointer", "phải là con trỏ JSON", ""},
	{"expected string to be RFC 6901 relative-json-pointer", "phải là con trỏ JSON tương đối", ""},
	{"expected string to be regex: %v", "phải là biểu thức chính quy", ""},
	{"expected value to match at least one schema but matched none", "không thuộc dạng nào được nhận", ""},
	{"expected value to match exactly one schema but matched none", "không thuộc dạng nào được nhận", ""},
	{"expected value to match exactly one schema but matched multiple", "thuộc nhiều dạng một lúc, chỉ được một", ""},
	{"expected value to not match schema", "thuộc dạng không được nhận", ""},
	{"expected propertyName value to be present in object", "thiếu mục cho biết đây là dạng nào", ""},
	{"expected boolean", "phải là true hoặc false", ""},
	{"expected duration: %v", "phải là khoảng thời gian, như 1h30m", "expected a duration, such as 1h30m"},
	{"expected number", "phải là số", ""},
	{"expected integer", "phải là số nguyên", ""},
	{"expected string", "phải là chữ", ""},
	{"expected string to be base64 encoded", "phải được mã hóa base64", ""},
	{"expected array", "phải là một danh sách [ … ]; danh sách rỗng là []", "expected array; an empty one is []"},
	{"expected object", "phải là một đối tượng { … }", ""},
	{"expected array items to be unique", "các phần tử không được trùng nhau", ""},
	{`expected value to be one of "%s"`, "phải là một trong: $1", ""},
	{"expected number >= %v", "phải từ $1 trở lên", ""},
	{"expected number > %v", "phải lớn hơn $1", ""},
	{"expected number <= %v", "phải từ $1 trở xuống", ""},
	{"expected number < %v", "phải nhỏ hơn $1", ""},
	{"expected number to be a multiple of %v", "phải là bội số của $1", ""},
	{"expected length >= %d", "ngắn quá, tối thiểu $1 ký tự", ""},
	{"expected length <= %d", "dài quá, tối đa $1 ký tự", ""},
	{"expected array length >= %d", "ít quá, tối thiểu $1 phần tử", ""},
	{"expected array length <= %d", "nhiều quá, tối đa $1 phần tử", ""},
	{"expected object with at least %d properties", "ít quá, tối thiểu $1 mục", ""},
	{"expected object with at most %d properties", "nhiều quá, tối đa $1 mục", ""},
	{"expected required property %s to be present", "thiếu mục “$1”", ""},
	{"expected property %s to be present when %s is present", "thiếu mục “$1”, phải có cùng với “$2”", ""},
	{"required %s parameter is missing", "thiếu tham số này", ""},
	{"unknown query parameter", "không có tham số này", ""},
	{"expected at most one value, but received multiple values", "chỉ được có một giá trị", ""},
	{"write only property is non-zero", "mục này chỉ để ghi", ""},
	{"request body is required", "thiếu nội dung: hãy gửi JSON", ""},
	{"cannot read multipart form: %v", "không đọc được biểu mẫu gửi kèm", ""},
	{"invalid integer", "phải là số nguyên", ""},
	{"invalid float", "phải là số", ""},
	{"invalid floating value", "phải là số", ""},
	{"invalid boolean", "phải là true hoặc false", ""},
	{
		"invalid date/time for format %v",
		"phải là ngày giờ, như 2026-11-30T07:00:00+07:00",
		"expected a date and time, such as 2026-11-30T07:00:00+07:00",
	},
	{"invalid character %v", "không phải là JSON đúng", "this is no JSON: invalid character $1"},
	{"unexpected end of JSON input", "JSON chưa hết", "the JSON is not whole"},
	{"json: cannot unmarshal %s into Go %v", "không thể là $1", "cannot be $1"},
	// The two that fit what others say come last.
	{"expected string to match pattern %s", "phải đúng mẫu $1", ""},
	{"expected string to be %s", "phải là $1", ""},
}

var (
	verb     = regexp.MustCompile(`%[vds]`)
	fraction = regexp.MustCompile(`^-?\d+\.\d+$`)
	patterns = func() []*regexp.Regexp {
		all := make([]*regexp.Regexp, len(findings))
		for i, f := range findings {
			all[i] = regexp.MustCompile(`(?s)^` + verb.ReplaceAllString(regexp.QuoteMeta(f.message), "(.*?)") + `$`)
		}
		return all
	}()
)

// sentenceOf is a message of huma in both languages. What it has never said before is in
// Vietnamese only that something is wrong: English words are of no help there.
func sentenceOf(message string) (vi, en string) {
	for i, p := range patterns {
		m := p.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		vi, en = findings[i].vi, findings[i].en
		if en == "" {
			en = message
		}
		for k, v := range m[1:] {
			hole, v := "$"+string(rune('1'+k)), text.Shown(v)
			en = strings.ReplaceAll(en, hole, v)
			if fraction.MatchString(v) {
				v = strings.Replace(v, ".", ",", 1)
			}
			vi = strings.ReplaceAll(vi, hole, v)
		}
		return vi, en
	}
	return "giá trị không đúng", message
}

// Each are errors as problems: those that are some already, and the library's, of which
// detail tells the message, where it is, and what stands there.
func Each(errs []error, detail func(error) (message, where string, value any)) []error {
	all := make([]error, 0, len(errs))
	for _, err := range errs {
		if _, ours := problem.Of(err); ours {
			all = append(all, err)
		} else if err != nil {
			all = append(all, explained(detail(err)))
		}
	}
	return all
}

// explained is a message as a problem, with where it is and what stands there.
func explained(message, where string, value any) *problem.Problem {
	vi, en := sentenceOf(message)
	if where == "" {
		return problem.New(problem.Invalid, "request_invalid", "%[1]s", "%[2]s", vi, en)
	}
	return problem.New(problem.Invalid, "request_invalid", "%[1]s: %[2]s%[4]s", "%[1]s: %[3]s%[4]s", where, vi, en, found(value))
}

// found shows the value that stands where something is wrong, if it can be one.
func found(v any) string {
	switch v.(type) {
	case nil, map[string]any, []any:
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return " (" + text.Shown(string(b)) + ")"
}
