// Package label recognises numbers and letters that name something rather than count
// it: law numbers, accounts, plates of vehicles, telephone numbers, roads and houses,
// addresses of pages and of mail.
package label
