package backup

import "io"

// Told is told how far a work is: so many bytes of so many.
type Told func(done, of int64)

// meter counts what passes.
type meter struct {
	done, of int64
	told     Told
}

// Write is io.Writer's.
func (m *meter) Write(b []byte) (int, error) {
	m.done += int64(len(b))
	if m.told != nil {
		m.told(m.done, m.of)
	}
	return len(b), nil
}

// measured is a reader whose bytes are counted.
type measured struct {
	io.Reader
	meter *meter
}

// Read is io.Reader's.
func (r *measured) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	_, _ = r.meter.Write(b[:n]) // it only counts
	return n, err
}
