// Package unit knows what stands behind a number: units of measure, currencies, what
// multiplies (k, triệu), what something is counted for (/tháng, /hộ).
package unit
