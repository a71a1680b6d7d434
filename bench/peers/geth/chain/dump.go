package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

// A dump has the form that `geth dump --iterative` prints: a line with the state
// root, then a line for each account, in the order of the tree.

type rootLine struct {
	Root common.Hash `json:"root"`
}

// dumpLine is an account as a line of the dump. Values have no leading zeros.
func dumpLine(address common.Address, account *types.StateAccount, code []byte, storage map[common.Hash][]byte) *state.DumpAccount {
	digits := make(map[common.Hash]string, len(storage))
	for slot, value := range storage {
		digits[slot] = common.Bytes2Hex(value)
	}
	return &state.DumpAccount{
		Balance:     account.Balance.Dec(),
		Nonce:       account.Nonce,
		Root:        account.Root.Bytes(),
		CodeHash:    account.CodeHash,
		Code:        code,
		Storage:     digits,
		Address:     &address,
		AddressHash: crypto.Keccak256(address[:]),
	}
}

// dumpReader reads a dump line by line.
type dumpReader struct {
	decoder *json.Decoder
	root    common.Hash // that the dump names
}

func newDumpReader(in io.Reader) (*dumpReader, error) {
	decoder := json.NewDecoder(bufio.NewReaderSize(in, 1<<20))
	var first rootLine
	if err := decoder.Decode(&first); err != nil {
		return nil, fmt.Errorf("the dump's first line: %w", err)
	}
	return &dumpReader{decoder, first.Root}, nil
}

// next returns the next account and the leaves of its storage; nil at the end.
func (reader *dumpReader) next() (*state.DumpAccount, *types.StateAccount, []leaf, error) {
	line := new(state.DumpAccount)
	if err := reader.decoder.Decode(line); err == io.EOF {
		return nil, nil, nil, nil
	} else if err != nil {
		return nil, nil, nil, err
	}
	balance, err := uint256.FromDecimal(line.Balance)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("account %x: balance: %w", line.AddressHash, err)
	}
	storage := make(map[common.Hash][]byte, len(line.Storage))
	for slot, digits := range line.Storage {
		storage[slot] = common.Hex2Bytes(digits)
	}
	sorted, err := leaves(storage)
	if err != nil {
		return nil, nil, nil, err
	}
	account := &types.StateAccount{
		Nonce:    line.Nonce,
		Balance:  balance,
		Root:     common.BytesToHash(line.Root),
		CodeHash: line.CodeHash,
	}
	return line, account, sorted, nil
}
