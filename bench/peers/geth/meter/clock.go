// Package meter reads the clocks of this process and says which geth it was built with.
package meter

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Instant is a reading of the process's CPU clock and of the wall clock.
type Instant struct {
	cpu  int64
	wall time.Time
}

// Now reads both clocks. The CPU clock counts every thread of the process, so
// Go's garbage collector is included.
func Now() Instant {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		panic(err) // the clock exists on every Linux
	}
	return Instant{cpu: ts.Nano(), wall: time.Now()}
}

// Since returns the CPU and wall milliseconds between two readings.
func (end Instant) Since(start Instant) (cpu, wall float64) {
	return float64(end.cpu-start.cpu) / 1e6, float64(end.wall.Sub(start.wall)) / 1e6
}

// PeakBytes is the highest resident memory of the process so far.
func PeakBytes() int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the call exists on every Linux
	}
	return usage.Maxrss * 1024
}

// Summary holds the figures printed for a series of timings, in milliseconds.
type Summary struct {
	Best   float64 `json:"best"`
	Median float64 `json:"median"`
}

// Summarize needs at least one sample.
func Summarize(samples []float64) *Summary {
	sorted := slices.Sorted(slices.Values(samples))
	return &Summary{Best: sorted[0], Median: median(sorted)}
}

func median(sorted []float64) float64 {
	mid := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[mid-1] + sorted[mid]) / 2
	}
	return sorted[mid]
}
