package main

import (
	"crypto/ecdsa"
	"encoding/binary"
	"math/rand/v2"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

const (
	// maxSenders is how many accounts have a known key, at most: as many as a
	// thousand blocks have transactions, so that senders hardly repeat.
	maxSenders = 200_000
	// maxSlots is the largest number of slots of one token at the start: geth's
	// form of a dump has an account, with its storage, in one line.
	maxSlots  = 250_000
	minTokens = 4
)

// population is who is in the state at the start. All of it follows from the
// seed and the number of accounts; what an account has, from its index.
type population struct {
	seed     uint64
	accounts uint64
	tokens   uint64
	senders  []common.Address // of the first accounts, whose keys are known
}

func newPopulation(seed, accounts uint64) *population {
	people := &population{seed: seed, accounts: accounts}
	// Half of the accounts hold tokens.
	people.tokens = max(minTokens, (accounts/2+maxSlots-1)/maxSlots)
	people.senders = make([]common.Address, min(max(accounts/2, 1), maxSenders))
	for index := range people.senders {
		people.senders[index] = crypto.PubkeyToAddress(people.key(uint64(index)).PublicKey)
	}
	return people
}

// draw is what chance has to say about the numbers: a hash, the same for the same seed.
func (people *population) draw(about string, numbers ...uint64) common.Hash {
	data := binary.BigEndian.AppendUint64([]byte(about), people.seed)
	for _, number := range numbers {
		data = binary.BigEndian.AppendUint64(data, number)
	}
	return crypto.Keccak256Hash(data)
}

// drawNumber is the same as a number below 2^64.
func (people *population) drawNumber(about string, index uint64) uint64 {
	hash := people.draw(about, index)
	return binary.BigEndian.Uint64(hash[:8])
}

// source is a stream of random numbers, the same for the same seed.
func (people *population) source(about string) *rand.Rand {
	return rand.New(rand.NewChaCha8(people.draw(about)))
}

func (people *population) key(index uint64) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(people.draw("key", index).Bytes())
	if err != nil {
		panic(err) // one hash in 2^128 is no key
	}
	return key
}

func (people *population) address(index uint64) common.Address {
	if index < uint64(len(people.senders)) {
		return people.senders[index]
	}
	return common.BytesToAddress(people.draw("account", index).Bytes())
}

// nonce at the start.
func (people *population) nonce(index uint64) uint64 {
	return people.drawNumber("nonce", index) % 1000
}

// balance at the start, in wei: a sender's lasts for all blocks.
func (people *population) balance(index uint64) *uint256.Int {
	balance := uint256.NewInt(people.drawNumber("balance", index))
	if index < uint64(len(people.senders)) {
		balance.Add(balance, new(uint256.Int).Mul(uint256.NewInt(1000), uint256.NewInt(params.Ether)))
	}
	return balance
}

// token is the address of one of the token contracts.
func (people *population) token(number uint64) common.Address {
	return common.BytesToAddress(people.draw("token", number).Bytes())
}

// reader is the address of the contract that reads balances and slots.
func (people *population) reader() common.Address {
	return common.BytesToAddress(people.draw("reader").Bytes())
}

// holds says which token an account holds at the start, if any. Every token has
// the same number of holders, spread over all accounts.
func (people *population) holds(index uint64) (token uint64, ok bool) {
	token = index % (2 * people.tokens)
	return token, token < people.tokens
}

// holder returns the index of an account that holds a token at the start.
func (people *population) holder(token, number uint64) uint64 {
	return number*2*people.tokens + token
}

// holders is the number of accounts that hold a token at the start.
func (people *population) holders(token uint64) uint64 {
	if people.accounts <= token {
		return 0
	}
	return (people.accounts-token-1)/(2*people.tokens) + 1
}

// amount is how many tokens a holder has at the start.
func (people *population) amount(index uint64) uint64 {
	return people.drawNumber("amount", index)>>1 + 1
}
