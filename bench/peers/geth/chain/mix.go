package main

import (
	"fmt"
	"math/big"
	"math/rand/v2"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// kind is what a transaction does.
type kind string

const (
	transfer kind = "transfer" // of ether, one in eight to a new account
	token    kind = "token"    // transfer of tokens
	creation kind = "creation" // of a contract
	read     kind = "read"     // of balances and slots
)

// mixes say how many transactions of each kind a block has: 200 in all.
var mixes = map[string]map[kind]int{
	"mixed":     {transfer: 105, token: 65, creation: 12, read: 18},
	"transfers": {transfer: 200},
}

const (
	readAccounts = 16 // by one transaction; one in ten is absent
	ownBytes     = 64 // of a created contract, so that no two have the same code
)

// mixer makes transactions. Whom they touch is drawn uniformly from the whole state.
type mixer struct {
	people *population
	random *rand.Rand
	signer types.Signer
	used   map[uint64]uint64 // nonces used, by sender
	fresh  uint64            // accounts drawn that did not exist
}

func newMixer(people *population, mix string) *mixer {
	return &mixer{
		people: people,
		random: people.source(mix),
		signer: types.LatestSignerForChainID(big.NewInt(chainID)),
		used:   make(map[uint64]uint64),
	}
}

// block makes the transactions of one block.
func (mixer *mixer) block(counts map[kind]int) ([]*types.Transaction, error) {
	var kinds []kind
	for _, kind := range []kind{transfer, token, creation, read} {
		for range counts[kind] {
			kinds = append(kinds, kind)
		}
	}
	mixer.random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	transactions := make([]*types.Transaction, 0, len(kinds))
	for _, kind := range kinds {
		transaction, err := mixer.transaction(kind)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		transactions = append(transactions, transaction)
	}
	return transactions, nil
}

func (mixer *mixer) transaction(kind kind) (*types.Transaction, error) {
	people := mixer.people
	sender := mixer.random.Uint64N(uint64(len(people.senders)))
	fields := &types.DynamicFeeTx{
		ChainID:   big.NewInt(chainID),
		GasTipCap: big.NewInt(params.GWei),
		GasFeeCap: big.NewInt(100 * params.GWei),
		Value:     new(big.Int),
	}
	switch kind {
	case transfer:
		to := mixer.existing()
		if mixer.random.IntN(8) == 0 {
			to = mixer.absent()
		}
		fields.To, fields.Gas = &to, params.TxGas
		fields.Value.SetUint64(1 + mixer.random.Uint64N(params.GWei))
	case token:
		var number uint64
		sender, number = mixer.tokenSender()
		contract := people.token(number)
		fields.To, fields.Gas = &contract, 100_000
		fields.Data = transferCall(mixer.tokenReceiver(number), mixer.tokenAmount())
	case creation:
		own := make([]byte, ownBytes)
		for i := range own {
			own[i] = byte(mixer.random.Uint32())
		}
		fields.Gas, fields.Data = 500_000, creationCode(people.address(sender), own)
	case read:
		reader := people.reader()
		accounts := make([]common.Address, readAccounts)
		for i := range accounts {
			accounts[i] = mixer.existing()
			if mixer.random.IntN(10) == 0 {
				accounts[i] = mixer.absent()
			}
		}
		fields.To, fields.Gas = &reader, 300_000
		fields.Data = readerCall(people.token(mixer.random.Uint64N(people.tokens)), accounts)
	}
	fields.Nonce = people.nonce(sender) + mixer.used[sender]
	mixer.used[sender]++
	return types.SignNewTx(people.key(sender), mixer.signer, fields)
}

func (mixer *mixer) existing() common.Address {
	return mixer.people.address(mixer.random.Uint64N(mixer.people.accounts))
}

func (mixer *mixer) absent() common.Address {
	mixer.fresh++
	return common.BytesToAddress(mixer.people.draw("absent", mixer.fresh).Bytes())
}

// tokenSender draws a sender that held a token at the start.
func (mixer *mixer) tokenSender() (sender, token uint64) {
	for {
		sender = mixer.random.Uint64N(uint64(len(mixer.people.senders)))
		if token, ok := mixer.people.holds(sender); ok {
			return sender, token
		}
	}
}

// tokenReceiver draws a holder or, one time in four, any account.
func (mixer *mixer) tokenReceiver(token uint64) common.Address {
	if mixer.random.IntN(4) == 0 {
		return mixer.existing()
	}
	number := mixer.random.Uint64N(mixer.people.holders(token))
	return mixer.people.address(mixer.people.holder(token, number))
}

// tokenAmount is part of what a sender has or, one time in eight, all of it.
func (mixer *mixer) tokenAmount() common.Hash {
	if mixer.random.IntN(8) == 0 {
		return common.MaxHash
	}
	return common.BigToHash(new(big.Int).SetUint64(1 + mixer.random.Uint64N(1_000_000)))
}
