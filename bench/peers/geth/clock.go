package main

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// instant is a reading of the process's CPU clock and of the wall clock.
type instant struct {
	cpu  int64
	wall time.Time
}

// now reads both clocks. The CPU clock counts every thread of the process, so
// Go's garbage collector is included.
func now() instant {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		panic(err) // the clock exists on every Linux
	}
	return instant{cpu: ts.Nano(), wall: time.Now()}
}

// since returns the CPU and wall milliseconds between two readings.
func (end instant) since(start instant) (cpu, wall float64) {
	return float64(end.cpu-start.cpu) / 1e6, float64(end.wall.Sub(start.wall)) / 1e6
}

// summary holds the figures printed for a series of timings, in milliseconds.
type summary struct {
	Best   float64 `json:"best"`
	Median float64 `json:"median"`
}

// summarize needs at least one sample.
func summarize(samples []float64) *summary {
	sorted := slices.Sorted(slices.Values(samples))
	mid := len(sorted) / 2
	median := sorted[mid]
	if len(sorted)%2 == 0 {
		median = (sorted[mid-1] + sorted[mid]) / 2
	}
	return &summary{Best: sorted[0], Median: median}
}
