package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/trust"
)

// Maintained are the areas in which the caller may set up loudspeakers.
func (d *Inventory) Maintained(ctx context.Context) (views []Area, err error) {
	areas, err := d.Areas(ctx)
	if err != nil {
		return nil, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	for _, area := range areas {
		if a.Who.May(access.Maintaining, a.Tree, area.ID) {
			views = append(views, AreaOf(area))
		}
	}
	return views, nil
}

// maxSlug leaves room for a number behind it.
const maxSlug = 48

// slug is a name as an id: letters without their marks, digits and hyphens.
func slug(name string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC),
		strings.NewReplacer("đ", "d", "Đ", "d").Replace(name))
	if err != nil {
		plain = ""
	}
	words := strings.FieldsFunc(strings.ToLower(plain), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	id := strings.Join(words, "-")
	return strings.Trim(cmp.Or(id[:min(len(id), maxSlug)], "loa"), "-")
}

// Area is a place of the tree, as it is shown.
type Area struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Kind   string `json:"kind" enum:"province,commune,village"`
	Parent string `json:"parent,omitempty"`
}

// Areas are those that the caller may see, by name.
func (d *Inventory) Areas(ctx context.Context) ([]store.Area, error) {
	v, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	return v.Seen, nil
}

// AreaOf shows an area.
func AreaOf(a store.Area) Area {
	return Area{ID: a.ID, Name: a.Name, Kind: string(a.Kind), Parent: a.Parent}
}

// PutArea makes or changes an area.
func (d *Inventory) PutArea(ctx context.Context, a Area) (Area, error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	if !trust.ValidNodeID(a.ID) {
		return a, BadID(a.ID)
	}
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" {
		return a, noName
	}
	if utf8.RuneCountInString(a.Name) > maxAreaName {
		return a,
			problem.New(problem.Invalid, "name_long", "Tên dài quá %d chữ: hãy rút ngắn.", "The name is longer than %d characters: shorten it.",
				maxAreaName)
	}
	at, err := d.opt.Access.View(ctx)
	if err != nil {
		return a, err
	}
	if _, ok := at.Tree[a.Parent]; a.Parent != "" && (!ok || at.Tree.Within(a.Parent, a.ID)) {
		return a, access.UnknownArea(a.Parent)
	}
	if err := at.PermitArea(a.ID, a.Parent); err != nil {
		return a, err
	}
	if err := d.opt.Store.PutArea(ctx, store.Area{ID: a.ID, Name: a.Name, Kind: store.AreaKind(a.Kind), Parent: a.Parent}); err != nil {
		return a, err
	}
	d.opt.Access.Renew(ctx)
	var before any
	if old, ok := at.Areas[a.ID]; ok {
		before = AreaOf(old)
	}
	d.opt.Trail.Did(ctx, "area.put", a.ID, before, a, a.ID)
	d.opt.Changed("nodes")
	return a, nil
}

var noName = problem.New(problem.Invalid, "name_missing", "Chưa có tên: hãy đặt tên.", "There is no name: give one.")

// BadID refuses what cannot be the id of an area or a node.
func BadID(id string) *problem.Problem {
	return problem.New(problem.Invalid, "id_invalid",
		"Mã “%s” không dùng được: chỉ gồm a-z, 0-9 và dấu gạch ngang, tối đa 64 ký tự.",
		"The id “%s” cannot be used: only a-z, 0-9 and dashes, at most 64.", text.Shown(id))
}

// DeleteArea removes an area in which nothing stands.
func (d *Inventory) DeleteArea(ctx context.Context, id string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	old, err := d.opt.Store.Area(ctx, id)
	if err == nil {
		err = d.opt.Store.DeleteArea(ctx, id)
	}
	if errors.Is(err, store.ErrConflict) {
		err = problem.New(problem.Conflict, "area_in_use",
			"Địa bàn này còn cụm loa hoặc địa bàn cấp dưới: hãy chuyển hoặc xóa chúng trước.",
			"There are still nodes or areas in this area: move or remove them first.")
	}
	if err != nil {
		return err
	}
	d.opt.Access.Renew(ctx)
	d.opt.Trail.Did(ctx, "area.delete", id, AreaOf(old), nil, id)
	d.opt.Changed("nodes")
	return nil
}

const (
	maxAreaName = 120 // runes
	maxNewAreas = 200 // at once
)

// NameCommune gives the commune its name, the first or another.
func (d *Inventory) NameCommune(ctx context.Context, name string) error {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	_, err = d.PutArea(ctx, Area{a.Commune, name, string(store.Commune), a.Tree[a.Commune]})
	return err
}

// RenameArea gives an area another name.
func (d *Inventory) RenameArea(ctx context.Context, id, name string) error {
	old, err := d.opt.Store.Area(ctx, id)
	if err != nil {
		return err
	}
	_, err = d.PutArea(ctx, Area{id, name, string(old.Kind), old.Parent})
	return err
}

// AddVillages makes a village of each line that names a new one.
func (d *Inventory) AddVillages(ctx context.Context, lines string) error {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	if _, named := a.Areas[a.Commune]; !named {
		return problem.New(problem.Conflict, "commune_unnamed", "Xã chưa có tên: hãy đặt tên xã trước rồi thêm thôn.",
			"The commune has no name yet: give it one, then add villages.")
	}
	known := map[string]bool{}
	for _, area := range a.Areas {
		if area.Parent == a.Commune {
			known[strings.ToLower(area.Name)] = true
		}
	}
	var names []string
	for _, line := range strings.FieldsFunc(lines, func(r rune) bool { return r == '\n' || r == '\r' }) {
		name := strings.Join(strings.Fields(line), " ")
		if name != "" && !known[strings.ToLower(name)] {
			known[strings.ToLower(name)] = true
			names = append(names, name)
		}
	}
	switch {
	case strings.TrimSpace(lines) == "":
		return noName
	case len(names) > maxNewAreas:
		return problem.New(problem.Invalid, "areas_many", "Mỗi lần thêm tối đa %d thôn: hãy chia ra vài lần.",
			"At most %d villages at once: add them in parts.", maxNewAreas)
	}
	taken := map[string]bool{a.Commune: true}
	for id := range a.Areas {
		taken[id] = true
	}
	for _, name := range names {
		id := freeArea(taken, name)
		if _, err := d.PutArea(ctx, Area{id, name, string(store.Village), a.Commune}); err != nil {
			return err
		}
		taken[id] = true
	}
	return nil
}

// freeArea is an id for a new area, after what people call it.
func freeArea(taken map[string]bool, name string) string {
	base := slug(name)
	id := base
	for i := 2; ; i++ {
		if !taken[id] {
			return id
		}
		id = fmt.Sprint(base, "-", i)
	}
}
