package main

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/tests"
)

// holesky is no longer part of go-ethereum.
var holesky = func() *params.ChainConfig {
	zero := func() *big.Int { return new(big.Int) }
	at := func(time uint64) *uint64 { return &time }
	return &params.ChainConfig{
		ChainID:                 big.NewInt(17000),
		HomesteadBlock:          zero(),
		EIP150Block:             zero(),
		EIP155Block:             zero(),
		EIP158Block:             zero(),
		ByzantiumBlock:          zero(),
		ConstantinopleBlock:     zero(),
		PetersburgBlock:         zero(),
		IstanbulBlock:           zero(),
		BerlinBlock:             zero(),
		LondonBlock:             zero(),
		TerminalTotalDifficulty: zero(),
		ShanghaiTime:            at(1696000704),
		CancunTime:              at(1707305664),
		PragueTime:              at(1740434112),
		OsakaTime:               at(1759308480),
		BPO1Time:                at(1759800000),
		BPO2Time:                at(1760389824),
		DepositContractAddress:  common.HexToAddress("0x4242424242424242424242424242424242424242"),
		Ethash:                  new(params.EthashConfig),
		BlobScheduleConfig:      params.MainnetChainConfig.BlobScheduleConfig,
	}
}()

// chainConfig finds the rules of a block's chain.
func chainConfig(in *input) (*params.ChainConfig, error) {
	if in.Config != nil {
		return in.Config, nil
	}
	if in.Network != "" {
		config, ok := tests.Forks[in.Network]
		if !ok {
			return nil, fmt.Errorf("unknown network %s", in.Network)
		}
		return config, nil
	}
	known := []*params.ChainConfig{
		params.MainnetChainConfig, params.SepoliaChainConfig, params.HoodiChainConfig, holesky,
	}
	for _, config := range known {
		if config.ChainID.IsUint64() && config.ChainID.Uint64() == in.ChainID {
			return config, nil
		}
	}
	return nil, fmt.Errorf("unsupported chain %d", in.ChainID)
}
