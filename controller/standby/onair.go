package standby

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"loa/controller/store"
)

const onAirName = "onair.json" // in the data folder

// NoteOnAir writes beside the database which recorded alerts are on air: an office whose
// database breaks meanwhile knows them still, for the boards that have not heard of
// them and for the person who wants to stop them. If it cannot be written there is none:
// an old one would begin again what has ended.
func NoteOnAir(data string, calls []store.Call) (err error) {
	path := filepath.Join(data, onAirName)
	if len(calls) > 0 {
		if err = writeOnAir(path, calls); err == nil {
			return nil
		}
	}
	return errors.Join(err, ignoreAbsent(os.Remove(path)))
}

func writeOnAir(path string, calls []store.Call) error {
	text, err := json.Marshal(calls)
	if err != nil {
		return fmt.Errorf("note what is on air: %w", err)
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return errors.Join(err, ignoreAbsent(os.Remove(fresh)))
	}
	if err := sync(fresh); err != nil {
		return err
	}
	return errors.Join(os.Rename(fresh, path), sync(filepath.Dir(path)))
}

// takeUp puts into a stand-in the alerts that were on air when the database broke, if it
// has not heard of them and their time is not over.
func takeUp(ctx context.Context, data string, st *store.Store, now time.Time) error {
	text, err := os.ReadFile(filepath.Join(data, onAirName))
	if err != nil {
		return ignoreAbsent(err)
	}
	var calls []store.Call
	if err := json.Unmarshal(text, &calls); err != nil {
		return fmt.Errorf("what was on air: %w", err)
	}
	for _, c := range calls {
		if _, known := st.Call(ctx, c.ID); !errors.Is(known, store.ErrNotFound) || !c.End.After(now) {
			continue
		}
		if err := st.PutCall(ctx, c); err != nil {
			return err
		}
	}
	return nil
}
