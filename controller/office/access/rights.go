package access

import "loa/controller/trust"

// The rights that there are to need: one of those listed.
var (
	Reading     = []trust.Action{trust.Read}
	Reporting   = []trust.Action{trust.Report}
	Writing     = []trust.Action{trust.Write}
	Scripting   = []trust.Action{trust.Write, trust.Speak, trust.Emergency} // to have words spoken
	Approving   = []trust.Action{trust.Approve}
	Reviewing   = []trust.Action{trust.Write, trust.Approve}
	Speaking    = []trust.Action{trust.Speak}
	Alerting    = []trust.Action{trust.Emergency}
	Sounding    = []trust.Action{trust.Speak, trust.Emergency}
	Watching    = []trust.Action{trust.Read, trust.Speak, trust.Emergency}
	Maintaining = []trust.Action{trust.Maintain}
	Governing   = []trust.Action{trust.Govern}
	Auditing    = []trust.Action{trust.Audit}
	Listening   = []trust.Action{trust.Listen}
)

// Drilling is the right that a drill (diễn tập) needs: a person who speaks in daily life
// rehearses it, whether or not an emergency is theirs to air, and who airs
// emergencies rehearses them.
var Drilling = Sounding
