package trust

// WriteKey keeps a secret in a file that only the controller's user can read;
// after a power cut the file is whole or not there.
func WriteKey(path string, data []byte) error { return writeFile(path, data) }
