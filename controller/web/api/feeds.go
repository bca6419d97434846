package api

import (
	"net/http"

	"loa/controller/neighbour/ical"
	"loa/controller/web/api/resource"
)

// feedHandlers are the calendars that others subscribe to.
type feedHandlers struct {
	resource.Face
	feeds *ical.Feeds
}

// register adds the operations.
func (h feedHandlers) register() {
	resource.Lists(h.Face, resource.Operation("list-calendar-feeds", http.MethodGet, "/calendar-feeds", "Calendar", http.StatusOK,
		"Addresses at which calendars read what is aired in a place (iCalendar)"), h.feeds.Feeds)
	h.ByID(resource.Operation("renew-calendar-feed", http.MethodPost, "/calendar-feeds/{id}/renew", "Calendar", http.StatusNoContent,
		"Give a place an address, another one if it has one: who has the old one reads nothing more"), h.feeds.Renew)
}
