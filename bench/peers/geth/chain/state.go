package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
)

// contract is an account that is not one of the many.
type contract struct {
	address common.Address
	code    []byte
	token   *uint64 // its number, if it is one
}

func (people *population) contracts() []contract {
	all := []contract{{address: people.reader(), code: readerCode()}}
	for token := range people.tokens {
		all = append(all, contract{people.token(token), tokenCode(), &token})
	}
	for address, code := range systemContracts {
		all = append(all, contract{address: address, code: code})
	}
	return all
}

// place is where an account stands in the tree.
type place struct {
	prefix uint64 // of the address's hash
	index  uint64 // contracts come after all other accounts
}

// places returns every account in the order of the tree.
func (people *population) places(contracts []contract) []place {
	all := make([]place, 0, people.accounts+uint64(len(contracts)))
	put := func(address common.Address) {
		hash := crypto.Keccak256(address[:])
		all = append(all, place{binary.BigEndian.Uint64(hash), uint64(len(all))})
	}
	for index := range people.accounts {
		put(people.address(index))
	}
	for _, contract := range contracts {
		put(contract.address)
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.prefix, b.prefix) })
	return all
}

// writeDump writes the whole state and returns its root.
func (people *population) writeDump(path string) (common.Hash, error) {
	file, err := os.Create(path)
	if err != nil {
		return common.Hash{}, err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	encoder := json.NewEncoder(out)
	// The root stands first and is known last; it always has the same length.
	if err := encoder.Encode(rootLine{}); err != nil {
		return common.Hash{}, err
	}
	tree := trie.NewStackTrie(nil)
	contracts := people.contracts()
	for _, place := range people.places(contracts) {
		line, account, err := people.describe(place.index, contracts)
		if err != nil {
			return common.Hash{}, err
		}
		encoded, err := rlp.EncodeToBytes(account)
		if err != nil {
			return common.Hash{}, err
		}
		if err := tree.Update(line.AddressHash, encoded); err != nil {
			return common.Hash{}, err
		}
		if err := encoder.Encode(line); err != nil {
			return common.Hash{}, err
		}
	}
	if err := out.Flush(); err != nil {
		return common.Hash{}, err
	}
	root := tree.Hash()
	first, err := json.Marshal(rootLine{root})
	if err != nil {
		return common.Hash{}, err
	}
	if _, err := file.WriteAt(first, 0); err != nil {
		return common.Hash{}, err
	}
	return root, file.Close()
}

// describe returns an account as a line of the dump, and as the tree has it.
func (people *population) describe(index uint64, contracts []contract) (*state.DumpAccount, *types.StateAccount, error) {
	if index < people.accounts {
		account := types.NewEmptyStateAccount()
		account.Nonce, account.Balance = people.nonce(index), people.balance(index)
		return dumpLine(people.address(index), account, nil, nil), account, nil
	}
	contract := contracts[index-people.accounts]
	storage := make(map[common.Hash][]byte)
	if contract.token != nil {
		for number := range people.holders(*contract.token) {
			holder := people.holder(*contract.token, number)
			amount := uint256.NewInt(people.amount(holder))
			storage[balanceSlot(people.address(holder))] = amount.Bytes()
		}
	}
	sorted, err := leaves(storage)
	if err != nil {
		return nil, nil, err
	}
	root, err := storageRoot(sorted, nil)
	if err != nil {
		return nil, nil, err
	}
	account := &types.StateAccount{
		Nonce: 1, Balance: new(uint256.Int), Root: root, CodeHash: crypto.Keccak256(contract.code),
	}
	return dumpLine(contract.address, account, contract.code, storage), account, nil
}
