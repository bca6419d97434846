package public

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"loa/controller/office/replay"
	"loa/node/wire"
)

// The two kinds of file in which a sound is served.
const (
	opus    = "opus"
	aac     = "m4a"
	opusIs  = "audio/ogg; codecs=opus"
	aacIs   = "audio/mp4"
	patient = 25 * time.Second // how long one waits for a rendition
)

// sound is a clip or a recording that may be heard, SHA256.opus or SHA256.m4a.
func (s *Server) sound(w http.ResponseWriter, r *http.Request) {
	sha, kind, ok := strings.Cut(r.PathValue("file"), ".")
	if !ok || kind != opus && kind != aac || !wire.ValidSHA(sha) {
		s.nowhere(w, r)
		return
	}
	now, err := s.opt.Replay.Snapshot(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	sound, ok := now.Sound(sha)
	if !ok {
		s.nowhere(w, r)
		return
	}
	path := s.source(sound)
	if kind == aac {
		if path, err = s.rendition(r.Context(), sound); err != nil {
			w.Header().Set("Retry-After", "30")
			say(w, http.StatusServiceUnavailable, "pub_sound_later")
			return
		}
	}
	s.play(w, r, path, sha, kind)
}

// source is where the Opus file of a sound is.
func (s *Server) source(sound replay.Sound) string {
	if sound.Recording {
		return s.opt.Store.RecordingPath(sound.SHA)
	}
	return s.opt.Store.ClipPath(sound.SHA)
}

// rendition waits for the AAC of a sound; of those who wait there are only so many.
func (s *Server) rendition(ctx context.Context, sound replay.Sound) (string, error) {
	if path, _, ok := s.opt.Maker.Ready(sound.SHA); ok {
		return path, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		cancel() // it is ordered, and not waited for
	}
	return s.opt.Maker.Get(ctx, sound.SHA, s.source(sound))
}

// play sends a file, or a range of it.
func (s *Server) play(w http.ResponseWriter, r *http.Request, path, sha, kind string) {
	f, err := os.Open(path)
	if err != nil {
		s.nowhere(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		s.fail(w, err)
		return
	}
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // no player asks for two at once; a client that does gets all
	}
	h := w.Header()
	h.Set("Content-Type", map[string]string{opus: opusIs, aac: aacIs}[kind])
	h.Set("Cache-Control", "public, max-age=172800, immutable") // two days: then it may be heard no more
	h.Set("ETag", `"`+sha[:32]+"-"+kind+`"`)
	http.ServeContent(paced{w, r.Context(), s.line, http.NewResponseController(w)}, r, "", info.ModTime(), f)
}
