package answers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"loa/controller/i18n"
	"loa/controller/photo"
	"loa/controller/problem"
	"loa/controller/share"
	"loa/controller/store"
	"loa/controller/text"
)

// Kinds are what a villager can tell of, in the order in which they are offered: ngập, sạt
// lở, cháy, cần cứu giúp, cây đổ, mất điện, loa hỏng, ồn, góp ý.
var Kinds = []string{"help", "flood", "landslide", "fire", "tree", "power", "loudspeaker", "noise", "idea"}

// urgent are the kinds that ring.
var urgent = []string{"help", "flood", "landslide", "fire"}

// Urgent reports whether a kind rings.
func Urgent(kind string) bool { return slices.Contains(urgent, kind) }

// How much is taken.
const (
	MostWords = 1000 // characters of a message, and of a reply

	mostStored  = 5000 // messages, until the oldest are forgotten
	mostHere    = 1000 // of one village
	mostPhotos  = 600  // at most 180 MB
	codeLength  = 10   // of a receipt: of a thousand million guesses none hits
	photoWithin = 20 * time.Second
)

// Told is what a villager tells.
type Told struct {
	Kind  string
	Words string
	Point *store.Point // nil: none
	Phone string       // "": none
	Photo []byte       // a file as it was sent; nil: none
}

// What a villager is told whose message is not taken.
var (
	errKind = problem.New(problem.Invalid, "message_kind", "Hãy chọn việc muốn báo.", "Choose what it is about.")
	errNone = problem.New(problem.Invalid, "message_empty", "Hãy viết vài chữ, hoặc gửi kèm ảnh hay vị trí.",
		"Write some words, or send a photo or the place.")
	errLong = problem.New(problem.Invalid, "message_long", "Tin dài quá: tối đa %d chữ cái.",
		"The message is too long: %d characters at most.",
		MostWords)
	errPoint = problem.New(problem.Invalid, "message_point",
		"Vị trí chưa đúng: hãy bỏ trống hai ô vị trí, hoặc điền cả vĩ độ và kinh độ.",
		"The place is not right: leave both fields empty, or fill in latitude and longitude.")
	errPhone = problem.New(problem.Invalid, "message_phone", "Số điện thoại chưa đúng: chỉ ghi 8 đến 15 chữ số, hoặc bỏ trống.",
		"The telephone number is not right: 8 to 15 digits, or nothing.")
	errOften = problem.New(problem.TooMany, "message_often",
		"Đã có nhiều tin gửi từ mạng hoặc thôn này: hãy đợi một giờ. Cần gấp hãy gọi trưởng thôn, 114 (cháy, cứu nạn) hoặc 115.",
		"Many messages came from this network or village: wait an hour. If it is urgent call the village head, 114 (fire, rescue) or 115.")
	errFull = problem.New(problem.Full, "messages_full",
		"Hộp tin đã đầy, tin chưa gửi được. Cần gấp hãy gọi trưởng thôn, 114 (cháy, cứu nạn) hoặc 115.",
		"The box is full, and the message was not sent. If it is urgent call the village head, 114 (fire, rescue) or 115.")
	errPhotos = problem.New(problem.Full, "photos_full", "Chỗ chứa ảnh đã đầy: hãy gửi lại, không kèm ảnh.",
		"There is no room for photos: send it again without one.")
	errPhotoBusy = problem.New(problem.Unavailable, "photo_busy",
		"Máy đang bận với nhiều ảnh: hãy gửi lại sau một phút, hoặc không kèm ảnh.",
		"Many photos are being worked on: send it again in a minute, or without one.")
)

// room is how much of what many share a kind may fill: what is urgent finds some left.
func room(kind string, most int) int {
	if Urgent(kind) {
		return most
	}
	return most * 4 / 5
}

// photos is the line before the decoder: one at a time, and of one address one.
var photos = share.NewLine(share.Room{Places: 1, Own: 1, Each: 2, All: 6})

// Tell takes a message in, and returns the code by which its sender follows it. The same,
// sent twice, is one.
func (d *Desk) Tell(ctx context.Context, from, code string, m Told) (receipt string, err error) {
	area, err := d.Village(ctx, from, code)
	if err != nil {
		return "", err
	}
	if err := m.Check(); err != nil {
		return "", err
	}
	now, sum := d.opt.Now(), m.sum()
	if known := d.gate.receipt(now, from, area, sum, ""); known != "" {
		return known, nil
	}
	hour := now.Format("15")
	if !d.gate.let(now, upTo(mostSentHour, "sent", from, hour), upTo(mostSentDay, "sent", from),
		upTo(mostSentNetwork, "sent net", network(from), hour), upTo(room(m.Kind, mostSentVillage), "sent village", area, hour),
		upTo(room(m.Kind, mostSentAll), "sent all", hour)) {
		return "", errOften
	}
	jpeg, err := d.drawn(ctx, from, m.Photo)
	if err != nil {
		return "", err
	}
	return d.take(ctx, from, area, sum, m, jpeg)
}

// take keeps a message that may be taken, and rings where it is urgent.
func (d *Desk) take(ctx context.Context, from, area, sum string, m Told, jpeg []byte) (receipt string, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	now := d.opt.Now()
	if known := d.gate.receipt(now, from, area, sum, ""); known != "" {
		return known, nil // it came in meanwhile
	}
	n, err := d.opt.Store.Stored(ctx, area)
	switch {
	case err != nil:
		return "", err
	case n.Messages >= room(m.Kind, mostStored) || n.Here >= room(m.Kind, mostHere):
		return "", errFull
	case jpeg != nil && n.Photos >= mostPhotos:
		return "", errPhotos
	}
	receipt = store.DrawCode(codeLength)
	row := store.Message{ID: "m-" + store.NewID(), Area: area, Kind: m.Kind, Words: m.Words, Point: m.Point, Phone: m.Phone, At: now,
		Receipt: digest(receipt), State: store.MessageNew, Changed: now}
	if err := d.opt.Store.AddMessage(ctx, row, jpeg); err != nil {
		return "", err
	}
	d.gate.receipt(now, from, area, sum, receipt)
	ctx = villager(ctx)
	// nothing personal: it is kept for ever
	d.opt.Trail.Did(ctx, "message.add", row.ID, nil, map[string]any{"kind": row.Kind, "photo": jpeg != nil}, area)
	d.opt.News("answers")
	if hour := now.Format("15"); Urgent(m.Kind) && d.gate.let(now, upTo(mostRings, "ring", area, hour), upTo(mostRingsAll, "ring",
		hour)) {
		d.opt.Notices.TellMessage(ctx, area, now, [2]string{i18n.Say(i18n.VI, "message_"+m.Kind), i18n.Say(i18n.EN, "message_"+m.Kind)})
	}
	return receipt, nil
}

// drawn is a photo drawn anew; nil of none.
func (d *Desk) drawn(ctx context.Context, from string, file []byte) ([]byte, error) {
	if len(file) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, photoWithin)
	defer cancel()
	leave, err := photos.Enter(ctx, from)
	if err != nil {
		return nil, errPhotoBusy
	}
	defer leave()
	return photo.Shrink(file)
}

// Check says what is not right with a message, and makes it fit to be kept.
func (m *Told) Check() error {
	m.Words = strings.TrimSpace(text.Clean(strings.ReplaceAll(m.Words, "\r\n", "\n")))
	phone, ok := phoneOf(m.Phone)
	m.Phone = phone
	switch {
	case !slices.Contains(Kinds, m.Kind):
		return errKind
	case utf8.RuneCountInString(m.Words) > MostWords:
		return errLong
	case m.Words == "" && m.Point == nil && len(m.Photo) == 0 && !Urgent(m.Kind):
		return errNone
	case !ok:
		return errPhone
	case m.Point != nil && !onEarth(*m.Point):
		return errPoint
	}
	return nil
}

func onEarth(p store.Point) bool {
	return math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180 // false of what is no number
}

// PointOf reads a place as two fields have it, with a point or a comma; nil: they are empty.
func PointOf(latitude, longitude string) (*store.Point, error) {
	latitude, longitude = strings.TrimSpace(latitude), strings.TrimSpace(longitude)
	if latitude == "" && longitude == "" {
		return nil, nil
	}
	var p store.Point
	for _, x := range []struct {
		typed string
		into  *float64
	}{{latitude, &p.Latitude}, {longitude, &p.Longitude}} {
		n, err := degrees(x.typed)
		if err != nil {
			return nil, errPoint
		}
		*x.into = n
	}
	if !onEarth(p) {
		return nil, errPoint
	}
	return &p, nil
}

// degrees reads a number of degrees: digits, one point or comma, no exponent.
func degrees(typed string) (float64, error) {
	typed = strings.Replace(typed, ",", ".", 1)
	if typed == "" || len(typed) > 30 || strings.Trim(typed, "+-.0123456789") != "" {
		return 0, errPoint
	}
	return strconv.ParseFloat(typed, 64)
}

// phoneOf is a number as it is dialled; false: it is none.
func phoneOf(typed string) (string, bool) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", true
	}
	var b strings.Builder
	for i, r := range typed {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case unicode.IsSpace(r), strings.ContainsRune(".-()", r):
		default:
			return "", false
		}
	}
	digits := strings.TrimPrefix(b.String(), "+")
	return b.String(), len(digits) >= 8 && len(digits) <= 15
}

// sum tells one message from another.
func (m Told) sum() string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s\x00%v\x00", m.Kind, m.Words, m.Phone, m.Point != nil) // a hash takes everything
	if m.Point != nil {
		_, _ = fmt.Fprintf(h, "%v\x00", *m.Point)
	}
	_, _ = h.Write(m.Photo)
	return hex.EncodeToString(h.Sum(nil))
}

// digest is a sender's code as it is kept: who reads the database cannot follow for them.
func digest(receipt string) string {
	sum := sha256.Sum256([]byte("loa receipt\n" + receipt))
	return hex.EncodeToString(sum[:])
}

// Followed is what the sender of a message sees of it.
type Followed struct {
	Kind    string
	At      time.Time
	State   store.MessageState
	Reply   string
	Changed time.Time
}

var errFollow = problem.New(problem.NotFound, "message_code",
	"Không có tin nào có mã này: hãy xem lại mã đã ghi. Tin cũ thì đã được xóa.",
	"No message has this code: look at the code again. What is old was removed.")

// Follow returns what a sender's code leads to.
func (d *Desk) Follow(ctx context.Context, from, receipt string) (f Followed, err error) {
	m, err := d.sent(ctx, from, receipt)
	return Followed{m.Kind, m.At, m.State, m.Reply, m.Changed}, err
}

// Withdraw removes a message for its sender, as the privacy page promises.
func (d *Desk) Withdraw(ctx context.Context, from, receipt string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	m, err := d.sent(ctx, from, receipt)
	if err == nil {
		err = d.opt.Store.DeleteMessage(ctx, m.ID)
	}
	if err != nil {
		return err
	}
	d.opt.Trail.Did(villager(ctx), "message.withdraw", m.ID, recorded(m), nil, m.Area)
	d.opt.News("answers")
	return nil
}

// sent is the message whose sender has a code.
func (d *Desk) sent(ctx context.Context, from, receipt string) (m store.Message, err error) {
	if d.gate.blocked(d.opt.Now(), from) {
		return m, ErrManyWrong
	}
	receipt = strings.ToLower(strings.TrimSpace(receipt))
	if len(receipt) != codeLength || strings.Trim(receipt, store.CodeAlphabet) != "" {
		return m, errFollow // nothing to look up, and nobody guesses so
	}
	m, err = d.opt.Store.MessageOf(ctx, digest(receipt))
	if errors.Is(err, store.ErrNotFound) {
		d.gate.wrong(d.opt.Now(), from)
		return m, errFollow
	}
	return m, err
}
