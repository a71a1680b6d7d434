package main

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/crypto"
)

// The selectors and the event of ERC-20.
var (
	transferSelector  = crypto.Keccak256([]byte("transfer(address,uint256)"))[:4]
	balanceOfSelector = crypto.Keccak256([]byte("balanceOf(address)"))[:4]
	transferEvent     = crypto.Keccak256([]byte("Transfer(address,address,uint256)"))
)

const word = 32

// tokenCode keeps balances in a mapping at slot 0. transfer moves what is asked
// for or, if that is more than there is, everything: the slot is deleted then.
// Every other call is balanceOf.
func tokenCode() []byte {
	selector := func(transfer int) []byte {
		return program.New().
			Op(vm.PUSH0, vm.CALLDATALOAD).Push(224).Op(vm.SHR).
			Push(transferSelector).Op(vm.EQ).Push(transfer).Op(vm.JUMPI).Bytes()
	}
	// Hashes the account at memory 0 and the mapping's slot at memory 32.
	slot := []byte{byte(vm.PUSH1), 2 * word, byte(vm.PUSH0), byte(vm.KECCAK256)}
	balanceOf := program.New().
		Push(4).Op(vm.CALLDATALOAD, vm.PUSH0, vm.MSTORE).Append(slot).
		Op(vm.SLOAD, vm.PUSH0, vm.MSTORE).Push(word).Op(vm.PUSH0, vm.RETURN).Bytes()
	transfer := program.New().Op(vm.JUMPDEST).
		Op(vm.CALLER, vm.PUSH0, vm.MSTORE).Append(slot).        // from's slot
		Op(vm.DUP1, vm.SLOAD).Push(4+word).Op(vm.CALLDATALOAD). // slot, balance, asked
		// min(balance, asked) = asked ^ (balance ^ asked) * (asked > balance)
		Op(vm.DUP2, vm.DUP2, vm.GT, vm.DUP3, vm.DUP3, vm.XOR, vm.MUL, vm.XOR).  // slot, balance, moved
		Op(vm.DUP1, vm.SWAP2, vm.SUB, vm.DUP3, vm.SSTORE).                      // slot, moved
		Push(4).Op(vm.CALLDATALOAD, vm.DUP1, vm.PUSH0, vm.MSTORE).Append(slot). // slot, moved, to, to's slot
		Op(vm.DUP1, vm.SLOAD, vm.DUP4, vm.ADD, vm.SWAP1, vm.SSTORE).            // slot, moved, to
		Op(vm.SWAP1, vm.PUSH0, vm.MSTORE, vm.CALLER).Push(transferEvent).
		Push(word).Op(vm.PUSH0, vm.LOG3). // slot
		Push(1).Op(vm.PUSH0, vm.MSTORE).Push(word).Op(vm.PUSH0, vm.RETURN).Bytes()
	start := len(selector(1)) + len(balanceOf)
	return program.New().Append(selector(start)).Append(balanceOf).Append(transfer).Bytes()
}

// readerCode takes words: a token, then accounts. Of each account it reads the
// balance, and what it holds of the token.
func readerCode() []byte {
	code := program.New().
		Push(balanceOfSelector).Push(224).Op(vm.SHL, vm.PUSH0, vm.MSTORE).
		Push(word) // where the next account is
	code, loop := code.Jumpdest()
	return code.
		Op(vm.DUP1, vm.CALLDATALOAD, vm.DUP1, vm.BALANCE, vm.POP).Push(4).Op(vm.MSTORE).
		Push(word).Push(2*word).Push(4+word).Op(vm.PUSH0, vm.PUSH0, vm.CALLDATALOAD, vm.GAS, vm.STATICCALL, vm.POP).
		Push(word).Op(vm.ADD, vm.CALLDATASIZE, vm.DUP2, vm.LT).Push(loop).Op(vm.JUMPI, vm.STOP).Bytes()
}

// creationCode is the init code of a contract that is a token and carries some bytes
// of its own behind the code; the creator gets the supply.
func creationCode(creator common.Address, own []byte) []byte {
	runtime := append(tokenCode(), own...)
	return program.New().
		Sstore(balanceSlot(creator).Bytes(), 1_000_000).
		ReturnViaCodeCopy(runtime).Bytes()
}

// balanceSlot is where a token keeps an account's balance.
func balanceSlot(holder common.Address) common.Hash {
	return crypto.Keccak256Hash(common.LeftPadBytes(holder.Bytes(), word), make([]byte, word))
}

func transferCall(to common.Address, amount common.Hash) []byte {
	call := append([]byte{}, transferSelector...)
	call = append(call, common.LeftPadBytes(to.Bytes(), word)...)
	return append(call, amount.Bytes()...)
}

func readerCall(token common.Address, accounts []common.Address) []byte {
	call := common.LeftPadBytes(token.Bytes(), word)
	for _, account := range accounts {
		call = append(call, common.LeftPadBytes(account.Bytes(), word)...)
	}
	return call
}
