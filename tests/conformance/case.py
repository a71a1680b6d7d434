"""One official BlockchainTest, block by block.

A rejected block leaves nothing behind; each block is held against the parent that it names.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.conformance.classes import accepts
from tests.conformance.networks import genesis_config, terminal_difficulty
from tests.conformance.state import number, unhex
from weakstate import Block, Budget, Chain, Header, InvalidBlock

# Some cases buy 4 GB of memory with gas that no real block has.
BUDGET = Budget(memory=1 << 34, seconds=600)
MAX_HEADERS = 256
MAX_ANCESTRY = 7


class Failed(Exception):
    """Weakstate and the test disagree.

    ``code`` is that of the refusal, where what the test says is valid was refused.
    """

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class Known:
    """A block that was found valid: what its children build on."""

    header: Header
    rlp: bytes  # empty for the genesis block
    total_difficulty: int


class Case(ABC):
    """Runs one test over a state of ``scheme``; what judges its blocks says a subclass.

    ``blocks`` counts those that were taken or refused as they should.
    """

    budget = BUDGET

    def __init__(self, test: Mapping[str, Any], scheme: str = "mpt") -> None:
        self.test = test
        self.scheme = scheme
        self.network = test["network"]
        self.config = genesis_config(self.network, test.get("config", {}))
        if scheme != "mpt":
            self.config["weakstate"] = {"scheme": scheme}
        self.blocks = 0
        header = self.genesis_header()
        difficulty = number(test["genesisBlockHeader"].get("difficulty", "0x0"))
        self.known = {header.hash: Known(header, b"", difficulty)}
        self.genesis = self.head = header.hash

    @abstractmethod
    def start(self) -> None:
        """Takes over the genesis state; Failed if its root is not the genesis header's."""

    @abstractmethod
    def judge(self, chain: Chain, parent: Known, rlp: bytes) -> Header:
        """Finds a block valid. Raises InvalidBlock where it refuses it."""

    @abstractmethod
    def check_end(self, last: Known) -> None:
        """Holds the state after a block against the one that the test states."""

    def run(self) -> None:
        """Raises Failed where weakstate and the test disagree."""
        self.start()
        for index, entry in enumerate(self.test["blocks"]):
            try:
                self.run_block(entry)
            except Failed as failure:
                raise Failed(f"block {index}: {failure}", failure.code) from None
            self.blocks += 1
        last = self.known.get(self.hash_here(unhex(self.test["lastblockhash"])))
        if last is None:
            raise Failed("the test's last block was not found valid")
        self.check_root(last)
        self.check_end(last)

    def hash_here(self, stated: bytes) -> bytes:
        """The hash that a block which the test names goes by."""
        return stated

    def sealed(self, entry: Mapping[str, Any], rlp: bytes) -> bytes:
        """The block as it is judged."""
        return rlp

    def check_root(self, last: Known) -> None:
        """Holds the last block's root against the one that the test states."""
        stated_root = self.test.get("postStateHash")
        if stated_root and unhex(stated_root) != last.header.state_root:
            raise Failed("another post-state root than the test's")

    def run_block(self, entry: Mapping[str, Any]) -> None:
        """Raises Failed if the verdict on a block is another than the test's."""
        valid = "blockHeader" in entry
        try:
            rlp = unhex(entry["rlp"])
        except ValueError:
            if valid:
                raise Failed("a valid block whose RLP is not hexadecimal") from None
            return
        rlp = self.sealed(entry, rlp)
        try:
            header = self.take(rlp)
        except InvalidBlock as error:
            if valid:
                raise Failed(f"valid block refused: {error}", error.code) from None
            self.expect_refusal(entry, rlp, error)
        else:
            if not valid:
                raise Failed(f"invalid block accepted, expected {expected(entry)}")
            if header.hash != self.hash_here(unhex(entry["blockHeader"]["hash"])):
                raise Failed("another block hash than the test's")

    def take(self, rlp: bytes) -> Header:
        """Judges a block; its children can build on it from then on."""
        try:
            block = Block.from_rlp(rlp)
        except InvalidBlock:
            block = None  # whoever judges it must find the same
        parent = self.known.get(block.header.parent_hash) if block else None
        chain = self.chain(block, parent)
        # A block whose parent is not known is held against the newest block there is.
        parent = parent or self.known[self.head]
        header = self.judge(chain, parent, rlp)
        total = parent.total_difficulty + header.to_dict()["difficulty"]
        self.known[header.hash] = Known(header, rlp, total)
        self.head = header.hash
        return header

    def expect_refusal(self, entry: Mapping[str, Any], rlp: bytes, error: InvalidBlock) -> None:
        """Holds a refusal against the names that the test gives.

        Where the suite broke a transaction it left the header's root as it was: with the root
        mended, the broken transaction must be what the block is refused for.
        """
        names = expected(entry)
        if error.code == "wrong_transactions_root" and not accepts(names, error.code):
            stated, computed = unhex(error.expected), unhex(error.actual)
            try:
                self.take(rlp.replace(stated, computed, 1))
            except InvalidBlock as second:
                error = second
        # An ommer is refused for a rule of headers; that rule is what the test names.
        codes = {error.code, error.actual.partition(":")[0]}
        if not any(accepts(names, code) for code in codes):
            raise Failed(f"refused with {error}, expected {names}")

    def genesis_header(self) -> Header:
        """The genesis header; some suites give its fields but not its RLP."""
        if "genesisRLP" in self.test:
            return Block.from_rlp(unhex(self.test["genesisRLP"])).header
        import rlp

        fields = self.test["genesisBlockHeader"]
        names = "parentHash uncleHash coinbase stateRoot transactionsTrie receiptTrie bloom"
        numbers = "difficulty number gasLimit gasUsed timestamp"
        values: list[Any] = [unhex(fields[name]) for name in names.split()]
        values += [rlp.sedes.big_endian_int.serialize(number(fields[n])) for n in numbers.split()]
        values += [unhex(fields[name]) for name in ("extraData", "mixHash", "nonce")]
        if "baseFeePerGas" in fields:
            values.append(rlp.sedes.big_endian_int.serialize(number(fields["baseFeePerGas"])))
        return Header.from_rlp(rlp.encode(values))

    def chain(self, block: Block | None, parent: Known | None) -> Chain:
        """The chain's rules. A merge by total difficulty is placed by that of the parent."""
        config = dict(self.config)
        terminal = terminal_difficulty(self.network)
        if terminal is not None:
            config.pop("mergeNetsplitBlock", None)
            if block and parent and parent.total_difficulty >= terminal:
                config["mergeNetsplitBlock"] = block.number
        return Chain.from_genesis(json.dumps({"config": config}).encode())

    def ancestors(self, newest: Known) -> list[Known]:
        """A block and those before it, the newest first."""
        line: list[Known] = []
        known: Known | None = newest
        while known is not None and len(line) < MAX_HEADERS:
            line.append(known)
            known = self.known.get(known.header.parent_hash)
        return line

    def ancestry(self, newest: Known) -> list[bytes]:
        """The blocks that the rules on ommers look at."""
        line = self.ancestors(newest)[:MAX_ANCESTRY]
        return [known.rlp or self.genesis_item() for known in line]

    def genesis_item(self) -> bytes:
        """The genesis block as a header and no ommers."""
        import rlp

        return rlp.encode([rlp.decode(self.known[self.genesis].header.rlp), []])


def expected(entry: Mapping[str, Any]) -> str:
    """What the test says is wrong with a block."""
    names = [value for key, value in entry.items() if key.startswith("expectException")]
    return names[0] if names else "?"
