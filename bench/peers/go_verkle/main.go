// Command go-verkle does with the library go-verkle what our examples verkle_timing and verkle_cases
// do with our tree: the same keys, the same values, the same steps, and the same JSON.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/ethereum/go-verkle"
)

const (
	updated = 10_000
	proven  = 1_000
	slots   = 10_000

	// How often something is timed that takes long, and not so long.
	few  = 3
	many = 9
)

const usageMessage = `usage: go-verkle [--threads N] tree KEYS PROOF
       go-verkle [--threads N] verifier PROOF [BLOCKS]
       go-verkle make|verify < LINES
`

// witness is a proof with the root that it is for and, of a block, the root after it.
type witness struct {
	PreRoot     hexBytes            `json:"preRoot"`
	PostRoot    hexBytes            `json:"postRoot,omitempty"`
	VerkleProof *verkle.VerkleProof `json:"verkleProof"`
	StateDiff   verkle.StateDiff    `json:"stateDiff"`
}

type hexBytes []byte

func (b hexBytes) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "0x%x", []byte(b)), nil
}

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = verkle.PrefixedHexStringToBytes(string(text))
	return err
}

func main() {
	threads := flag.Int("threads", 1, "GOMAXPROCS")
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usageMessage); flag.PrintDefaults() }
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	var figures map[string]any
	var err error
	switch args := flag.Args(); {
	case len(args) == 3 && args[0] == "tree":
		var size int
		if _, err = fmt.Sscan(args[1], &size); err == nil {
			figures, err = timeTree(size, args[2])
		}
	case (len(args) == 2 || len(args) == 3) && args[0] == "verifier":
		figures, err = timeVerifier(args[1], args[2:])
	case len(args) == 1 && args[0] == "make":
		err = answerLines(makeWitness)
	case len(args) == 1 && args[0] == "verify":
		err = answerLines(verdict)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err == nil && figures != nil {
		figures["version"] = version()
		err = json.NewEncoder(os.Stdout).Encode(figures)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-verkle:", err)
		os.Exit(1)
	}
}

// version is that of the library, from the build itself.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/ethereum/go-verkle" {
				return module.Version
			}
		}
	}
	return "unknown"
}

func readWitness(path string) (*witness, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	read := new(witness)
	return read, json.Unmarshal(data, read)
}

func readWitnesses(paths []string) ([]*witness, error) {
	var all []*witness
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		decoder := json.NewDecoder(bufio.NewReader(file))
		for decoder.More() {
			read := new(witness)
			if err := decoder.Decode(read); err != nil {
				return nil, err
			}
			all = append(all, read)
		}
	}
	return all, nil
}

// cpu is the CPU time of the process so far in milliseconds, its garbage collector included.
func cpu() float64 {
	usage := usage()
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

func peakBytes() int64 { return usage().Maxrss * 1024 }

func usage() (usage syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the call exists on every Linux
	}
	return usage
}

// once is the CPU time of some work, in milliseconds.
func once(work func() error) (float64, error) {
	start := cpu()
	err := work()
	return cpu() - start, err
}

func median(runs int, work func() error) (float64, error) {
	times := make([]float64, runs)
	for i := range times {
		var err error
		if times[i], err = once(work); err != nil {
			return 0, err
		}
	}
	slices.Sort(times)
	return times[runs/2], nil
}

func wall(runs int, work func() error) (float64, error) {
	times := make([]float64, runs)
	for i := range times {
		start := time.Now()
		if err := work(); err != nil {
			return 0, err
		}
		times[i] = float64(time.Since(start)) / 1e6
	}
	slices.Sort(times)
	return times[runs/2], nil
}
