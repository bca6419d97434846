// Package brief is the situation for the leaders (báo cáo tình hình): one report of any span,
// and a short one each day at the hour that the commune sets.
//
//	brief.go    the report: what was aired and who heard it, what people answered and told, faults
//	span.go     of what time: at most three months; today, seven days, this storm
//	table.go    the same as one table for a spreadsheet
//	summary.go  what is new since the last summary, told once a day
//
// A report is handed on: in it are sums, kinds and places, and nobody's telephone number,
// name or words of those who sent something. Each caller's is of the places where they
// listen.
//
// The summary is of the whole commune. When it was made last is stored before it is told: a
// restart at that very minute may cost one, and never tells it twice. Where nothing is new,
// nothing is told. An office that was off at the hour tells it when it is back.
package brief
