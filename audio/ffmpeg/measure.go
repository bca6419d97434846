package ffmpeg

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"loa/audio/program"
)

// Loudness is what ffmpeg's ebur128 measures.
type Loudness struct {
	LUFS     float64 // integrated; −70 when shorter than 0.4 s or silent
	PeakDBTP float64
	Seconds  float64
}

// Measure asks ffmpeg, a second opinion independent of Level, how loud a file
// is, to a tenth of a decibel.
func (f Program) Measure(ctx context.Context, path string) (Loudness, error) {
	f = f.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	path, err := filepath.Abs(path)
	if err != nil {
		return Loudness{}, fmt.Errorf("measure: %w", err)
	}
	args := f.input(path, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-progress", "pipe:1", "-")
	for i, a := range args {
		if a == "-v" {
			args[i+1] = "info" // the summary is information
		}
	}
	var progress, summary lastWords
	notes := &program.Notes{}
	err = program.RunTo(ctx, nil, &progress, io.MultiWriter(notes, &summary), f.Path, args...)
	if err != nil {
		return Loudness{}, undecodable(err, notes)
	}
	l := Loudness{Seconds: progress.number("out_time_us=") / 1e6}
	if l.LUFS, err = summaryValue(summary.tail, "I:", "LUFS"); err != nil {
		return l, err
	}
	l.PeakDBTP, err = summaryValue(summary.tail, "Peak:", "dBFS")
	return l, err
}

// summaryValue finds "name value unit" after ebur128's "Summary:".
func summaryValue(text []byte, name, unit string) (float64, error) {
	i := bytes.LastIndex(text, []byte("Summary:"))
	fields := strings.Fields(string(text[max(0, i):]))
	for k := range max(0, len(fields)-2) {
		if i >= 0 && fields[k] == name && fields[k+2] == unit {
			v, err := strconv.ParseFloat(fields[k+1], 64)
			if err != nil {
				return 0, fmt.Errorf("ffmpeg's %s %q: %w", name, fields[k+1], err)
			}
			return v, nil
		}
	}
	return 0, fmt.Errorf("no %s in ffmpeg's summary", name)
}

// decodeFloats turns little-endian bytes into as many samples as dst holds.
func decodeFloats(dst []float32, raw []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
}

// decodePairs turns little-endian bytes of two channels that alternate into as
// many samples as left and right hold.
func decodePairs(left, right []float32, raw []byte) {
	for i := range left {
		left[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[8*i:]))
		right[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[8*i+4:]))
	}
}
