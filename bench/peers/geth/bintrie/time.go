package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/trie/bintrie"

	"weakstate/bench/geth/meter"
)

const (
	updates = 10_000
	rounds  = 5
)

// measure times `time KEYS`: writing as many keys, one a stem, then the root after 10,000 updates. Keys,
// values and steps are those of our example binary_timing; the roots must be the same. Times are CPU
// milliseconds of the whole process: upper levels are hashed by several goroutines.
func measure(arguments []string) error {
	if len(arguments) != 2 || arguments[0] != "time" {
		return fmt.Errorf("usage: bintrie [time KEYS]")
	}
	count, err := strconv.Atoi(arguments[1])
	if err != nil || count < 1 {
		return fmt.Errorf("%q is no number of keys", arguments[1])
	}
	keys := make([][]byte, count)
	for index := range keys {
		var address common.Address
		binary.LittleEndian.PutUint64(address[:], uint64(index))
		keys[index] = bintrie.GetBinaryTreeKeyBasicData(address)
	}
	tree, err := bintrie.NewBinaryTrie(types.EmptyBinaryHash, nil, 5)
	if err != nil {
		return err
	}
	start := meter.Now()
	for _, key := range keys {
		if err := put(tree, key, 0); err != nil {
			return err
		}
	}
	root := tree.Hash()
	written, _ := meter.Now().Since(start)
	var samples []float64
	for round := range rounds {
		start := meter.Now()
		for i := range min(updates, count) {
			key := keys[(i*7_919+round*104_729)%count]
			if err := put(tree, key, uint64(round+1)); err != nil {
				return err
			}
		}
		root = tree.Hash()
		cpu, _ := meter.Now().Since(start)
		samples = append(samples, cpu)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"write": written, "update": meter.Summarize(samples).Median,
		"peak_bytes": meter.PeakBytes(), "root": root.Hex(),
	})
}

// put writes 32 bytes that begin with the seed.
func put(tree *bintrie.BinaryTrie, key []byte, seed uint64) error {
	value := make([]byte, 32)
	for i := range value {
		value[i] = 7
	}
	binary.LittleEndian.PutUint64(value, seed)
	values := make([][]byte, bintrie.StemNodeWidth)
	values[key[31]] = value
	return tree.UpdateStem(key[:31], values)
}
