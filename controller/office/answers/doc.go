// Package answers is what villagers say to the office (trả lời, báo tin), and what the office
// makes of it (nắm tình hình).
//
//	answers.go    the desk; codes of villages: who has one stands before that village's board
//	gate.go       how often one address, one network, one village may say something
//	taps.go       “nghe rõ, không rõ, không nghe thấy”, and questions that were put
//	question.go   a question that goes with a bulletin
//	message.go    what a villager tells: taken in, followed by the sender's own code
//	office.go     messages as the office works on them
//	forward.go    loa hỏng, ồn: a message becomes a report of a loudspeaker
//	situation.go  answers beside the loudspeakers' own proof
//	finding.go    “loa kêu nhưng dân không nghe rõ”: when that is so, and of which loudspeakers
//	rule.go       for how long all that is kept; forgetting
//
// Nobody signs in to answer. Three things keep that believable. A code that stands on the
// village's notice board and nowhere else (/q/CODE) says from which village an answer is; the
// office can renew it. One address counts once for each broadcast and day, a later word in the
// place of the former, and of one network only so many do; whatever is beyond that is refused,
// and how much was refused stands beside the figures, which are called doubtful when it is
// much. What is stored is bounded, village by village and in all.
//
// No address is stored. Whom the gate has let in it knows by a hash, in memory only, with a key
// that is thrown away each day: after midnight, and after a restart, nobody can say who
// answered what, and the same address may answer once more. Of taps and questions only sums
// are kept. A villager's message is read by those who listen there (access.Listening) and by
// nobody else; under the sender's code stand its state and the office's reply, nothing more.
// Telephone numbers and photos are removed first, then all of it.
package answers
