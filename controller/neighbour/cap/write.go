package cap

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// layout is how CAP writes an instant: never with "Z".
const layout = "2006-01-02T15:04:05-07:00"

// Write writes a message as CAP 1.2, elements in the order of the standard. The message is
// taken as it is: Read tells whether it is right.
func Write(m Message) ([]byte, error) { return document(alert(m)).WriteToBytes() }

// WriteSigned is Write with an enveloped signature, ECDSA over P-256 with SHA-256. The
// certificate goes with it, for those that have pinned it.
func WriteSigned(m Message, key crypto.Signer, certificate *x509.Certificate) ([]byte, error) {
	ctx, err := dsig.NewSigningContext(key, [][]byte{certificate.Raw})
	if err != nil {
		return nil, fmt.Errorf("signing CAP: %w", err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	ctx.Prefix = "ds"
	signed, err := ctx.SignEnveloped(alert(m))
	if err != nil {
		return nil, fmt.Errorf("signing CAP: %w", err)
	}
	v := childOf(childOf(signed, "Signature"), "SignatureValue")
	if err := asRaw(v, key); err != nil {
		return nil, fmt.Errorf("signing CAP: %w", err)
	}
	return document(signed).WriteToBytes()
}

// asRaw writes the value as XML has it: see prepare.
func asRaw(v *etree.Element, key crypto.Signer) error {
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(v.Text())
	if err != nil {
		return err
	}
	var both numbers
	if _, err := asn1.Unmarshal(der, &both); err != nil {
		return err
	}
	size := (public.Curve.Params().BitSize + 7) / 8
	raw := make([]byte, 2*size)
	both.R.FillBytes(raw[:size])
	both.S.FillBytes(raw[size:])
	v.SetText(base64.StdEncoding.EncodeToString(raw))
	return nil
}

func document(root *etree.Element) *etree.Document {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	doc.SetRoot(root)
	return doc
}

func alert(m Message) *etree.Element {
	e := etree.NewElement("alert")
	e.CreateAttr("xmlns", namespace)
	put(e, "identifier", m.Identifier)
	put(e, "sender", m.Sender)
	put(e, "sent", instant(m.Sent))
	put(e, "status", string(m.Status))
	put(e, "msgType", string(m.Type))
	put(e, "source", m.Source)
	put(e, "scope", string(m.Scope))
	put(e, "note", m.Note)
	references := make([]string, len(m.References))
	for i, r := range m.References {
		references[i] = r.Sender + "," + r.Identifier + "," + instant(r.Sent)
	}
	put(e, "references", strings.Join(references, " "))
	put(e, "incidents", m.Incidents)
	for _, i := range m.Infos {
		e.AddChild(infoElement(i))
	}
	return e
}

func infoElement(i Info) *etree.Element {
	e := etree.NewElement("info")
	put(e, "language", i.Language)
	put(e, "category", i.Categories...)
	put(e, "event", i.Event)
	put(e, "responseType", i.ResponseTypes...)
	put(e, "urgency", i.Urgency)
	put(e, "severity", i.Severity)
	put(e, "certainty", i.Certainty)
	put(e, "audience", i.Audience)
	pairs(e, "eventCode", i.EventCodes)
	put(e, "effective", instant(i.Effective))
	put(e, "onset", instant(i.Onset))
	put(e, "expires", instant(i.Expires))
	put(e, "senderName", i.SenderName)
	put(e, "headline", i.Headline)
	put(e, "description", i.Description)
	put(e, "instruction", i.Instruction)
	put(e, "web", i.Web)
	put(e, "contact", i.Contact)
	pairs(e, "parameter", i.Parameters)
	for _, r := range i.Resources {
		size := ""
		if r.Size > 0 {
			size = strconv.FormatInt(r.Size, 10)
		}
		below := e.CreateElement("resource")
		put(below, "resourceDesc", r.Description)
		put(below, "mimeType", r.MIME)
		put(below, "size", size)
		put(below, "uri", r.URI)
		put(below, "derefUri", r.Data)
		put(below, "digest", r.Digest)
	}
	for _, a := range i.Areas {
		e.AddChild(areaElement(a))
	}
	return e
}

func areaElement(a Area) *etree.Element {
	e := etree.NewElement("area")
	put(e, "areaDesc", a.Description)
	for _, p := range a.Polygons {
		all := make([]string, len(p))
		for i, q := range p {
			all[i] = degrees(q)
		}
		put(e, "polygon", strings.Join(all, " "))
	}
	for _, c := range a.Circles {
		put(e, "circle", degrees(c.Centre)+" "+strconv.FormatFloat(c.Radius, 'f', -1, 64))
	}
	pairs(e, "geocode", a.Geocodes)
	return e
}

func degrees(p Point) string {
	return strconv.FormatFloat(p.Latitude, 'f', -1, 64) + "," + strconv.FormatFloat(p.Longitude, 'f', -1, 64)
}

func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(layout)
}

// put writes one element for each value that is not empty.
func put(e *etree.Element, tag string, values ...string) {
	for _, v := range values {
		if v != "" {
			e.CreateElement(tag).SetText(v)
		}
	}
}

func pairs(e *etree.Element, tag string, all []Named) {
	for _, n := range all {
		below := e.CreateElement(tag)
		below.CreateElement("valueName").SetText(n.Name)
		below.CreateElement("value").SetText(n.Value)
	}
}
