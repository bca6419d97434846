package reach

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
	"net/url"
	"time"
)

const (
	maxPlaylist = 1 << 20  // bytes
	maxSegment  = 32 << 20 // bytes
	maxNested   = 3        // playlists of playlists
	joinBefore  = 3        // segments from the end, where a live station is joined (RFC 8216, 6.3.3)
	leastTarget = time.Second
	mostTarget  = 30 * time.Second
	keyBytes    = 16
)

// follower fetches what a playlist names, part by part.
type follower struct {
	station
	at     *url.URL // of the playlist
	next   uint64   // number of the segment that is due
	joined bool
	keys   map[string][]byte
	head   span // that was given last
}

// openPlaylist is the sound that a playlist names.
func (s station) openPlaylist(ctx context.Context, at *url.URL, first []byte) io.ReadCloser {
	ctx, cancel := context.WithCancel(ctx)
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f := &follower{station: s, at: at, keys: map[string][]byte{}}
		w.CloseWithError(f.run(ctx, first, w)) // nil is the end
	}()
	return &body{r, func() error {
		cancel()
		err := r.Close()
		<-done
		return err
	}}
}

// run writes the sound to w until it is over, fails, or ctx ends.
func (f *follower) run(ctx context.Context, text []byte, w io.Writer) error {
	nested, last := 0, time.Now()
	for {
		p, err := parsePlaylist(f.at, text)
		if err != nil {
			return err
		}
		wait := time.Duration(0)
		if len(p.others) > 0 {
			if nested++; nested > maxNested {
				return fmt.Errorf("%w: its playlists have no end", ErrNotHeard)
			}
			if f.at, err = url.Parse(p.smallest()); err != nil {
				return err
			}
		} else {
			n, err := f.give(ctx, p, w)
			switch {
			case err != nil || p.over:
				return err
			case n > 0:
				last, wait = time.Now(), p.target
			case time.Since(last) > patience+joinBefore*p.target:
				return errSilent
			default:
				wait = p.target / 2
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		if text, err = f.fetch(ctx, f.at.String(), "", maxPlaylist); err != nil {
			return err
		}
	}
}

// give writes the segments that are due, and says how many there were.
func (f *follower) give(ctx context.Context, p *playlist, w io.Writer) (n int, err error) {
	if !f.joined && !p.over && len(p.segments) > joinBefore {
		p.segments = p.segments[len(p.segments)-joinBefore:]
	}
	for _, s := range p.segments {
		if f.joined && s.number < f.next {
			continue
		}
		if err := f.send(ctx, s, w); err != nil {
			return n, err
		}
		f.joined, f.next = true, s.number+1
		n++
	}
	return n, nil
}

func (f *follower) send(ctx context.Context, s segment, w io.Writer) error {
	if s.head != f.head && s.head.address != "" {
		head, err := f.fetch(ctx, s.head.address, s.head.part, maxSegment)
		if err != nil {
			return err
		}
		if _, err := w.Write(head); err != nil {
			return err
		}
		f.head = s.head
	}
	data, err := f.fetch(ctx, s.address, s.part, maxSegment)
	if err == nil && s.key != "" {
		data, err = f.decrypt(ctx, s, data)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// decrypt is of AES-128 in CBC with PKCS #7 (RFC 8216, 4.3.2.4).
func (f *follower) decrypt(ctx context.Context, s segment, data []byte) ([]byte, error) {
	wrong := fmt.Errorf("%w: it cannot be decrypted", ErrNotHeard)
	key := f.keys[s.key]
	if key == nil {
		var err error
		if key, err = f.fetch(ctx, s.key, "", keyBytes); err != nil {
			return nil, err
		}
		f.keys = map[string][]byte{s.key: key} // the one before is over
	}
	block, err := aes.NewCipher(key)
	if err != nil || len(key) != keyBytes || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, wrong
	}
	cipher.NewCBCDecrypter(block, s.vector).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad == 0 || pad > aes.BlockSize {
		return nil, wrong
	}
	return data[:len(data)-pad], nil
}
