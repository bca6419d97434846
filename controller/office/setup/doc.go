// Package setup is how a new station comes to its first sound: the commune and its
// villages are named, quiet hours are said, the first board comes in by a code, and it is
// heard. What is done is seen by what there is; kept is only what cannot be seen: that
// there are to be no quiet hours, and the answer whether the test chime was heard.
package setup
