package cap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
	"golang.org/x/text/encoding/charmap"

	"loa/controller/problem"
)

// What is read at the most. The largest public message, a polygon of a whole country, is
// 0.9 MB in 60 elements.
const (
	MostBytes    = 4 << 20
	mostDepth    = 24
	mostElements = 50_000
	mostPoints   = 200_000 // of all polygons together
)

// What a person is told of bytes that are no message.
var (
	ErrTooLarge = problem.New(problem.TooLarge, "cap_large", "Bản tin CAP lớn quá 4 MB hoặc có quá nhiều phần; không đọc.",
		"The CAP message is over 4 MB or has too many parts; it is not read.")
	ErrXML = problem.New(problem.Malformed, "cap_xml", "Đây không phải XML còn nguyên vẹn; hãy gửi lại đúng tệp CAP.",
		"This is no whole XML; send the CAP file again.")
	ErrDoctype = problem.New(problem.Invalid, "cap_doctype", "Bản tin có DOCTYPE, CAP không dùng; không đọc. Hãy hỏi nơi gửi.",
		"The message has a DOCTYPE, which CAP does not; it is not read. Ask who sent it.")
	ErrNone = problem.New(problem.Invalid, "cap_none", "Trong tệp không có bản tin CAP nào.", "There is no CAP message in the file.")
)

// tree reads a document. Nothing in it is followed: entities that XML itself does not have
// are an error, and whatever declares some is refused before it is read.
func tree(data []byte) (*etree.Element, error) {
	if len(data) > MostBytes {
		return nil, ErrTooLarge
	}
	if err := bounded(data); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings.CharsetReader = charset
	doc.ReadSettings.MaxDepth = mostDepth + 1
	if err := doc.ReadFromBytes(data); err != nil || doc.Root() == nil {
		return nil, ErrXML
	}
	return doc.Root(), nil
}

// bounded walks the document once, before anything of it is kept.
func bounded(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = charset
	depth, elements := 0, 0
	for {
		token, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return ErrXML
		}
		switch v := token.(type) {
		case xml.Directive:
			return ErrDoctype
		case xml.StartElement:
			if depth == 0 && elements > 0 {
				return ErrXML // a second document
			}
			depth, elements = depth+1, elements+1
			if depth > mostDepth || elements > mostElements || len(v.Attr) > 64 {
				return ErrTooLarge
			}
			if twice(v.Attr) {
				return ErrXML
			}
		case xml.EndElement:
			depth--
		}
	}
}

// twice reports whether an attribute stands twice in an element: no XML, but the standard
// library reads it, and other readers might take the other one.
func twice(attrs []xml.Attr) bool {
	for i, a := range attrs {
		for _, b := range attrs[:i] {
			if a.Name == b.Name {
				return true
			}
		}
	}
	return false
}

// charset reads the encodings that offices of the last century send; all else is UTF-8.
func charset(name string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "us-ascii", "ascii":
		return r, nil
	case "iso-8859-1", "latin1":
		return charmap.ISO8859_1.NewDecoder().Reader(r), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	case "windows-1258":
		return charmap.Windows1258.NewDecoder().Reader(r), nil
	}
	return nil, fmt.Errorf("encoding %q", name)
}

// value is the text of an element, without the space around it. Elements inside are an
// error: the text would be read without them.
func value(e *etree.Element) (string, bool) {
	if len(e.ChildElements()) > 0 {
		return "", false
	}
	var b strings.Builder
	for _, c := range e.Child {
		if text, ok := c.(*etree.CharData); ok {
			b.WriteString(text.Data)
		}
	}
	return strings.TrimSpace(b.String()), utf8.ValidString(b.String())
}
