package warning

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"loa/controller/neighbour/cap"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/text"
)

// codesKey is the setting of which codes other offices know the commune's areas by.
const codesKey = "warning_codes"

// The kinds of sources.
const (
	Feed    = "feed"
	Folder  = "folder"
	Program = "program"
)

// Bounds of sources.
const (
	mostSources = 32
	mostCodes   = 20 // of one area
)

// SourceBody is a source as a person writes it.
type SourceBody struct {
	Name        string `json:"name" maxLength:"100"`
	Kind        string `json:"kind" enum:"feed,folder,program" doc:"feed: asked each minute; folder: that of the settings; program: sends to POST /warnings with the id"`
	Address     string `json:"address,omitempty" maxLength:"2000" doc:"of a feed: Atom, RSS or a CAP message"`
	Sender      string `json:"sender,omitempty" maxLength:"500" doc:"that is taken from here; any if left out"`
	Certificate string `json:"certificate,omitempty" maxLength:"20000" doc:"PEM, pinned: then only what is signed by its key is taken"`
	Automatic   string `json:"automatic,omitempty" enum:",extreme,severe" doc:"from which severity it airs by itself, by your right"`
	SilentH     int    `json:"silent_h,omitempty" minimum:"0" maximum:"720" doc:"hours until it counts as silent; 6 if left out"`
}

// Source is a source as people see it.
type Source struct {
	ID string `json:"id"`
	SourceBody
	Account string `json:"account,omitempty" doc:"name of who lets it air by itself"`
	Signer  string `json:"signer,omitempty" doc:"whose the certificate is"`
	Until   string `json:"until,omitempty" doc:"day on which the certificate ends; the key is believed until it is taken away"`
	Link
}

// Link is how a source answers.
type Link struct {
	Asked    *time.Time `json:"asked,omitempty"`
	Answered *time.Time `json:"answered,omitempty" doc:"last time that it could be read"`
	Fault    *Reason    `json:"fault,omitempty" doc:"what is wrong with its last answer"`
	Refused  *Reason    `json:"refused,omitempty" doc:"why its last message that was not taken was not"`
	Silent   bool       `json:"silent,omitempty" doc:"it has not answered for longer than it may"`
}

// What a person is told of a source.
var (
	errNoSource   = problem.New(problem.NotFound, "source_unknown", "Không có nguồn này.", "There is no such source.")
	errSourceName = problem.New(problem.Invalid, "source_name", "Hãy đặt tên cho nguồn.", "Give the source a name.")
	errSourceURL  = problem.New(problem.Invalid, "source_address",
		"Địa chỉ của nguồn phải bắt đầu bằng http:// hoặc https://.",
		"The address of the source begins with http:// or https://.")
	errCertificate = problem.New(problem.Invalid, "source_certificate",
		"Chứng thư không đọc được: hãy dán cả phần từ BEGIN CERTIFICATE đến END CERTIFICATE.",
		"The certificate cannot be read: paste all from BEGIN CERTIFICATE to END CERTIFICATE.")
	errPinFirst = problem.New(problem.Invalid, "source_pin",
		"Muốn nguồn tự phát phải ghim chứng thư của nơi gửi: nếu không, ai cũng giả được.",
		"A source that airs by itself needs the certificate of its sender: without one anybody can forge it.")
	errSources = problem.New(problem.Conflict, "sources_full", "Đã có 32 nguồn: hãy xóa bớt.", "There are 32 sources: remove some.")
	errCodes   = problem.New(problem.Invalid, "warning_codes",
		"Mã địa bàn sai hoặc quá nhiều: tối đa 20 mã, mỗi mã 40 ký tự.",
		"The codes of an area are wrong or too many: 20 at the most, of 40 characters each.")
)

// source is one by its id; "" is nobody's.
func (d *Desk) source(ctx context.Context, id string) (store.WarningSource, error) {
	if id == "" {
		return store.WarningSource{}, nil
	}
	all, err := d.opt.Store.WarningSources(ctx)
	for _, s := range all {
		if s.ID == id {
			return s, nil
		}
	}
	if err == nil {
		err = errNoSource
	}
	return store.WarningSource{}, err
}

// Sources are all, the eldest first.
func (d *Desk) Sources(ctx context.Context) ([]Source, error) {
	all, err := d.opt.Store.WarningSources(ctx)
	if err != nil {
		return nil, err
	}
	out := []Source{}
	for _, s := range all {
		out = append(out, d.view(ctx, s))
	}
	return out, nil
}

func (d *Desk) view(ctx context.Context, s store.WarningSource) Source {
	v := Source{ID: s.ID, SourceBody: SourceBody{Name: s.Name, Kind: s.Kind, Address: reach.Masked(s.Address),
		Sender: s.Sender, Certificate: s.Certificate,
		Automatic: s.Automatic, SilentH: int(s.Silent / time.Hour)}}
	if p, err := d.opt.Store.Person(ctx, s.Account); err == nil {
		v.Account = p.Name
	}
	if pin, err := signerOf(s); err == nil && pin != nil {
		v.Signer, v.Until = pin.Certificate.Subject.CommonName, pin.Certificate.NotAfter.Format(time.DateOnly)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	v.Link = d.links[s.ID]
	since := s.Created
	if v.Answered != nil {
		since = *v.Answered
	}
	v.Silent = s.Kind == Feed && s.Silent > 0 && d.opt.Now().Sub(since) > s.Silent
	return v
}

// PutSource adds a source, or changes the one of an id. To let it air by itself the caller has
// to have the right to air emergencies in all of the commune.
func (d *Desk) PutSource(ctx context.Context, id string, b SourceBody) (Source, error) {
	s, err := d.checked(ctx, id, b)
	if err != nil {
		return Source{}, err
	}
	var before any
	if id != "" {
		before = b.Name
	}
	if err := d.opt.Store.PutWarningSource(ctx, s); err != nil {
		return Source{}, err
	}
	d.opt.Trail.Did(ctx, "source.put", s.ID, before, map[string]string{"name": s.Name, "kind": s.Kind,
		"address": reach.Masked(s.Address), "sender": s.Sender,
		"automatic": s.Automatic})
	d.changed()
	return d.view(ctx, s), nil
}

func (d *Desk) checked(ctx context.Context, id string, b SourceBody) (s store.WarningSource, err error) {
	all, err := d.opt.Store.WarningSources(ctx)
	if err != nil {
		return s, err
	}
	at := slices.IndexFunc(all, func(o store.WarningSource) bool { return o.ID == id })
	switch {
	case at >= 0:
		s = all[at]
	case id != "":
		return s, errNoSource
	case len(all) >= mostSources:
		return s, errSources
	default:
		s = store.WarningSource{ID: store.NewID(), Created: d.opt.Now(), Kind: b.Kind}
	}
	s.Name, s.Sender = text.Line(b.Name, 100), strings.TrimSpace(b.Sender)
	s.Address = reach.Unmasked(strings.TrimSpace(b.Address), []string{s.Address})
	s.Certificate = strings.TrimSpace(b.Certificate)
	s.Silent = time.Duration(b.SilentH) * time.Hour
	if b.SilentH == 0 {
		s.Silent = 6 * time.Hour
	}
	switch pin, err := signerOf(s); {
	case s.Name == "":
		return s, errSourceName
	case s.Kind == Feed && !isAddress(s.Address):
		return s, errSourceURL
	case err != nil:
		return s, err
	case b.Automatic != "" && pin == nil:
		return s, errPinFirst
	}
	if err := d.opt.Reach.Check(s.Address); err != nil {
		return s, err
	}
	if s.Automatic = b.Automatic; b.Automatic == "" {
		s.Account = ""
		return s, nil
	}
	a, err := d.opt.Access.View(ctx)
	if err == nil {
		err = a.Permit(access.Alerting, a.Commune)
	}
	s.Account = a.Who.Who.Person
	return s, err
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// signerOf is the pinned sender of a source; nil: none is.
func signerOf(s store.WarningSource) (*cap.Signer, error) {
	if s.Certificate == "" {
		return nil, nil
	}
	block, _ := pem.Decode([]byte(s.Certificate))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errCertificate
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errCertificate
	}
	return &cap.Signer{Certificate: c}, nil
}

// RemoveSource forgets one; what came by it stays.
func (d *Desk) RemoveSource(ctx context.Context, id string) error {
	s, err := d.source(ctx, id)
	if err != nil {
		return err
	}
	if err := d.opt.Store.DeleteWarningSource(ctx, s.ID); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "source.delete", s.ID, map[string]string{"name": s.Name}, nil)
	d.changed()
	return nil
}

// Codes are what other offices know the commune's areas by.
func (d *Desk) Codes(ctx context.Context) (map[string][]string, error) {
	codes := map[string][]string{}
	return codes, d.opt.Store.SettingOr(ctx, codesKey, &codes)
}

// PutCodes keeps them.
func (d *Desk) PutCodes(ctx context.Context, codes map[string][]string) error {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	for area, all := range codes {
		if _, ok := a.Areas[area]; !ok {
			return access.UnknownArea(area)
		}
		if len(all) > mostCodes || slices.ContainsFunc(all, func(c string) bool { return c == "" || len(c) > 40 }) {
			return errCodes
		}
	}
	before, err := d.Codes(ctx)
	if err == nil {
		err = d.opt.Store.PutSetting(ctx, codesKey, codes)
	}
	if err == nil {
		d.opt.Trail.Did(ctx, "warning.codes", "", before, codes)
	}
	return err
}

func saidOf(title string) string { return fmt.Sprintf(cancelWords, sentence(title)) }
