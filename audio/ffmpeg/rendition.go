package ffmpeg

import (
	"context"
	"fmt"
	"io"

	"loa/audio/program"
)

// renditionBitrate is enough for a voice, and a tenth more than the Opus that it is made of
// would need: AAC is the older of the two.
const renditionBitrate = "56k"

// Rendition writes what a clip sounds like as AAC in an MP4, which telephones play that
// know no Opus: those of Apple before 2023, and old ones of all. The index stands first, so
// that it sounds before it is here whole. out is made anew. What cannot be decoded is
// ErrUndecodable, wrapped.
func (f Program) Rendition(ctx context.Context, clip, out string) error {
	f = f.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	args := f.input(clip, "-ac", "1", "-c:a", "aac", "-b:a", renditionBitrate, "-flags", "+bitexact", "-fflags", "+bitexact",
		"-movflags", "+faststart", "-f", "mp4", "-y", "file:"+out)
	notes, err := program.Run(ctx, nil, io.Discard, f.Path, args...)
	if err != nil {
		return fmt.Errorf("rendition: %w", undecodable(err, notes))
	}
	return nil
}
