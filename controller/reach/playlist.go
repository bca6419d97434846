package reach

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// segment is one part of the sound.
type segment struct {
	span
	number uint64
	head   span   // what comes before it, of an MP4; zero: nothing
	key    string // address of its AES-128 key; "": it is not encrypted
	vector []byte // 16 bytes, of its decryption
}

// span is a part of what an address has.
type span struct {
	address string
	part    string // as 0-99; "": all
}

// playlist is what a station's playlist says (RFC 8216).
type playlist struct {
	others   []variant // it is a list of playlists
	voices   map[string]string
	segments []segment
	target   time.Duration // of a segment, at most
	over     bool          // nothing more comes
}

// variant is one of several playlists of the same sound.
type variant struct {
	address string
	rate    int    // bit/s
	voice   string // group of its sound, if that has playlists of its own
}

// smallest is the address of the playlist that costs least: it is for a horn.
func (p *playlist) smallest() string {
	v := slices.MinFunc(p.others, func(a, b variant) int { return a.rate - b.rate })
	if voice := p.voices[v.voice]; voice != "" {
		return voice
	}
	return v.address
}

// parser reads a playlist line by line.
type parser struct {
	playlist
	at     *url.URL
	next   segment
	other  *variant          // whose address comes next
	offset map[string]uint64 // by address: where its next part begins
}

func parsePlaylist(at *url.URL, text []byte) (*playlist, error) {
	p := &parser{playlist: playlist{voices: map[string]string{}, target: leastTarget}, at: at, offset: map[string]uint64{}}
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		line = strings.TrimSpace(line)
		tag, value, _ := strings.Cut(line, ":")
		var err error
		switch {
		case line == "":
		case !strings.HasPrefix(line, "#"):
			err = p.address(line)
		default:
			err = p.tag(tag, value)
		}
		if err != nil {
			return nil, err
		}
	}
	return &p.playlist, nil
}

// address is of a segment, or of another playlist.
func (p *parser) address(line string) error {
	address, err := follow(p.at, line)
	if err != nil {
		return err
	}
	if p.other != nil {
		p.other.address = address
		p.others, p.other = append(p.others, *p.other), nil
		return nil
	}
	s := p.next
	s.address = address
	s.part = p.bytes(address, s.part)
	if s.key != "" && s.vector == nil {
		s.vector = binary.BigEndian.AppendUint64(make([]byte, 8), s.number)
	}
	p.segments = append(p.segments, s)
	p.next.number++
	p.next.part = ""
	return nil
}

// bytes turns length@offset into a range; without an offset it is what follows.
func (p *parser) bytes(address, said string) string {
	length, offset, given := strings.Cut(said, "@")
	n, err := strconv.ParseUint(length, 10, 62)
	if err != nil || n == 0 {
		return ""
	}
	from := p.offset[address]
	if given {
		from, _ = strconv.ParseUint(offset, 10, 62)
	}
	p.offset[address] = from + n
	return fmt.Sprintf("%d-%d", from, from+n-1)
}

func (p *parser) tag(tag, value string) (err error) {
	switch tag {
	case "#EXT-X-STREAM-INF":
		of := attributes(value)
		p.other = &variant{voice: of["AUDIO"]}
		p.other.rate, _ = strconv.Atoi(of["BANDWIDTH"])
	case "#EXT-X-MEDIA":
		of := attributes(value)
		if of["TYPE"] == "AUDIO" && of["URI"] != "" && (p.voices[of["GROUP-ID"]] == "" || of["DEFAULT"] == "YES") {
			p.voices[of["GROUP-ID"]], err = follow(p.at, of["URI"])
		}
	case "#EXT-X-TARGETDURATION":
		s, _ := strconv.ParseFloat(value, 64)
		if s > 0 && s < mostTarget.Seconds() {
			p.target = max(leastTarget, time.Duration(s*float64(time.Second)))
		} else if s > 0 {
			p.target = mostTarget
		}
	case "#EXT-X-MEDIA-SEQUENCE":
		p.next.number, _ = strconv.ParseUint(value, 10, 62)
	case "#EXT-X-BYTERANGE":
		p.next.part = value
	case "#EXT-X-MAP":
		of := attributes(value)
		p.next.head.address, err = follow(p.at, of["URI"])
		p.next.head.part = p.bytes(p.next.head.address, of["BYTERANGE"])
	case "#EXT-X-KEY":
		err = p.key(attributes(value))
	case "#EXT-X-ENDLIST":
		p.over = true
	}
	return err
}

func (p *parser) key(of map[string]string) (err error) {
	p.next.key, p.next.vector = "", nil
	switch of["METHOD"] {
	case "NONE":
		return nil
	case "AES-128":
	default:
		return fmt.Errorf("%w: it is encrypted in a way that is not known here", ErrNotHeard)
	}
	if iv := of["IV"]; len(iv) > 2 {
		p.next.vector, err = hex.DecodeString(iv[2:])
		if err != nil || len(p.next.vector) != 16 {
			return fmt.Errorf("%w: its playlist is wrong", ErrNotHeard)
		}
	}
	p.next.key, err = follow(p.at, of["URI"])
	return err
}

// attributes reads A=1,B="x,y".
func attributes(list string) map[string]string {
	of := map[string]string{}
	for list != "" {
		name, rest, _ := strings.Cut(list, "=")
		var value string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			value, rest, _ = strings.Cut(quoted, `"`)
			_, list, _ = strings.Cut(rest, ",")
		} else {
			value, list, _ = strings.Cut(rest, ",")
		}
		of[strings.TrimSpace(name)] = value
	}
	return of
}

// follow is the address that a playlist names, seen from its own. A file of this
// machine it must not name.
func follow(from *url.URL, said string) (string, error) {
	u, err := from.Parse(said)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%w: its playlist names what is no web address", ErrNotHeard)
	}
	return u.String(), nil
}
