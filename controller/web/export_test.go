package web

// Rules is rules.go's table, for the test that has one of its own.
var Rules = rules
