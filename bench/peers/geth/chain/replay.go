package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/rlp"

	"weakstate/bench/geth/meter"
)

// What is on disk when a block's import returns.
const (
	// durableNever is how geth runs: nothing is synced for a block; the states of
	// the last 128 blocks are in memory, and written to a journal at the end.
	durableNever = "never"
	// durableBlock syncs the store's log, and with it the block. After a crash
	// geth executes again what came after the last state that was written.
	durableBlock = "block"
	// durableState writes the state after the block into the store, then syncs.
	durableState = "state"
)

type replayOptions struct {
	witness  bool
	prefetch bool
	durable  string
	blocks   int // 0 means all
}

// replayed is the report of one import.
type replayed struct {
	Peer         string  `json:"peer"`
	Version      string  `json:"version"`
	Witness      bool    `json:"witness"`
	Prefetch     bool    `json:"prefetch"`
	Durable      string  `json:"durable"`
	Threads      int     `json:"threads"`
	Blocks       int     `json:"blocks"`
	Transactions int     `json:"transactions"`
	Gas          uint64  `json:"gas"`
	CPU          float64 `json:"cpu_ms"`
	Wall         float64 `json:"wall_ms"`
	WallP50      float64 `json:"wall_ms_p50"`
	WallP99      float64 `json:"wall_ms_p99"`
	CloseCPU     float64 `json:"close_cpu_ms"`
	CloseWall    float64 `json:"close_wall_ms"`
	WitnessNodes int     `json:"witness_nodes"`
	WitnessBytes int     `json:"witness_bytes"` // nodes and codes
	PeakBytes    int64   `json:"peak_bytes"`
}

// replay imports blocks, one at a time from their RLP, into a loaded database,
// as the engine API has geth do it: execute and write, then make it the head.
// Opening the database is not timed; closing it is timed by itself.
func replay(database, file string, opts replayOptions) (*replayed, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	store, err := openDatabase(database)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	chain, err := openChain(store, database, opts.prefetch, opts.durable != durableState)
	if err != nil {
		return nil, err
	}
	report := &replayed{
		Peer: "geth", Version: meter.GethVersion(), Witness: opts.witness, Prefetch: opts.prefetch, Durable: opts.durable,
	}
	err = report.importAll(chain, store, data, opts)
	closing := meter.Now()
	chain.Stop()
	report.CloseCPU, report.CloseWall = meter.Now().Since(closing)
	report.PeakBytes = meter.PeakBytes()
	return report, err
}

func (report *replayed) importAll(chain *core.BlockChain, store ethdb.Database, data []byte, opts replayOptions) error {
	stream := rlp.NewStream(bytes.NewReader(data), uint64(len(data)))
	var walls []float64
	start := meter.Now()
	for opts.blocks == 0 || report.Blocks < opts.blocks {
		encoded, err := stream.Raw()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		began := meter.Now()
		if err := report.importOne(chain, store, encoded, opts); err != nil {
			return fmt.Errorf("block %d of the file: %w", report.Blocks+1, err)
		}
		_, wall := meter.Now().Since(began)
		walls = append(walls, wall)
	}
	report.CPU, report.Wall = meter.Now().Since(start)
	if len(walls) == 0 {
		return errors.New("no blocks")
	}
	slices.Sort(walls)
	report.WallP50, report.WallP99 = walls[len(walls)/2], walls[len(walls)*99/100]
	return nil
}

func (report *replayed) importOne(chain *core.BlockChain, store ethdb.Database, encoded []byte, opts replayOptions) error {
	block := new(types.Block)
	if err := rlp.DecodeBytes(encoded, block); err != nil {
		return err
	}
	witness, err := chain.InsertBlockWithoutSetHead(context.Background(), block, opts.witness)
	if err != nil {
		return err
	}
	if _, err := chain.SetCanonical(block); err != nil {
		return err
	}
	if opts.durable == durableState {
		if err := chain.TrieDB().Commit(block.Root(), false); err != nil {
			return err
		}
	}
	if opts.durable != durableNever {
		if err := store.SyncKeyValue(); err != nil {
			return err
		}
	}
	report.Blocks++
	report.Transactions += len(block.Transactions())
	report.Gas += block.GasUsed()
	if witness != nil {
		// Adding lengths up takes a thousandth of the block's time.
		report.WitnessNodes += len(witness.State)
		for node := range witness.State {
			report.WitnessBytes += len(node)
		}
		for code := range witness.Codes {
			report.WitnessBytes += len(code)
		}
	}
	return nil
}
