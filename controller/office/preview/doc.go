// Package preview says what will be heard where, before it is: it unfolds the calendar
// by the function that the nodes use themselves (package schedule), so that what is
// shown cannot differ from what they do.
//
// [Preview.Asked] is for people and scripts, [Preview.Between] for spans that the office
// chose itself, [Preview.Hears] for one area at one instant. All is cut to what the
// caller may see (package access). Nodes that hear the same are arbitrated once, as a
// [Group]. Nothing is changed here, and nothing is kept.
package preview
