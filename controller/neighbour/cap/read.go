package cap

import (
	"github.com/beevik/etree"
)

// The namespaces of what is read.
const (
	namespace   = "urn:oasis:names:tc:emergency:cap:1.2"
	namespace11 = "urn:oasis:names:tc:emergency:cap:1.1"
	envelope    = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
	atom        = "http://www.w3.org/2005/Atom"
	signature   = "http://www.w3.org/2000/09/xmldsig#"
)

// Read reads the one message of a document. The error is a *problem.Problem that says
// where it is wrong; nothing of a message that is wrong is returned.
func Read(data []byte) (Message, error) {
	root, err := tree(data)
	if err != nil {
		return Message{}, err
	}
	if !isAlert(root) {
		return Message{}, ErrNone
	}
	return message(root)
}

// Alerts are the messages in a document, each as a document of its own: the document
// itself, or what an envelope (EDXL-DE) carries. One that is wrong is still returned, for
// Read to say why. None is ErrNone.
func Alerts(data []byte) ([][]byte, error) {
	root, err := tree(data)
	if err != nil {
		return nil, err
	}
	if isAlert(root) {
		return [][]byte{data}, nil
	}
	if root.Tag != "EDXLDistribution" || root.NamespaceURI() != envelope {
		return nil, ErrNone
	}
	all := inside(root)
	if len(all) == 0 {
		return nil, ErrNone
	}
	return all, nil
}

// inside finds the messages below an element.
func inside(e *etree.Element) (all [][]byte) {
	for _, child := range e.ChildElements() {
		if !isAlert(child) {
			all = append(all, inside(child)...)
			continue
		}
		if data, err := alone(child); err == nil {
			all = append(all, data)
		}
	}
	return all
}

// alone writes an element as a document, with the prefixes that it has from those around it.
func alone(e *etree.Element) ([]byte, error) {
	own := e.Copy()
	for up := e.Parent(); up != nil; up = up.Parent() {
		for _, a := range up.Attr {
			if a.Space == "xmlns" && own.SelectAttr("xmlns:"+a.Key) == nil && a.Key == own.Space {
				own.CreateAttr("xmlns:"+a.Key, a.Value)
			}
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(own)
	return doc.WriteToBytes()
}

func isAlert(e *etree.Element) bool { return e.Tag == "alert" && isCAP(e) }

func isCAP(e *etree.Element) bool {
	ns := e.NamespaceURI()
	return ns == namespace || ns == namespace11
}

// message reads and checks an alert.
func message(root *etree.Element) (Message, error) {
	f := fields{at: root, path: "alert"}
	m := Message{
		Identifier: f.identity("identifier"), Sender: f.identity("sender"), Sent: f.instant("sent", true),
		Status: Status(f.one("status", true, statuses)), Type: Type(f.one("msgType", true, types)), Scope: Scope(f.one("scope", true, scopes)),
		Source: f.text("source", false), Note: f.text("note", false), Incidents: f.text("incidents", false),
	}
	if m.Scope == Restricted {
		f.text("restriction", true)
	}
	if m.Scope == Private {
		f.text("addresses", true)
	}
	m.References = f.references("references", m)
	points := 0
	for _, e := range f.all("info") {
		m.Infos = append(m.Infos, info(f.below(e, len(m.Infos)), &points))
	}
	f.known("identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code*", "note",
		"references", "incidents", "info*", "password")
	if err := f.err(); err != nil {
		return Message{}, err
	}
	return m, nil
}

func info(f *fields, points *int) Info {
	i := Info{
		Language: f.language("language"), Categories: f.several("category", 1, categories), Event: f.text("event", true),
		ResponseTypes: f.several("responseType", 0, responses), Urgency: f.one("urgency", true, urgencies),
		Severity: f.one("severity", true, severities), Certainty: f.one("certainty", true, certainties), Audience: f.text("audience", false),
		EventCodes: f.named("eventCode"), Effective: f.instant("effective", false), Onset: f.instant("onset", false),
		Expires: f.instant("expires", false), SenderName: f.text("senderName", false), Headline: f.text("headline", false),
		Description: f.text("description", false), Instruction: f.text("instruction", false), Web: f.text("web", false),
		Contact: f.text("contact", false), Parameters: f.named("parameter"),
	}
	for _, e := range f.all("resource") {
		i.Resources = append(i.Resources, resource(f.below(e, len(i.Resources))))
	}
	for _, e := range f.all("area") {
		i.Areas = append(i.Areas, area(f.below(e, len(i.Areas)), points))
	}
	f.known("language", "category*", "event", "responseType*", "urgency", "severity", "certainty", "audience", "eventCode*", "effective",
		"onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact", "parameter*", "resource*", "area*")
	return i
}

func resource(f *fields) Resource {
	r := Resource{Description: f.text("resourceDesc", true), MIME: f.text("mimeType", f.at.NamespaceURI() == namespace),
		Size: f.size("size"), URI: f.text("uri", false), Data: f.text("derefUri", false), Digest: f.text("digest", false)}
	f.known("resourceDesc", "mimeType", "size", "uri", "derefUri", "digest")
	return r
}

func area(f *fields, points *int) Area {
	a := Area{Description: f.text("areaDesc", true), Geocodes: f.named("geocode")}
	for _, e := range f.all("polygon") {
		a.Polygons = append(a.Polygons, f.polygon(e, points))
	}
	for _, e := range f.all("circle") {
		a.Circles = append(a.Circles, f.circle(e))
	}
	f.metres("altitude", "ceiling")
	f.known("areaDesc", "polygon*", "circle*", "geocode*", "altitude", "ceiling")
	return a
}
