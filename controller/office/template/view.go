package template

import "loa/controller/i18n"

// View is a template as people and programs are shown it.
type View struct {
	ID     string      `json:"id"`
	VI     string      `json:"vi"`
	EN     string      `json:"en"`
	Alert  bool        `json:"alert" doc:"an emergency; otherwise a bulletin"`
	Fields []FieldView `json:"fields"`
}

// FieldView is a field of a template.
type FieldView struct {
	ID       string       `json:"id"`
	VI       string       `json:"vi"`
	EN       string       `json:"en"`
	Kind     string       `json:"kind" enum:"words,number,clock,day,choice,phone" doc:"clock is 18:30, the end may be 4:00 hôm sau; day is 2025-08-15"`
	Required bool         `json:"required"`
	Most     int          `json:"max_length,omitempty" doc:"characters, of words"`
	Min      float64      `json:"min,omitempty" doc:"of a number"`
	Max      float64      `json:"max,omitempty"`
	Choices  []ChoiceView `json:"choices,omitempty"`
}

// ChoiceView is what may be chosen.
type ChoiceView struct {
	ID string `json:"id"`
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Views are all templates, or those of one use: "alert", "bulletin".
func Views(use string) (views []View) {
	for _, t := range All() {
		calm := !t.Alert || t.ID == "clear" || t.ID == "correction" // which can wait for the hour of the news
		if use == "" || use == "alert" && t.Alert || use == "bulletin" && calm {
			views = append(views, t.view())
		}
	}
	return views
}

func (t Template) view() View {
	v := View{ID: t.ID, VI: t.Name(i18n.VI), EN: t.Name(i18n.EN), Alert: t.Alert}
	for _, f := range t.Fields {
		field := FieldView{ID: f.ID, VI: f.Name(i18n.VI), EN: f.Name(i18n.EN), Kind: string(f.Kind), Required: !f.Optional, Most: f.Most,
			Min: f.Min, Max: f.Max}
		for _, c := range f.Choices {
			key := "tpl_c_" + f.ID + "_" + c
			field.Choices = append(field.Choices, ChoiceView{c, i18n.Say(i18n.VI, key), i18n.Say(i18n.EN, key)})
		}
		v.Fields = append(v.Fields, field)
	}
	return v
}
