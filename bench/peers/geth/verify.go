package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/stateless"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// verify is the timed job: from byte strings in memory to the verdict. Nothing
// decoded outlives a call, so senders are recovered every time.
func verify(in *input, config *params.ChainConfig, body bool) (uint64, error) {
	var block types.Block
	if err := rlp.DecodeBytes(in.BlockRLP, &block); err != nil {
		return 0, fmt.Errorf("block: %w", err)
	}
	wit, err := decodeWitness(&in.Witness)
	if err != nil {
		return 0, err
	}
	if wit.Headers[0].Hash() != block.ParentHash() {
		return 0, errors.New("the witness's last header is not the block's parent")
	}
	if body {
		if err := checkBody(&block); err != nil {
			return 0, err
		}
	}
	// ExecuteStateless computes these two and wants them blank.
	header := block.Header()
	header.Root, header.ReceiptHash = common.Hash{}, common.Hash{}
	task := types.NewBlockWithHeader(header).WithBody(*block.Body())

	stateRoot, receiptRoot, err := core.ExecuteStateless(context.Background(), config, vm.Config{}, task, wit)
	if err != nil {
		return 0, err
	}
	if stateRoot != block.Root() {
		return 0, fmt.Errorf("state root %x, header has %x", stateRoot, block.Root())
	}
	if receiptRoot != block.ReceiptHash() {
		return 0, fmt.Errorf("receipts root %x, header has %x", receiptRoot, block.ReceiptHash())
	}
	return block.GasUsed(), nil // ExecuteStateless compared it with its own count
}

func decodeWitness(in *witness) (*stateless.Witness, error) {
	ext := &stateless.ExtWitness{State: in.State, Codes: in.Codes}
	for _, encoded := range in.Headers {
		header := new(types.Header)
		if err := rlp.DecodeBytes(encoded, header); err != nil {
			return nil, fmt.Errorf("witness header: %w", err)
		}
		ext.Headers = append(ext.Headers, header)
	}
	wit := new(stateless.Witness)
	if err := wit.FromExtWitness(ext); err != nil {
		return nil, err
	}
	return wit, nil
}

// checkBody ties transactions and withdrawals to the header, as geth does
// before it executes a block or when it builds one from a payload.
func checkBody(block *types.Block) error {
	if types.DeriveSha(block.Transactions(), trie.NewStackTrie(nil)) != block.TxHash() {
		return errors.New("transactions root mismatch")
	}
	if want := block.Header().WithdrawalsHash; want != nil {
		if types.DeriveSha(block.Withdrawals(), trie.NewStackTrie(nil)) != *want {
			return errors.New("withdrawals root mismatch")
		}
	}
	if types.CalcUncleHash(block.Uncles()) != block.UncleHash() {
		return errors.New("ommers hash mismatch")
	}
	return nil
}
