package main

import (
	"os"
	"testing"
)

// A key file is read when nobody else on the machine can read or write it, whatever its
// owner may do with it.
func TestT20OnlyPrivateKeyFilesAreRead(t *testing.T) {
	t.Parallel()
	path := file(t, "AuthKey.p8", "a key", 0o600)
	taken := 0
	for mode := range os.FileMode(0o1000) {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := mustBePrivate(path, info); (err == nil) != (mode&0o077 == 0) {
			t.Errorf("mode %04o: %v", mode, err)
		} else if err == nil {
			taken++
		}
	}
	if taken != 8 {
		t.Errorf("%d modes are taken", taken)
	}
}
