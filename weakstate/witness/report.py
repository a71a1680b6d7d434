"""What a witness is made of, counted from its bytes.

Nothing is checked here. What a block touched and used of a witness is known only once it was
verified: until then it is None.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from weakstate._native import (
    Header,
    Part,
    ProofSurvey,
    Touched,
    Verified,
    Witness,
    keccak256_many,
    list_nodes,
    nest_nodes,
    survey,
    survey_proof,
)
from weakstate.errors import WeakstateError
from weakstate.witness.bundle import LEVEL

ADDRESS_BYTES = 20
# What `keys` hold: addresses, slots, or a slot after the address that it is of.
KEYS_WITH_ADDRESS = (ADDRESS_BYTES, ADDRESS_BYTES + 32)


class Size(NamedTuple):
    """How many, and their bytes."""

    number: int
    bytes: int


class Sizes(NamedTuple):
    """Bytes of nodes as a plain list and nested in weakstate's bytes, before and after zstd."""

    list: int
    nested: int
    list_zstd: int
    nested_zstd: int


class Account(NamedTuple):
    """An account whose leaf is in the witness, or which the block touched, or both.

    Where a witness proves leaves, those of accounts whose names are not known cannot be told apart.
    """

    key: bytes  # Keccak-256 of the address
    address: bytes | None
    present: bool
    touched: bool | None
    storage_nodes: int  # that no account before it has
    storage_bytes: int
    slots: int  # whose leaf is in the witness
    touched_slots: Sequence[int] | None
    code_hash: bytes | None


class Code(NamedTuple):
    """A contract code of the witness."""

    hash: bytes
    bytes: int
    used: bool | None


class Ancestor(NamedTuple):
    """An ancestor header of the witness; without number if it is none."""

    number: int | None
    hash: bytes
    bytes: int
    needed: bool | None


class WitnessReport:
    """What a witness is made of, and, if its block was verified, how much of that was needed.

    Nodes are placed below the state root that the parent's header states, or else ``claimed``.
    ``addresses`` name accounts whose keys they hash to.
    """

    def __init__(
        self,
        witness: Witness,
        claimed: bytes | None = None,
        addresses: Iterable[bytes] = (),
        verified: Verified | None = None,
        touched: Touched | None = None,
    ) -> None:
        self.witness = witness
        self.root = witness.parent_state_root or claimed
        self._stated = witness.parent_state_root is not None
        self._addresses = addresses
        self._verified = verified
        self._touched = touched
        self._used = None if verified is None else verified.node_use
        self.survey = survey(witness, self.root, self._used or ())

    @property
    def root_from(self) -> Literal["parent", "claim"] | None:
        """Who says what the root is: the last header, or the file beside its witness."""
        if self.root is None:
            return None
        return "parent" if self._stated else "claim"

    @cached_property
    def parts(self) -> dict[str, Part]:
        """Byte strings by kind."""
        found = self.survey
        parts = (found.nodes, found.codes, found.headers, found.keys)
        return dict(zip(("nodes", "codes", "headers", "keys"), parts, strict=True))

    @property
    def total_bytes(self) -> int:
        """Of all parts."""
        return sum(part.bytes for part in self.parts.values()) + len(self.witness.proof)

    @cached_property
    def proof(self) -> ProofSurvey | WeakstateError | None:
        """The leaves of the witness and their proof, where it has them; or why they are none."""
        try:
            return survey_proof(self.witness, self._addresses_known())
        except WeakstateError as error:
            return error

    @property
    def reached(self) -> Size:
        """Nodes that hang below the root."""
        levels = self.survey.levels
        return Size(sum(level.nodes for level in levels), sum(level.bytes for level in levels))

    @property
    def unreachable(self) -> Size:
        """Nodes that nothing below the root refers to; neither duplicates nor empty ones."""
        return Size(*self.survey.unreachable)

    @property
    def malformed(self) -> Size:
        """Nodes that the root commits to at a place where no state has such a node."""
        return Size(*self.survey.malformed)

    @property
    def surplus(self) -> Size | None:
        """Nodes that hang below the root and were not needed."""
        if self._used is None:
            return None
        levels = self.survey.levels
        return Size(
            sum(level.nodes - level.used_nodes for level in levels),
            sum(level.bytes - level.used_bytes for level in levels),
        )

    @cached_property
    def sizes(self) -> Sizes:
        """What the nodes take."""
        # One is gone before the other comes: each is about as large as the witness.
        plain, plain_zstd = _measure(list_nodes(self.witness))
        nested, nested_zstd = _measure(nest_nodes(self.witness, self.root))
        return Sizes(plain, nested, plain_zstd, nested_zstd)

    @cached_property
    def touched(self) -> Mapping[bytes, Sequence[int]] | None:
        """Accounts by address that the block touched, with the slots of each."""
        return None if self._touched is None else self._touched.accounts

    def accounts(self) -> Iterator[Account]:
        """Those in the witness by ascending key, then those whose absence was asked for."""
        if self.proof is not None:
            yield from self._accounts_of_leaves(self.proof)
            return
        touched = self.touched
        names = self._names()
        for found in self.survey.accounts:
            address = names.pop(found.key, None)
            slots = None if touched is None else touched.get(address or b"")
            yield Account(
                key=found.key,
                address=address,
                present=True,
                touched=None if touched is None else slots is not None,
                storage_nodes=found.nodes,
                storage_bytes=found.bytes,
                slots=found.slots,
                touched_slots=slots if touched is None else slots or (),
                code_hash=found.code_hash,
            )
        for key, address in sorted(names.items()):
            if touched is not None and address in touched:
                yield Account(key, address, False, True, 0, 0, 0, touched[address], None)

    def codes(self) -> Iterator[Code]:
        """In their order."""
        codes = self.witness.codes
        used = [None] * len(codes) if self._verified is None else self._verified.code_use
        for code, code_hash, use in zip(codes, keccak256_many(codes), used, strict=True):
            yield Code(code_hash, len(code), use)

    def ancestors(self) -> Iterator[Ancestor]:
        """In their order."""
        headers = self.witness.headers
        for header, header_hash in zip(headers, keccak256_many(headers), strict=True):
            number = _number(header)
            needed = None
            if self._touched is not None and self._verified is not None and number is not None:
                needed = self._touched.need_header(number, self._verified.header.number)
            yield Ancestor(number, header_hash, len(header), needed)

    def _names(self) -> dict[bytes, bytes]:
        """Addresses that are known, by their hash."""
        addresses = self._addresses_known()
        return dict(zip(keccak256_many(addresses), addresses, strict=True))

    def _addresses_known(self) -> list[bytes]:
        keys = (k[:ADDRESS_BYTES] for k in self.witness.keys if len(k) in KEYS_WITH_ADDRESS)
        return sorted({*keys, *self._addresses, *(self.touched or ())})

    def _accounts_of_leaves(self, proof: ProofSurvey | WeakstateError) -> Iterator[Account]:
        """Accounts that are named and whose header is in the proof, by ascending address."""
        addresses = self._addresses_known()
        headers = [None] * len(addresses) if isinstance(proof, WeakstateError) else proof.accounts
        keys = keccak256_many(addresses)
        for key, address, header in zip(keys, addresses, headers, strict=True):
            slots = None if self.touched is None else self.touched.get(address)
            if header is None and slots is None:
                continue
            present = header is not None and header[0] > 0
            touched = None if self.touched is None else slots is not None
            yield Account(key, address, present, touched, 0, 0, len(slots or ()), slots, None)


def _measure(data: bytes) -> tuple[int, int]:
    """How many bytes, and how many after Zstandard."""
    import zstandard

    return len(data), len(zstandard.ZstdCompressor(level=LEVEL).compress(data))


def _number(header: bytes) -> int | None:
    try:
        return Header.from_rlp(header).number
    except WeakstateError:
        return None
