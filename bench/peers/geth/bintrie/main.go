// Command bintrie builds binary trees with go-ethereum's trie/bintrie and prints their roots.
//
// With arguments, `bintrie time KEYS`, it times one large tree: see time.go. Else a line of its input is a JSON list of writes, each of them a list of pairs of key and value in
// hexadecimal: one tree, written in that many steps. A line of its output is the list of the roots
// after each step.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/trie/bintrie"
)

func main() {
	work := run
	if len(os.Args) > 1 {
		work = func() error { return measure(os.Args[1:]) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var steps [][][2]string
		if err := json.Unmarshal(lines.Bytes(), &steps); err != nil {
			return err
		}
		roots, err := rootsOf(steps)
		if err != nil {
			return err
		}
		line, err := json.Marshal(roots)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return lines.Err()
}

func rootsOf(steps [][][2]string) ([]string, error) {
	tree, err := bintrie.NewBinaryTrie(types.EmptyBinaryHash, nil, 5)
	if err != nil {
		return nil, err
	}
	roots := make([]string, 0, len(steps))
	for _, step := range steps {
		for _, pair := range step {
			key, err := hex.DecodeString(pair[0])
			if err != nil {
				return nil, err
			}
			value, err := hex.DecodeString(pair[1])
			if err != nil {
				return nil, err
			}
			values := make([][]byte, bintrie.StemNodeWidth)
			values[key[31]] = value
			if err := tree.UpdateStem(key[:31], values); err != nil {
				return nil, err
			}
		}
		roots = append(roots, tree.Hash().Hex()[2:])
	}
	return roots, nil
}
