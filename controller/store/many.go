package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxMany is how many things one question asks for: below what the databases take.
const maxMany = 500

// many asks for things by their ids, some hundreds at a time: {ids} stands for them in
// the query.
func many[T any](ctx context.Context, db reader, what string, scan func(scanner) (T, error), query string, ids []string) (all []T,
	err error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for some := range slices.Chunk(slices.Compact(ids), maxMany) {
		in, args := make([]string, len(some)), make([]any, len(some))
		for i, id := range some {
			in[i], args[i] = "$"+strconv.Itoa(i+1), id
		}
		found, err := list(ctx, db, what, scan, strings.Replace(query, "{ids}", "("+strings.Join(in, ", ")+")", 1), args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Clips are some clips by their ids; those that there are not are left out. Where the
// database cannot be read, what is remembered stands in: see GetClip. None is an empty
// map, and no error.
func (s *Store) Clips(ctx context.Context, ids []string) (map[string]Clip, error) {
	found, err := many(ctx, s.read, "clips", scanClip, `SELECT `+clipColumns+` FROM clips WHERE id IN {ids}`, ids)
	clips := make(map[string]Clip, len(ids))
	for _, c := range found {
		clips[c.ID] = c
	}
	for _, id := range ids {
		if _, ok := clips[id]; ok {
			continue
		}
		c, again := s.GetClip(ctx, id)
		if errors.Is(again, ErrNotFound) {
			continue
		}
		if again != nil {
			return nil, errors.Join(err, again)
		}
		clips[id] = c
	}
	return clips, nil
}

// BulletinsOf are some bulletins by their ids; those that there are not are left out.
// None is an empty map, and no error.
func (s *Store) BulletinsOf(ctx context.Context, ids []string) (map[string]Bulletin, error) {
	found, err := many(ctx, s.read, "bulletins", scanBulletin, bulletins+`WHERE b.id IN {ids}`, ids)
	if err == nil {
		err = addClips(ctx, s.read, found)
	}
	if err != nil {
		return nil, err
	}
	all := make(map[string]Bulletin, len(found))
	for _, b := range found {
		all[b.ID] = b
	}
	return all, nil
}

// AiredOf is Aired of some programmes by their ids; those that there are not are left out.
// None is an empty map, and no error.
func (s *Store) AiredOf(ctx context.Context, ids []string) (map[string]Programme, error) {
	o, err := s.Openings(ctx)
	if err != nil {
		return nil, err
	}
	found, err := many(ctx, s.read, "programmes", scanProgramme, programmes+`WHERE p.id IN {ids}`, ids)
	all := make(map[string]Programme, len(found))
	for _, p := range found {
		all[p.ID] = o.open(p)
	}
	return all, err
}

// AiredClips returns when each of some clips was last heard from some loudspeaker; clips
// of which nobody said so are left out. None is an empty map, and no error.
func (s *Store) AiredClips(ctx context.Context, clips []string) (map[string]time.Time, error) {
	type play struct {
		clip string
		last time.Time
	}
	found, err := many(ctx, s.read, "last plays of clips", func(sc scanner) (p play, err error) {
		return p, sc.Scan(&p.clip, at{&p.last})
	}, `SELECT clip, max(at) FROM plays WHERE began > 0 AND clip IN {ids} GROUP BY clip`, clips)
	aired := make(map[string]time.Time, len(found))
	for _, p := range found {
		aired[p.clip] = p.last
	}
	return aired, err
}
