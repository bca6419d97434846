package cache

import (
	"fmt"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// Peek opens the store in dir to be read only, while no node runs on it.
// Nothing in it is made or set aside.
func Peek(dir string) (c *Cache, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("open node store: damaged: %v", r)
		}
	}()
	db, err := bbolt.Open(filepath.Join(dir, "node.db"), 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("open node store: %w", err)
	}
	return &Cache{dir: dir, db: db, running: map[string]*runningFile{}, verified: map[string]bool{}, failed: map[string]error{}}, nil
}
