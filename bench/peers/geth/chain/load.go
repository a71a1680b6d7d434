package main

import (
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/ethereum/go-ethereum/triedb/pathdb"
)

// load makes geth's database of a dump and of block 0 over it.
func load(dump, folder string) error {
	database, err := openDatabase(folder)
	if err != nil {
		return err
	}
	if err := loadInto(database, dump); err != nil {
		database.Close()
		return err
	}
	if err := database.Close(); err != nil {
		return err
	}
	// Opening it drops the logs of the import, which every copy would have.
	database, err = openDatabase(folder)
	if err != nil {
		return err
	}
	return database.Close()
}

// loadInto holds one account at a time: nodes, flat state and codes are written as
// geth's snap sync writes them, and adopted as that does.
func loadInto(database ethdb.Database, dump string) error {
	file, err := os.Open(dump)
	if err != nil {
		return err
	}
	defer file.Close()
	root, err := loadState(file, database)
	if err != nil {
		return err
	}
	if err := writeGenesis(database, root); err != nil {
		return err
	}
	// The flat state is there: geth need not make it from the tree.
	config := *pathdb.Defaults
	config.SnapshotNoBuild = true
	adopting := triedb.NewDatabase(database, &triedb.Config{PathDB: &config})
	if err := adopting.AdoptSyncedState(root); err != nil {
		return err
	}
	if err := adopting.Close(); err != nil {
		return err
	}
	// So that no run pays for the import's compaction.
	return database.Compact(nil, nil)
}

func loadState(dump *os.File, database ethdb.Database) (common.Hash, error) {
	reader, err := newDumpReader(dump)
	if err != nil {
		return common.Hash{}, err
	}
	batch := newWriter(database)
	tree := trie.NewStackTrie(func(path []byte, _ common.Hash, node []byte) {
		rawdb.WriteAccountTrieNode(batch, path, node)
	})
	for {
		line, account, slots, err := reader.next()
		if err != nil {
			return common.Hash{}, err
		}
		if line == nil {
			break
		}
		key := crypto.Keccak256Hash(line.Address[:])
		if err := loadStorage(batch, key, account, slots); err != nil {
			return common.Hash{}, err
		}
		code := crypto.Keccak256Hash(line.Code)
		if code != common.BytesToHash(account.CodeHash) {
			return common.Hash{}, fmt.Errorf("account %x: code hash %x, the dump names %x", key, code, account.CodeHash)
		}
		if len(line.Code) > 0 {
			rawdb.WriteCode(batch, code, line.Code)
		}
		rawdb.WriteAccountSnapshot(batch, key, types.SlimAccountRLP(*account))
		encoded, err := rlp.EncodeToBytes(account)
		if err != nil {
			return common.Hash{}, err
		}
		if err := tree.Update(key[:], encoded); err != nil {
			return common.Hash{}, err
		}
		if err := batch.spill(); err != nil {
			return common.Hash{}, err
		}
	}
	root := tree.Hash()
	if root != reader.root {
		return common.Hash{}, fmt.Errorf("state root %x, the dump names %x", root, reader.root)
	}
	return root, batch.Write()
}

func loadStorage(batch *writer, key common.Hash, account *types.StateAccount, slots []leaf) error {
	root, err := storageRoot(slots, func(path []byte, _ common.Hash, node []byte) {
		rawdb.WriteStorageTrieNode(batch, key, path, node)
	})
	if err != nil {
		return err
	}
	if root != account.Root {
		return fmt.Errorf("account %x: storage root %x, the dump names %x", key, root, account.Root)
	}
	for _, slot := range slots {
		rawdb.WriteStorageSnapshot(batch, key, slot.key, slot.value)
	}
	return nil
}

// writeGenesis writes block 0 over a state that is there already.
func writeGenesis(database ethdb.Database, root common.Hash) error {
	block := genesisBlock(root)
	batch := database.NewBatch()
	rawdb.WriteGenesisStateSpec(batch, block.Hash(), []byte("{}"))
	rawdb.WriteBlock(batch, block)
	rawdb.WriteReceipts(batch, block.Hash(), 0, nil)
	rawdb.WriteCanonicalHash(batch, block.Hash(), 0)
	rawdb.WriteHeadBlockHash(batch, block.Hash())
	rawdb.WriteHeadFastBlockHash(batch, block.Hash())
	rawdb.WriteHeadHeaderHash(batch, block.Hash())
	rawdb.WriteChainConfig(batch, block.Hash(), genesis().Config)
	rawdb.WriteDatabaseVersion(batch, core.BlockChainVersion)
	return batch.Write()
}

// writer is a batch that is written when it has grown.
type writer struct {
	ethdb.Batch
}

func newWriter(database ethdb.Database) *writer {
	return &writer{database.NewBatchWithSize(ethdb.IdealBatchSize)}
}

func (batch *writer) spill() error {
	if batch.ValueSize() < 64*ethdb.IdealBatchSize {
		return nil
	}
	if err := batch.Write(); err != nil {
		return err
	}
	batch.Reset()
	return nil
}
