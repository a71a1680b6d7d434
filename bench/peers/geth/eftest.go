package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/consensus/beacon"
	"github.com/ethereum/go-ethereum/consensus/ethash"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/tests"
)

// maxDump is the largest file that --dump writes.
const maxDump = 60 << 20

// blockTest is the part of an official blockchain test that is needed here. A
// block without a decoded header is an invalid one.
type blockTest struct {
	Network    string             `json:"network"`
	GenesisRLP hexutil.Bytes      `json:"genesisRLP"`
	Pre        types.GenesisAlloc `json:"pre"`
	Blocks     []struct {
		RLP    hexutil.Bytes   `json:"rlp"`
		Header json.RawMessage `json:"blockHeader"`
	} `json:"blocks"`
}

// runTests reports every valid block of the tests in one file.
func runTests(file string, opts options, report func(*result)) error {
	data, err := readFile(file)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	stem := strings.TrimSuffix(filepath.Base(strings.TrimSuffix(file, ".gz")), ".json")
	// The same file name occurs in several folders of the suites.
	stem = filepath.Base(filepath.Dir(file)) + "-" + stem
	for index, name := range names {
		if !strings.Contains(name, opts.run) {
			continue
		}
		var test blockTest
		if err := json.Unmarshal(all[name], &test); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		blocks, err := recordWitnesses(name, &test)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, block := range blocks {
			if opts.dump != "" {
				base := fmt.Sprintf("%s-%03d-%d.json", stem, index, block.Number)
				if err := dump(filepath.Join(opts.dump, base), block); err != nil {
					return err
				}
			}
			if opts.repeat > 0 {
				report(measure(block, opts, file))
			}
		}
	}
	return nil
}

// recordWitnesses imports a test's chain into geth's own block chain, which
// records the witness of each block while executing it on the full state.
func recordWitnesses(name string, test *blockTest) ([]*input, error) {
	config, ok := tests.Forks[test.Network]
	if !ok {
		return nil, fmt.Errorf("unknown network %s", test.Network)
	}
	genesis, hash, err := genesisSpec(test, config)
	if err != nil {
		return nil, err
	}
	chain, err := core.NewBlockChain(rawdb.NewMemoryDatabase(), genesis, beacon.New(ethash.NewFaker()), &core.BlockChainConfig{
		StateScheme:       rawdb.HashScheme,
		ArchiveMode:       true,
		TxLookupLimit:     -1,
		NoPrecompileCache: true,
	})
	if err != nil {
		return nil, err
	}
	defer chain.Stop()
	if chain.Genesis().Hash() != hash {
		return nil, fmt.Errorf("genesis %x, the test has %x", chain.Genesis().Hash(), hash)
	}
	var inputs []*input
	for _, encoded := range test.Blocks {
		if encoded.Header == nil {
			continue
		}
		var block types.Block
		if err := rlp.DecodeBytes(encoded.RLP, &block); err != nil {
			return nil, err
		}
		in, err := record(chain, &block)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", block.NumberU64(), err)
		}
		in.Name, in.Network, in.BlockRLP = name, test.Network, encoded.RLP
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// genesisSpec returns the genesis of a test and the hash it must have.
func genesisSpec(test *blockTest, config *params.ChainConfig) (*core.Genesis, common.Hash, error) {
	var block types.Block
	if err := rlp.DecodeBytes(test.GenesisRLP, &block); err != nil {
		return nil, common.Hash{}, fmt.Errorf("genesis: %w", err)
	}
	header := block.Header()
	return &core.Genesis{
		Config:        config,
		Nonce:         header.Nonce.Uint64(),
		Timestamp:     header.Time,
		ExtraData:     header.Extra,
		GasLimit:      header.GasLimit,
		Difficulty:    header.Difficulty,
		Mixhash:       header.MixDigest,
		Coinbase:      header.Coinbase,
		Alloc:         test.Pre,
		Number:        header.Number.Uint64(),
		GasUsed:       header.GasUsed,
		ParentHash:    header.ParentHash,
		BaseFee:       header.BaseFee,
		ExcessBlobGas: header.ExcessBlobGas,
		BlobGasUsed:   header.BlobGasUsed,
		SlotNumber:    header.SlotNumber,
	}, block.Hash(), nil
}

// record imports one block on top of its parent and returns it with its witness.
func record(chain *core.BlockChain, block *types.Block) (*input, error) {
	parent := chain.GetHeaderByHash(block.ParentHash())
	if parent == nil {
		return nil, fmt.Errorf("unknown parent %x", block.ParentHash())
	}
	wit, err := chain.InsertBlockWithoutSetHead(context.Background(), block, true)
	if err != nil {
		return nil, err
	}
	if _, err := chain.SetCanonical(block); err != nil {
		return nil, err
	}
	ext := wit.ToExtWitness()
	in := &input{
		ChainID:       chain.Config().ChainID.Uint64(),
		Number:        block.NumberU64(),
		BlockHash:     block.Hash(),
		PreStateRoot:  parent.Root,
		PostStateRoot: block.Root(),
		Witness:       witness{State: ext.State, Codes: ext.Codes},
	}
	for _, header := range ext.Headers {
		encoded, err := rlp.EncodeToBytes(header)
		if err != nil {
			return nil, err
		}
		in.Witness.Headers = append(in.Witness.Headers, encoded)
	}
	return in, nil
}

// dump writes a block with its witness in the data-folder form.
func dump(path string, in *input) error {
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(in); err != nil {
		return err
	}
	if out.Len() > maxDump {
		fmt.Fprintf(os.Stderr, "%s: %d bytes, not written\n", path, out.Len())
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
