package main

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// leastRoom is how much has to be free on the data file's disk before a change is
// begun, in bytes: what comes of it must be written down.
const leastRoom = 64 << 20

// roomFor tells when the disk of a data file has too little room.
func roomFor(data string) func() error {
	return func() error {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(filepath.Dir(data), &fs); err != nil {
			return nil // a system that does not say so
		}
		if free := uint64(fs.Bavail) * uint64(fs.Bsize); free < leastRoom {
			return fmt.Errorf("only %d MB are free on the disk of the data file, and a change is begun only while there are %d", free>>20, leastRoom>>20)
		}
		return nil
	}
}
