// Package keyfile keeps secrets in a folder: each file is whole or absent whatever
// happens to the power, mode 0600 in a folder of mode 0700, and of two that change
// what they have read one waits.
//
//	err := keyfile.Prepare(dir)         // made, closed to others, swept
//	unlock, err := keyfile.Lock(dir)    // a console beside the controller
//	data, err := keyfile.Read(path)     // of at most 256 KiB
//	err = keyfile.Write(path, data)
package keyfile
