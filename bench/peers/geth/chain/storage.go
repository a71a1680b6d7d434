package main

import (
	"bytes"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// leaf is a slot in its tree: the hash of its key, and its value in RLP.
type leaf struct {
	key   common.Hash
	value []byte
}

// leaves returns the slots of an account in the order of their tree; values have
// no leading zeros.
func leaves(storage map[common.Hash][]byte) ([]leaf, error) {
	sorted := make([]leaf, 0, len(storage))
	for slot, value := range storage {
		encoded, err := rlp.EncodeToBytes(value)
		if err != nil {
			return nil, err
		}
		sorted = append(sorted, leaf{crypto.Keccak256Hash(slot.Bytes()), encoded})
	}
	slices.SortFunc(sorted, func(a, b leaf) int { return bytes.Compare(a.key[:], b.key[:]) })
	return sorted, nil
}

// storageRoot is the root over leaves; write, if there is one, gets every node.
func storageRoot(sorted []leaf, write trie.OnTrieNode) (common.Hash, error) {
	if len(sorted) == 0 {
		return types.EmptyRootHash, nil
	}
	tree := trie.NewStackTrie(write)
	for _, leaf := range sorted {
		if err := tree.Update(leaf.key[:], leaf.value); err != nil {
			return common.Hash{}, err
		}
	}
	return tree.Hash(), nil
}
