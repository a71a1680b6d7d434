// Command geth-stateless times go-ethereum's own stateless block execution
// (core.ExecuteStateless) on recorded blocks with execution witnesses.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"github.com/ethereum/go-ethereum/log"

	"weakstate/bench/geth/meter"
)

const (
	peer         = "geth"
	usageMessage = `usage: geth-stateless [flags] FILE...

FILE is a block with its witness in the data-folder JSON form, plain or gzipped;
with --eftest it is an official BlockchainTests JSON.

`
)

// options are the command-line settings.
type options struct {
	repeat  int
	json    bool
	bare    bool
	eftest  bool
	run     string
	dump    string
	threads int
}

func parseOptions() (options, []string) {
	var (
		opts options
		cold bool
	)
	flag.IntVar(&opts.repeat, "repeat", 10, "verifications per block; with --dump, 0 means none")
	flag.BoolVar(&opts.json, "json", false, "print one JSON object per line")
	flag.BoolVar(&opts.bare, "bare", false, "leave out the transactions and withdrawals roots, which ExecuteStateless takes for granted")
	flag.BoolVar(&opts.eftest, "eftest", false, "FILE is an official BlockchainTests JSON")
	flag.StringVar(&opts.run, "run", "", "with --eftest: only tests whose name contains this")
	flag.StringVar(&opts.dump, "dump", "", "with --eftest: write each block with its witness to this folder")
	flag.IntVar(&opts.threads, "threads", 1, "GOMAXPROCS")
	flag.BoolVar(&cold, "cold", false, "verify once (the same as --repeat 1)")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usageMessage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if cold {
		opts.repeat = 1
	}
	dumpOnly := opts.dump != "" && opts.repeat == 0
	if flag.NArg() == 0 || opts.threads < 1 || (opts.repeat < 1 && !dumpOnly) || (opts.dump != "" && !opts.eftest) {
		flag.Usage()
		os.Exit(2)
	}
	return opts, flag.Args()
}

// result is the line printed for one block.
type result struct {
	Peer    string         `json:"peer"`
	Version string         `json:"version"`
	File    string         `json:"file"`
	Name    string         `json:"name,omitempty"`
	Number  uint64         `json:"number"`
	Repeat  int            `json:"repeat,omitempty"`
	CPU     *meter.Summary `json:"cpu_ms,omitempty"`
	Wall    *meter.Summary `json:"wall_ms,omitempty"`
	OK      bool           `json:"ok"`
	Gas     uint64         `json:"gas"`
	Skipped string         `json:"skipped,omitempty"`
	Error   string         `json:"error,omitempty"`
}

func (r *result) print(w io.Writer, asJSON bool) {
	if asJSON {
		line, err := json.Marshal(r)
		if err != nil {
			panic(err) // plain data always marshals
		}
		fmt.Fprintf(w, "%s\n", line)
		return
	}
	label := fmt.Sprintf("%d", r.Number)
	if r.Name != "" {
		label += " " + r.Name
	}
	switch {
	case r.Skipped != "":
		fmt.Fprintf(w, "%s: skipped: %s\n", label, r.Skipped)
	case !r.OK:
		fmt.Fprintf(w, "%s: FAILED: %s\n", label, r.Error)
	default:
		fmt.Fprintf(w, "%s: ok, %.2f Mgas, CPU best %.2f ms, median %.2f ms, wall best %.2f ms\n",
			label, float64(r.Gas)/1e6, r.CPU.Best, r.CPU.Median, r.Wall.Best)
	}
}

// measure verifies one block the wanted number of times and reports it.
func measure(block *input, opts options, file string) *result {
	res := &result{
		Peer: peer, Version: meter.GethVersion(), File: file,
		Name: block.Name, Number: block.Number, Repeat: opts.repeat,
	}
	if reason := block.skipReason(); reason != "" {
		res.Skipped, res.Repeat = reason, 0
		return res
	}
	config, err := chainConfig(block)
	if err != nil {
		res.Skipped, res.Repeat = err.Error(), 0
		return res
	}
	// What reading the file left behind is not the verification's to collect.
	runtime.GC()
	cpu, wall := make([]float64, opts.repeat), make([]float64, opts.repeat)
	for i := range opts.repeat {
		start := meter.Now()
		gas, err := verify(block, config, !opts.bare)
		end := meter.Now()
		if err != nil {
			res.Error = err.Error()
			return res
		}
		res.Gas = gas
		cpu[i], wall[i] = end.Since(start)
	}
	res.CPU, res.Wall, res.OK = meter.Summarize(cpu), meter.Summarize(wall), true
	return res
}

func run(opts options, files []string) (bool, error) {
	good := true
	report := func(res *result) {
		res.print(os.Stdout, opts.json)
		good = good && (res.OK || res.Skipped != "")
	}
	for _, file := range files {
		if opts.eftest {
			if err := runTests(file, opts, report); err != nil {
				return false, fmt.Errorf("%s: %w", file, err)
			}
			continue
		}
		block, err := readInput(file)
		if err != nil {
			return false, fmt.Errorf("%s: %w", file, err)
		}
		report(measure(block, opts, file))
	}
	return good, nil
}

func main() {
	opts, files := parseOptions()
	runtime.GOMAXPROCS(opts.threads)
	log.SetDefault(log.NewLogger(log.NewTerminalHandlerWithLevel(os.Stderr, slog.LevelError, false)))
	good, err := run(opts, files)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if !good {
		os.Exit(1)
	}
}
