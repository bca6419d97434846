// Package office is the wing of what a commune's office does, by whichever
// way it is asked: a person at a page, a script by the API, another program. Its rooms know
// no HTTP and no page; the faces below package web only show them. Open puts the rooms
// together.
//
// A day there, in the rooms' words. The station is new: it is named, and its first board
// comes in by a code and is heard (setup). Somebody comes in (account.Desk.SignIn): a
// visit (access.Visit) says who they are and by what they were let in, and all that they
// may see of the commune is one view (access.View), read once. The head lets a new
// colleague in and gives her a role in her village (people.Desk.Add): no more than the
// head has. She types a bulletin (calendar.Desk.AddBulletin), or fills a form for it
// (template.Filled); the name of a hamlet comes out wrong, so she writes down once how it
// is said (dictionary.Desk.Put). A voice says it (clips.Desk.Speak). She puts it into the
// calendar for five o'clock (calendar.Desk.Add), in an hour that is neither quiet nor soft
// (hours), and looks what her village will hear then (preview.Preview.Hears). The
// commune's rule is that another approves it (approval.Approver.Waits): the head does
// (calendar.Desk.ApproveProgramme).
//
// At five it begins, and is written down as planned (asrun.Log.CatchUp); what became of
// it is the nodes' own word (asrun.Log.Latest). One loudspeaker was silent: a villager
// reports it (inventory.Inventory.Report), the technician looks after it and says until
// when (repair.Desk.Know), and who should know is told (notices). A villager who was in the field
// opens the people's page, hears it again (replay.Replay.Snapshot), and says by the code of his
// village's notice board that he could not understand it (answers.Desk.Tap). In the night the
// water rises: the head arms and speaks (calls.Desk.Arm, Begin), the leaders are told after
// it sounds (notices.Notices.TellLeaders), and all is silenced when it is over (calls.Desk.StopAll).
//
// Once a week every board examines itself without a sound, and once a month the office lets
// itself be heard (exercise): what failed stands on a sheet until it is right again.
//
// Whatever any of them changes leaves a record, where it is made (audit.Trail.Did), and
// the trail is sealed each second, so that nobody can say later that it was otherwise.
// All that changes the commune holds one lock from reading what is to be changed until it
// is stored: it is given to each room as Editing. Each night all of it is put into a file
// (backups).
//
//	setup ─▶ calls ─▶ calendar ─▶ asrun ─▶ inventory ─▶ preview ─▶ access ─▶ trust, store
//	              └─▶ notices, repair ────▶ inventory        (all write by audit ─▶ access)
//	         calendar ─▶ approval ─▶ access;   clips ─▶ calendar, calls;   account ─▶ people
//	         exercise ─▶ asrun, inventory, notices
//	         answers ─▶ replay, asrun, notices;   replay ─▶ preview, audit, access;   template, hours, dictionary, backups by themselves
package office
