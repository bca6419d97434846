package store

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"
)

// NewID makes an id that is short, unique and safe everywhere: 16 letters and digits.
func NewID() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// Optional is an instant as JSON leaves it out where there is none; nil: the zero time.
func Optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
