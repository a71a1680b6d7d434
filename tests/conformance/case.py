"""One official BlockchainTest, block by block through the verifier.

A rejected block leaves nothing behind; each block is held against the parent that it names.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.classes import accepts
from tests.conformance.networks import genesis_config, terminal_difficulty
from tests.conformance.state import WholeState, number, unhex
from weakstate import Anchor, Block, Budget, Chain, Header, InvalidBlock, Verified, _native

# Some cases buy 4 GB of memory with gas that no real block has.
BUDGET = Budget(memory=1 << 34, seconds=600)
MAX_HEADERS = 256
MAX_ANCESTRY = 7


class Failed(Exception):
    """The verifier and the test disagree."""


@dataclass
class Known:
    """A block that was found valid: what its children build on."""

    header: Header
    state: WholeState
    rlp: bytes
    parent: bytes | None
    total_difficulty: int
    nodes: Any = field(default=None)


class Case:
    """Runs one test. ``blocks`` counts those that were verified or refused as they should.

    ``engine`` is what judges each block; it takes what the native ``verify`` takes.
    """

    budget = BUDGET

    def __init__(
        self, test: Mapping[str, Any], engine: Callable[..., Verified] = _native.verify
    ) -> None:
        self.test = test
        self.engine = engine
        self.network = test["network"]
        self.config = genesis_config(self.network, test.get("config", {}))
        self.known: dict[bytes, Known] = {}
        self.blocks = 0

    def run(self) -> None:
        """Raises Failed where the verifier and the test disagree."""
        self.start()
        for index, entry in enumerate(self.test["blocks"]):
            try:
                self.run_block(entry)
            except Failed as failure:
                raise Failed(f"block {index}: {failure}") from None
            self.blocks += 1
        self.check_end()

    def start(self) -> None:
        """Builds the genesis state and holds it against the genesis header."""
        state = WholeState.from_json(self.test["pre"])
        header = self.genesis_header()
        root, _ = state.witness([])
        if root != header.state_root:
            raise Failed("the pre-state does not hash to the genesis header's root")
        difficulty = number(self.test["genesisBlockHeader"].get("difficulty", "0x0"))
        self.known[header.hash] = Known(header, state, b"", None, difficulty)
        self.genesis = self.head = header.hash

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

    def run_block(self, entry: Mapping[str, Any]) -> None:
        valid = "blockHeader" in entry
        try:
            rlp = unhex(entry["rlp"])
        except ValueError:
            if valid:
                raise Failed("a valid block whose RLP is not hexadecimal") from None
            return
        try:
            self.verify(rlp)
        except InvalidBlock as error:
            if valid:
                raise Failed(f"valid block refused: {error}") from None
            self.expect_refusal(entry, rlp, error)
        else:
            if not valid:
                raise Failed(f"invalid block accepted, expected {expected(entry)}")
            if self.head != unhex(entry["blockHeader"]["hash"]):
                raise Failed("another block hash than the test's")

    def expect_refusal(self, entry: Mapping[str, Any], rlp: bytes, error: InvalidBlock) -> None:
        """Holds a refusal against the names that the test gives.

        Where the suite broke a transaction it left the header's root as it was: with the root
        mended, the broken transaction must be what the block is refused for.
        """
        names = expected(entry)
        if error.code == "wrong_transactions_root" and not accepts(names, error.code):
            stated, computed = unhex(error.expected), unhex(error.actual)
            try:
                self.verify(rlp.replace(stated, computed, 1))
            except InvalidBlock as second:
                error = second
        # An ommer is refused for a rule of headers; that rule is what the test names.
        codes = {error.code, error.actual.partition(":")[0]}
        if not any(accepts(names, code) for code in codes):
            raise Failed(f"refused with {error}, expected {names}")

    def verify(self, rlp: bytes) -> None:
        block = Block.from_rlp(rlp)
        parent_hash = block.header.parent_hash
        parent = self.known.get(parent_hash)
        chain = self.chain(block, parent)
        # A block whose parent is not known is held against the newest block there is.
        parent = parent or self.known[self.head]
        ancestors = self.ancestors(parent)
        headers = [known.header.rlp for known in reversed(ancestors[:MAX_HEADERS])]
        if block.header.parent_hash != parent.header.hash:
            headers = []
        _, witness = parent.state.witness(headers)
        verified = self.engine(
            chain,
            Anchor.header(parent.header.rlp),
            rlp,
            witness,
            self.ancestry(parent),
            self.budget,
        )
        state = parent.state.after(verified.changes, verified.created_codes)
        header = verified.header
        total = parent.total_difficulty + header.to_dict()["difficulty"]
        self.known[header.hash] = Known(header, state, rlp, parent.header.hash, total)
        self.head = header.hash

    def ancestry(self, newest: Known) -> list[bytes]:
        """The blocks that the rules on ommers look at."""
        line = self.ancestors(newest)[:MAX_ANCESTRY]
        return [known.rlp or self.genesis_item() for known in line]

    def genesis_item(self) -> bytes:
        """The genesis block as a header and no ommers."""
        import rlp

        return rlp.encode([rlp.decode(self.known[self.genesis].header.rlp), []])

    def chain(self, block: Block, parent: Known | None) -> Chain:
        """The chain's rules. A merge by total difficulty is placed by that of the parent."""
        config = dict(self.config)
        terminal = terminal_difficulty(self.network)
        if terminal is not None:
            config.pop("mergeNetsplitBlock", None)
            if parent is not None and parent.total_difficulty >= terminal:
                config["mergeNetsplitBlock"] = block.number
        return Chain.from_genesis(json.dumps({"config": config}).encode())

    def ancestors(self, newest: Known) -> list[Known]:
        line: list[Known] = []
        known: Known | None = newest
        while known is not None and len(line) < MAX_HEADERS:
            line.append(known)
            known = self.known.get(known.parent) if known.parent else None
        return line

    def check_end(self) -> None:
        """Holds the state after the test's last block against the one that it states."""
        last = self.known.get(unhex(self.test["lastblockhash"]))
        if last is None:
            raise Failed("the test's last block was not verified")
        if "postState" in self.test:
            stated = WholeState.from_json(self.test["postState"])
            if stated.accounts != last.state.accounts:
                raise Failed("another post-state than the test's")
            return
        stated_root = unhex(self.test.get("postStateHash", last.header.state_root.hex()))
        if stated_root != last.header.state_root:
            raise Failed("another post-state root than the test's")


def expected(entry: Mapping[str, Any]) -> str:
    """What the test says is wrong with a block."""
    names = [value for key, value in entry.items() if key.startswith("expectException")]
    return names[0] if names else "?"
