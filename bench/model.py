"""Holds the shape model of `weakstate report` against the truth where that is known.

    python -m bench.model [--large]

* accounts' tries of recorded mainnet blocks: the nodes that the verifier needed; the number of
  accounts is the dated one, scaled to the block's height, and fitted to nothing;
* storage tries: their size estimated from half of a trie's paths, scored on the other half;
* binary and Verkle trees that are really built, and the proofs they really make;
* witnesses of the Kaustinen-6 testnet: the number of stems is that of its genesis and of what
  blocks before created.

An error is what is predicted over what is true, less one.
"""

import statistics
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import click

import weakstate
from bench import built, kaustinen
from bench.blocks import NoDataError, blocks_since_paris
from bench.table import table
from weakstate._native import Anchor, Chain, keccak256_many, verify_touching
from weakstate.sizes.access import AccessedAccount, AccessSet
from weakstate.sizes.case import account_keys, slot_keys
from weakstate.sizes.draws import Draws
from weakstate.sizes.mpt import TrieKey, TrieShape
from weakstate.sizes.population import Population
from weakstate.sizes.predict import SEEDS, TYPICAL_ACCOUNT, TYPICAL_SLOT
from weakstate.sizes.tries import EMPTY_ROOT, WitnessTries, storage_roots

MAINNET = "ethereum"
MIN_TRANSACTIONS = 20
MIN_SLOTS = 8  # of a storage trie, to be halved


class Recorded(NamedTuple):
    """A recorded block, verified."""

    chain: str
    access: AccessSet
    tries: WitnessTries
    root: bytes


class Scored(NamedTuple):
    """One thing that was predicted."""

    name: str
    true: float
    predicted: float
    counts: bool = True

    @property
    def error(self) -> float:
        """In per cent."""
        return 100 * (self.predicted / self.true - 1)


def recorded() -> Iterator[Recorded]:
    """All blocks since Paris. Raises: NoDataError."""
    for file in blocks_since_paris():
        [item] = weakstate.read(file)
        assert item.block is not None
        assert item.witness is not None
        assert item.chain_id is not None
        chain = Chain.builtin(item.chain_id)
        parent = item.witness.parent_state_root
        anchor = (
            Anchor.hash(weakstate.Block.from_rlp(item.block).header.parent_hash)
            if parent
            else Anchor.state_root(item.pre_state_root or b"", item.block_hashes)
        )
        verified, touched = verify_touching(chain, anchor, item.block, item.witness)
        name = file.name.removesuffix(".json.gz")
        access = AccessSet.from_verified(name, item.witness, verified, touched)
        tries = WitnessTries(item.witness.nodes)
        yield Recorded(file.parent.name, access, tries, verified.pre_state_root)


def account_tries(blocks: Iterable[Recorded]) -> Iterator[Scored]:
    """Needed nodes of the accounts' tries. Only mainnet's have a dated number of accounts."""
    for block in blocks:
        access = block.access
        if block.chain != MAINNET:
            continue
        assert access.measured is not None
        keys = account_keys(access)
        unseen = Population.at(access.number).accounts - len(keys)
        predicted = mean_bytes(keys, unseen, TYPICAL_ACCOUNT)
        counts = access.transactions >= MIN_TRANSACTIONS
        yield Scored(access.name, access.measured.account_nodes, predicted, counts)


def storage_tries(block: Recorded) -> Iterator[Scored]:
    """Storage tries, each half of the paths predicted from the other."""
    accounts = {account.address: account for account in block.access.accounts}
    hashes = dict(zip(accounts, keccak256_many(list(accounts)), strict=True))
    for address, root in storage_roots(block.tries, block.root, hashes).items():
        keys = sorted(slot_keys(accounts[address]), key=lambda key: key.key)
        if len(keys) < MIN_SLOTS or root == EMPTY_ROOT:
            continue
        for half in (0, 1):
            seen, held_out = keys[half::2], keys[1 - half :: 2]
            beside = block.tries.cells(root, [key.key for key in seen]).likely_keys()
            unseen = round(beside) + present(seen) - present(held_out)
            # Of the paths alone: what deletions need beside them is another question.
            asked = [key._replace(stays=key.value is not None) for key in held_out]
            nodes = {node for key in asked for node in block.tries.walk(root, key.key).nodes}
            predicted = mean_bytes(asked, max(0, unseen), TYPICAL_SLOT)
            name = f"{block.access.number} 0x{address.hex()[:8]}… {half + 1}"
            yield Scored(name, block.tries.bytes_of(nodes), predicted)


def whole_storage(block: Recorded) -> Scored:
    """All storage nodes that a block needed, with each trie's size from all of its paths."""

    def predict(account: AccessedAccount) -> float:
        return mean_bytes(slot_keys(account), round(account.unseen_slots or 0), TYPICAL_SLOT)

    access = block.access
    with_storage = [account for account in access.accounts if account.present and account.slots]
    assert access.measured is not None
    name = f"{block.chain} {access.name}"
    return Scored(name, access.measured.storage_nodes, sum(map(predict, with_storage)))


def mean_bytes(keys: list[TrieKey], unseen: int, typical: int) -> float:
    """Bytes of a trie's nodes, the mean over seeds."""
    return statistics.fmean(
        TrieShape(keys, unseen, typical, Draws(seed)).size.bytes for seed in range(SEEDS)
    )


def present(keys: Iterable[TrieKey]) -> int:
    """How many of these are there."""
    return sum(key.value is not None for key in keys)


def show(
    title: str, scored: Iterable[Scored], bound: float | None, worst: float | None = None
) -> bool:
    """Print a table of every error; whether the median and the worst keep their bounds."""
    rows = list(scored)
    errors = sorted(abs(row.error) for row in rows if row.counts)
    print(f"\n{title}\n")
    body = [
        [row.name, round(row.true), round(row.predicted), row.error, "" if row.counts else "no"]
        for row in rows
    ]
    print(table(["", "true, bytes", "predicted", "error, %", "counts"], body))
    median = statistics.median(errors)
    kept = (bound is None or median <= bound) and (worst is None or errors[-1] <= worst)
    print(
        f"\nof {len(errors)}: median {median:.2f} %{_bounded(bound)}, "
        f"worst {errors[-1]:.2f} %{_bounded(worst)}: {'kept' if kept else 'MISSED'}"
    )
    return kept


def _bounded(bound: float | None) -> str:
    return "" if bound is None else f" (bound {bound:g})"


@click.command()
@click.option("--large", is_flag=True, help="Build trees of a million keys too.")
def main(large: bool) -> None:
    """Print every error of the model."""
    try:
        blocks = list(recorded())
        testnet = [Scored(*row) for row in kaustinen.scored()]
    except NoDataError as error:
        sys.exit(str(error))
    kept = [
        show("Accounts' tries of mainnet blocks since Paris", account_tries(blocks), 3, 10),
        show(
            "Storage tries: half of the paths from the other half",
            (row for block in blocks for row in storage_tries(block)),
            6,
        ),
        show(
            "All storage of a block, sizes from its own paths (not a test of the sizes)",
            map(whole_storage, blocks),
            None,
        ),
        show(
            "Trees that were really built",
            (
                Scored(*row)
                for rows in (
                    *map(built.scored, [100_000, 1_000_000] if large else [100_000]),
                    built.scored_kzg(100_000 if large else 10_000),
                )
                for row in rows
            ),
            None,
            2,
        ),
        show("Witnesses of Kaustinen-6 of more than 50 stems", testnet, 5),
    ]
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
