// Package measure recognises numbers with their units, money, sizes and places on the
// globe: 100–150 mm, 5.000đ/cây, 120 m3/giây, 17,2°N.
package measure
