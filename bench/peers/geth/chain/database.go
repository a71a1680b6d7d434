package main

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/consensus/beacon"
	"github.com/ethereum/go-ethereum/consensus/ethash"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/ethdb/pebble"
	"github.com/ethereum/go-ethereum/triedb/pathdb"
)

// What geth 1.17 takes for these when nothing is said, in MB (eth/ethconfig).
const (
	databaseCache = 2048
	trieCleanMB   = 614
	trieDirtyMB   = 1024 // the store's write buffer takes at most 256 of it
	snapshotMB    = 409
	trieTimeLimit = time.Hour
	fileHandles   = 1024
)

// openDatabase opens geth's store as geth does, with the folder for its old blocks and history.
func openDatabase(folder string) (ethdb.Database, error) {
	store, err := pebble.New(filepath.Join(folder, "chaindata"), databaseCache, fileHandles, "", false)
	if err != nil {
		return nil, err
	}
	database, err := rawdb.Open(store, rawdb.OpenOptions{Ancient: filepath.Join(folder, "ancient")})
	if err != nil {
		store.Close()
		return nil, err
	}
	return database, nil
}

// openChain opens the chain in a loaded database. Unless writes are in the
// background, as geth has them, a commit of the state returns when it is written.
func openChain(database ethdb.Database, folder string, prefetch, background bool) (*core.BlockChain, error) {
	chain, err := core.NewBlockChain(database, nil, beacon.New(ethash.NewFaker()), &core.BlockChainConfig{
		StateScheme:          rawdb.PathScheme,
		TrieCleanLimit:       trieCleanMB,
		TrieDirtyLimit:       trieDirtyMB,
		TrieTimeLimit:        trieTimeLimit,
		TrieNoAsyncFlush:     !background,
		TrieJournalDirectory: filepath.Join(folder, "triedb"),
		StateHistory:         pathdb.Defaults.StateHistory,
		TrienodeHistory:      pathdb.Defaults.TrienodeHistory,
		SnapshotLimit:        snapshotMB,
		NoPrefetch:           !prefetch,
		TxLookupLimit:        -1,
	})
	if err != nil {
		return nil, err
	}
	if !chain.TrieDB().SnapshotCompleted() {
		chain.Stop()
		return nil, errors.New("the database has no complete flat state: geth would read from the tree")
	}
	return chain, nil
}
