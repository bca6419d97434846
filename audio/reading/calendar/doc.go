// Package calendar recognises times of the day, dates, days of the week and spans of
// them, and tells a date from a fraction by the words beside it: 3/4 is the third of
// April after ngày, three quarters before dân số.
package calendar
