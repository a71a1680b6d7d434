package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/miner"
	"github.com/ethereum/go-ethereum/rlp"
)

const secondsPerBlock = 12

// feeRecipient gets the fees of all blocks.
var feeRecipient = common.HexToAddress("0xfee0000000000000000000000000000000000000")

// made says what blocks were made.
type made struct {
	Kind         string      `json:"kind"`
	Blocks       int         `json:"blocks"`
	Transactions int         `json:"transactions"`
	Gas          uint64      `json:"gas"`
	Failed       int         `json:"failed"`
	Head         common.Hash `json:"head"`
}

// minerBackend is a chain without a pool: the transactions of every block are given.
type minerBackend struct{ chain *core.BlockChain }

func (backend minerBackend) BlockChain() *core.BlockChain { return backend.chain }
func (backend minerBackend) TxPool() *txpool.TxPool       { return nil }

// makeBlocks has geth's miner build blocks on top of block 0, and geth import
// them. It writes their RLP one after the other, as `geth export` does, and
// leaves the database behind them.
func makeBlocks(people *population, mix string, count int, database, path string) (*made, error) {
	store, err := openDatabase(database)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	chain, err := openChain(store, database, true, true)
	if err != nil {
		return nil, err
	}
	defer chain.Stop()
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	builder := miner.New(minerBackend{chain}, miner.DefaultConfig, chain.Engine())
	mixer := newMixer(people, mix)
	result := &made{Kind: mix, Blocks: count}
	for range count {
		transactions, err := mixer.block(mixes[mix])
		if err != nil {
			return nil, err
		}
		block, err := buildBlock(people, builder, chain, transactions)
		if err != nil {
			return nil, err
		}
		if err := rlp.Encode(out, block); err != nil {
			return nil, err
		}
		result.Transactions += len(transactions)
		result.Gas += block.GasUsed()
		result.Head = block.Hash()
		for _, receipt := range chain.GetReceiptsByHash(block.Hash()) {
			if receipt.Status != types.ReceiptStatusSuccessful {
				result.Failed++
			}
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	return result, file.Close()
}

func buildBlock(people *population, builder *miner.Miner, chain *core.BlockChain, transactions []*types.Transaction) (*types.Block, error) {
	parent := chain.CurrentBlock()
	number := parent.Number.Uint64() + 1
	beacon := people.draw("beacon", number)
	block, _, err := builder.BuildTestingPayload(&miner.BuildPayloadArgs{
		Parent:       parent.Hash(),
		Timestamp:    parent.Time + secondsPerBlock,
		FeeRecipient: feeRecipient,
		Random:       people.draw("random", number),
		BeaconRoot:   &beacon,
	}, transactions, false, nil)
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", number, err)
	}
	if _, err := chain.InsertChain(types.Blocks{block}); err != nil {
		return nil, fmt.Errorf("block %d: %w", number, err)
	}
	return block, nil
}
