// Command geth-chain makes chains for benchmarks, and times go-ethereum importing them.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rlp"
)

const usage = `usage: geth-chain state --accounts N [--seed S] DIR
       geth-chain blocks --blocks N [--kind mixed|transfers] DIR
       geth-chain import [--witness] [--prefetch] [--durable never|block|state]
                         [--blocks N] [--threads N] DATABASE BLOCKS

state writes a state of N accounts to DIR (accounts.jsonl), block 0 (genesis.json
without accounts, genesis.rlp), and geth's database of both (geth). blocks writes
blocks after it (KIND.rlp, KIND.json). import changes DATABASE: give it a copy.
`

// description is what blocks are made from besides the state.
type description struct {
	Seed     uint64 `json:"seed"`
	Accounts uint64 `json:"accounts"`
}

func main() {
	log.SetDefault(log.NewLogger(log.NewTerminalHandlerWithLevel(os.Stderr, slog.LevelError, false)))
	commands := map[string]func([]string) error{"state": runState, "blocks": runBlocks, "import": runImport}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runState(arguments []string) error {
	flags := flag.NewFlagSet("state", flag.ExitOnError)
	accounts := flags.Uint64("accounts", 0, "number of accounts")
	seed := flags.Uint64("seed", 1, "what all chance follows from")
	folder, err := parse(flags, arguments, 1)
	if err != nil {
		return err
	}
	if *accounts < 1 {
		return errors.New("a state has at least one account")
	}
	in := func(name string) string { return filepath.Join(folder[0], name) }
	if err := os.MkdirAll(folder[0], 0o755); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(in("state.json")), os.RemoveAll(in("geth"))); err != nil {
		return err
	}
	root, err := newPopulation(*seed, *accounts).writeDump(in("accounts.jsonl"))
	if err != nil {
		return err
	}
	if err := writeJSON(in("genesis.json"), genesis()); err != nil {
		return err
	}
	header, err := rlp.EncodeToBytes(genesisBlock(root).Header())
	if err != nil {
		return err
	}
	if err := os.WriteFile(in("genesis.rlp"), header, 0o644); err != nil {
		return err
	}
	if err := load(in("accounts.jsonl"), in("geth")); err != nil {
		return err
	}
	// Last, so that it says that all the rest is there.
	return writeJSON(in("state.json"), &description{*seed, *accounts})
}

func runBlocks(arguments []string) error {
	flags := flag.NewFlagSet("blocks", flag.ExitOnError)
	count := flags.Int("blocks", 0, "number of blocks")
	kind := flags.String("kind", "mixed", "mixed or transfers")
	folder, err := parse(flags, arguments, 1)
	if err != nil {
		return err
	}
	if mixes[*kind] == nil {
		return fmt.Errorf("unknown kind %s", *kind)
	}
	in := func(name string) string { return filepath.Join(folder[0], name) }
	text, err := os.ReadFile(in("state.json"))
	if err != nil {
		return err
	}
	var described description
	if err := json.Unmarshal(text, &described); err != nil {
		return err
	}
	if err := os.RemoveAll(in(*kind + ".json")); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(folder[0], "making-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if err := os.CopyFS(scratch, os.DirFS(in("geth"))); err != nil {
		return err
	}
	people := newPopulation(described.Seed, described.Accounts)
	made, err := makeBlocks(people, *kind, *count, scratch, in(*kind+".rlp"))
	if err != nil {
		return err
	}
	return writeJSON(in(*kind+".json"), made)
}

func runImport(arguments []string) error {
	flags := flag.NewFlagSet("import", flag.ExitOnError)
	var opts replayOptions
	flags.BoolVar(&opts.witness, "witness", false, "collect the witness of every block")
	flags.BoolVar(&opts.prefetch, "prefetch", false, "execute blocks ahead to warm caches, as geth does unless told otherwise")
	flags.StringVar(&opts.durable, "durable", durableState, "what is on disk after a block: never, block or state")
	flags.IntVar(&opts.blocks, "blocks", 0, "only the first so many blocks")
	threads := flags.Int("threads", runtime.NumCPU(), "GOMAXPROCS")
	paths, err := parse(flags, arguments, 2)
	if err != nil {
		return err
	}
	switch opts.durable {
	case durableNever, durableBlock, durableState:
	default:
		return fmt.Errorf("unknown durability %s", opts.durable)
	}
	runtime.GOMAXPROCS(*threads)
	report, err := replay(paths[0], paths[1], opts)
	if err != nil {
		return err
	}
	report.Threads = *threads
	return json.NewEncoder(os.Stdout).Encode(report)
}

// parse returns the arguments after the flags, of which there must be so many.
func parse(flags *flag.FlagSet, arguments []string, want int) ([]string, error) {
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if flags.NArg() != want {
		return nil, fmt.Errorf("%s takes %d paths after its flags", flags.Name(), want)
	}
	return flags.Args(), nil
}

func writeJSON(path string, content any) error {
	text, err := json.MarshalIndent(content, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
