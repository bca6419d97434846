// Package ical shows the calendar of a place to calendars (iCalendar, RFC 5545 and 7986): one
// address for the commune and one for each village, to which its holders may subscribe.
//
//	write.go  events → the file, folded by octets between whole characters
//	feed.go   a place's airings → events; the secret addresses
//
// Each airing is an event of its own, of a week back to sixty days ahead: what nodes really
// do, with days off, every second week and single airings called off, no rule of iCalendar
// can say. An event keeps its UID as long as its airing keeps its instant; SEQUENCE is the
// programme's revision. An airing that was called off stays, cancelled, so that a calendar
// that has it strikes it out. Times are UTC: there is no zone to be misread.
//
// The address is the secret: its holder reads titles and times of one place and nothing else.
// It is no control: calendars ask again when they like, some once a day.
package ical
