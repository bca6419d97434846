package pages

import "net/http"

// noticesForm takes that a notice was read.
type noticesForm struct {
	*kit
}

// register adds the endpoints.
func (p *noticesForm) register() {
	p.mux.HandleFunc("POST /notices/{id}", func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = p.notices.Read(r.Context(), r.PathValue("id"))
		}
		if err != nil {
			p.problemPage(w, r, p.explain(err))
			return
		}
		http.Redirect(w, r, nextOf(r.PostForm.Get("next")), http.StatusSeeOther)
	})
}
