//go:build !unix

package server

import "math"

// openFiles returns how many files the process may have open: no system but Unix limits them.
func openFiles() int { return math.MaxInt32 }
