// Package approval is where bulletins and programmes wait until somebody has looked at
// them, by the commune's own rule (store.ApprovalPolicy).
//
// An approval is of one digest: of all that is heard, where and when. Whatever changes
// the digest makes another version, which waits again. An [Approver] is the caller with
// that rule: what they write is judged as it is stored ([Approver.JudgeBulletin],
// [Approver.JudgeProgramme]); what waits is decided by [Approver.Waits] and
// [Approver.Sign]. Where the rule wants two persons, nobody approves a version in which
// they had a hand, by whichever token. [Desk.Pending] lists what waits, is a draft, was
// returned or approved, cut to what the caller has to do with.
//
// Nothing is stored here but the rule: decisions are stored by the one who holds what
// they are of.
package approval
