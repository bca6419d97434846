// Package hours is when a commune airs, how loud, and with which chime: quiet hours, in
// which only emergencies sound (giờ yên tĩnh), soft hours, the usual hours that pages
// offer, days off, and what calls and programmes begin with (nhạc hiệu).
//
// Each is set whole, as a list or a pair, by the Put methods: they refuse what nobody
// could mean, with a sentence, write the audit record and tell that the plans may differ.
// Reading them is the store's own business; an empty list is never nil.
package hours
