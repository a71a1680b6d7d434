package main

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

const (
	chainID  = 1337
	gasLimit = 30_000_000
)

// genesis is block 0 without its state, which is too large for a genesis file.
func genesis() *core.Genesis {
	zero, start := new(big.Int), new(uint64)
	return &core.Genesis{
		Config: &params.ChainConfig{
			ChainID:                 big.NewInt(chainID),
			HomesteadBlock:          zero,
			EIP150Block:             zero,
			EIP155Block:             zero,
			EIP158Block:             zero,
			ByzantiumBlock:          zero,
			ConstantinopleBlock:     zero,
			PetersburgBlock:         zero,
			IstanbulBlock:           zero,
			BerlinBlock:             zero,
			LondonBlock:             zero,
			TerminalTotalDifficulty: zero,
			ShanghaiTime:            start,
			CancunTime:              start,
			PragueTime:              start,
			OsakaTime:               start,
			BlobScheduleConfig: &params.BlobScheduleConfig{
				Cancun: params.DefaultCancunBlobConfig,
				Prague: params.DefaultPragueBlobConfig,
			},
		},
		GasLimit:   gasLimit,
		Difficulty: zero,
		BaseFee:    big.NewInt(params.InitialBaseFee),
		Alloc:      types.GenesisAlloc{},
	}
}

// genesisBlock is block 0 over a state that is kept elsewhere.
func genesisBlock(root common.Hash) *types.Block {
	block := genesis().ToBlock()
	header := block.Header()
	header.Root = root
	return types.NewBlockWithHeader(header).WithBody(*block.Body())
}

// systemContracts are those that the rules of the fork call.
var systemContracts = map[common.Address][]byte{
	params.BeaconRootsAddress:        params.BeaconRootsCode,
	params.HistoryStorageAddress:     params.HistoryStorageCode,
	params.WithdrawalQueueAddress:    params.WithdrawalQueueCode,
	params.ConsolidationQueueAddress: params.ConsolidationQueueCode,
}
