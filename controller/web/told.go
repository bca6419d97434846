package web

import (
	"loa/controller/office/asrun"

	"loa/controller/i18n"
	"loa/controller/store"
	"loa/schedule"
)

// toldNode is what a node said in words. A large commune has a thousand of them on
// one page, and a template takes longer for a word than this for all three.
type toldNode struct{ Began, Heard, Result string }

func told(lang i18n.Language, n asrun.NodeHeard) toldNode {
	v := toldNode{Began: "–", Heard: "–", Result: i18n.Say(lang, "outcome_"+n.Outcome)}
	if !n.Began.IsZero() {
		v.Began, v.Heard = n.Began.In(schedule.Zone()).Format("15:04:05"), length(n.Heard)+" / "+length(n.Length)
	}
	if n.Reason != "" {
		v.Result += ": " + i18n.ReasonWord(lang, n.Reason)
	}
	if word := i18n.EarWord(lang, n.Ear, n.EarDB); word != "" && n.Reason != store.SilentHorn {
		v.Result += " (" + word + ")"
	}
	return v
}
