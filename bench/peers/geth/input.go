package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/params"
)

// witness is the pre-state of a block as byte strings: trie nodes, contract
// codes, and RLP headers from the oldest to the parent.
type witness struct {
	State   []hexutil.Bytes `json:"state"`
	Codes   []hexutil.Bytes `json:"codes"`
	Headers []hexutil.Bytes `json:"headers"`
}

// input is one block with its witness in the data-folder form. Two members are
// additions for test chains: Network names the rules of an official test, Config
// holds those of a genesis file.
type input struct {
	Name          string              `json:"name,omitempty"`
	Network       string              `json:"network,omitempty"`
	Config        *params.ChainConfig `json:"config,omitempty"`
	ChainID       uint64              `json:"chainId"`
	Number        uint64              `json:"number"`
	BlockHash     common.Hash         `json:"blockHash"`
	PreStateRoot  common.Hash         `json:"preStateRoot"`
	PostStateRoot common.Hash         `json:"postStateRoot"`
	BlockRLP      hexutil.Bytes       `json:"blockRlp"`
	Witness       witness             `json:"witness"`
}

// skipReason says why this block is nothing for a stateless verifier, or "".
func (in *input) skipReason() string {
	switch {
	case len(in.BlockRLP) == 0:
		return "no block RLP"
	case len(in.Witness.Headers) == 0:
		return "no parent header"
	}
	return ""
}

// readFile returns a file's content, unpacked if it is gzipped.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	buffered := bufio.NewReader(file)
	magic, err := buffered.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return io.ReadAll(buffered)
	}
	unpacked, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	return io.ReadAll(unpacked)
}

func readInput(path string) (*input, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	in := new(input)
	if err := json.Unmarshal(data, in); err != nil {
		return nil, err
	}
	return in, nil
}
