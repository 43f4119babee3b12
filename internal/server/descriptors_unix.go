//go:build unix

package server

import (
	"math"
	"syscall"
)

// openFiles returns how many files the process may have open. Go has raised its soft limit to the
// hard one.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxInt32
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}
