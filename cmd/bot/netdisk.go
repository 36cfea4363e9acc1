package main

import (
	"path/filepath"
	"syscall"
)

// networkDisks are file systems by the number Linux gives them (statfs(2)) on which a lock
// may not keep a second process away, perhaps on another machine.
var networkDisks = map[int64]string{
	0x6969: "NFS", 0x517b: "SMB", 0xff534d42: "SMB", 0xfe534d42: "SMB", 0x5346414f: "AFS", 0x00c36400: "CephFS",
}

// fileSystem is the number of the file system a path lies on; 0: the system does not say.
// Tests put another in its place.
var fileSystem = func(path string) int64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(path, &fs); err != nil {
		return 0
	}
	return int64(fs.Type) & 0xffffffff
}

// onNetwork names the network file system on which a data file would lie; empty: on none.
func onNetwork(data string) string { return networkDisks[fileSystem(filepath.Dir(data))] }
