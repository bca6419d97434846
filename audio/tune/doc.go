// Package tune makes the station's attention signals: the [Chime] and others that a
// commune may choose, and the [Attention] sound of each hazard before an emergency.
// They are computed, the same on every machine.
package tune
