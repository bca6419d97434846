// Package people looks after those who have an account: who is let in, with which
// roles in which places, and who is shut out.
//
// One gives, and takes away, only what one governs and has oneself
// (access.View.PermitGrants), and the commune never loses its last head. What a
// person does with the own account, the passwords and the sessions, are package
// trust's.
package people
