package pages

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"loa/controller/office/calendar"
	"loa/controller/office/clips"
	"loa/controller/store"
	"loa/controller/web/respond"
)

// Another recording in the place of one that a bulletin has. The page sends a
// file as it is; its script records, cuts and then does as the API does: a clip,
// and the bulletin with it. Either way it is a changed bulletin, and what was
// approved is the sound that it had.

// newSound is what a form with a recording has.
type newSound struct {
	language string
	clip     store.Clip
}

func (p *bulletinPage) bulletinSoundForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, respond.MaxUpload)
	if err := p.replaceSound(r); err != nil {
		p.bulletinPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/bulletins/"+r.PathValue("id")+"?saved", http.StatusSeeOther)
}

func (p *bulletinPage) replaceSound(r *http.Request) error {
	ctx := r.Context()
	old, err := p.calendar.Bulletin(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := p.access.MayChange(ctx, old.ID); err != nil { // before a recording is taken for nothing
		return err
	}
	sound, err := p.receiveSound(r, old.Clips)
	if err != nil {
		return err
	}
	b := old.BulletinBody
	b.Clips[sound.language] = sound.clip.ID
	b.Draft = old.Approval.State == string(store.Draft)
	_, err = p.calendar.ChangeBulletin(ctx, old.ID, b)
	return err
}

// soundsOf are the recordings that a bulletin has, the first heard first.
func (p *bulletinPage) soundsOf(ctx context.Context, b calendar.Bulletin) (all []spokenClip, err error) {
	for _, code := range calendar.Languages(store.Bulletin{Language: b.Language, Clips: b.Clips}) {
		clip, err := p.store.GetClip(ctx, b.Clips[code])
		if err != nil {
			return nil, err
		}
		all = append(all, spokenClip{code, clip.ID, clip.Length(), clips.Remarks(clip), clip.Style})
	}
	return all, nil
}

// receiveSound reads which of the recordings is replaced, and by what: the
// language comes first, so nothing is stored for one that there is not.
func (p *bulletinPage) receiveSound(r *http.Request, clips map[string]string) (sound newSound, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return sound, respond.NoFile
	}
	for range 16 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return sound, respond.Unread(err)
		}
		switch part.FormName() {
		case "language":
			if sound.language, err = shortField(part); err != nil {
				return sound, err
			}
		case "file":
			if part.FileName() == "" {
				return sound, formProblem("bul_no_file")
			}
			if clips[sound.language] == "" {
				return sound, respond.Wrong(http.StatusUnprocessableEntity, "language")
			}
			sound.clip, err = p.clips.Upload(r.Context(), part.FileName(), part)
			return sound, err
		}
	}
	return sound, formProblem("bul_no_file")
}

// shortField is a field of a few letters.
func shortField(part *multipart.Part) (string, error) {
	const most = 64
	data, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil || len(data) > most {
		return "", respond.Wrong(http.StatusBadRequest, "form")
	}
	return string(data), nil
}
