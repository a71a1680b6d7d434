"""`weakstate proof verify`: what a proof says, once it is held against a state root."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from weakstate import bounded_json
from weakstate._native import Budget, Chain
from weakstate.cli import values
from weakstate.cli.options import EMBEDDINGS, LEAF_SCHEMES, option
from weakstate.cli.plan import choose_chain
from weakstate.cli.sources import read_whole
from weakstate.cli.store import json_option, refusing
from weakstate.cli.text import hexadecimal, say, size, styled
from weakstate.errors import Unreadable
from weakstate.state.proof import Proven, verify_proof

EPILOG = """\b
Examples:
  weakstate proof verify proof.json --root 0x5a5c…e3
  weakstate proof verify proof.json --root 0x5a5c…e3 --scheme verkle --json | jq .account
  weakstate proof create state 0x5a5c…e3 | weakstate proof verify - --root 0x5a5c…e3

\b
Exit code:
  0 all that it says holds
  3 invalid proof     it proves other values, or does not prove all that it says
  2 unreadable        it is no such proof; or wrong usage"""

SCHEMES = ("mpt", *LEAF_SCHEMES)


@click.command("verify", short_help="Hold a proof against a state root.", epilog=EPILOG)
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option(
    "--root",
    required=True,
    metavar="ROOT",
    type=values.hash32,
    help="The state root that is trusted, in hexadecimal.",
)
@click.option("--chain", metavar="NAME|FILE", help="The chain, whose scheme it is proven under.")
@click.option("--scheme", type=click.Choice(SCHEMES), help="Its scheme, instead; mpt by default.")
@click.option(
    "--embedding",
    type=click.Choice(EMBEDDINGS),
    help="How accounts lie in the leaves of the scheme; packed by default.",
)
@json_option
@refusing
def command(
    file: str,
    root: bytes,
    chain: str | None,
    scheme: str | None,
    embedding: str | None,
    as_json: bool,
) -> None:
    """Say what the proof in FILE, or `-` for standard input, proves under a state root.

    FILE is what `weakstate proof create` wrote, or the answer of a node to `eth_getProof`. The
    root and the scheme are trusted, and nothing in the file: compare the address.
    """
    rules = _choose(chain, scheme, embedding)
    proof = _read(file)
    if rules is None and "executionWitness" in proof:
        raise click.UsageError("It is a proof of leaves: name their tree by --chain or --scheme.")
    proven = verify_proof(root, proof, rules)
    say(json.dumps(_to_dict(root, proven)) if as_json else "\n".join(_lines(root, proven)))


def _choose(chain: str | None, scheme: str | None, embedding: str | None) -> Chain | None:
    """The chain whose scheme it is; None for Merkle Patricia tries."""
    if chain is not None:
        if scheme is not None or embedding is not None:
            raise click.UsageError("--chain says both scheme and embedding: leave out the others.")
        return option("--chain", choose_chain, chain)
    if scheme in (None, "mpt"):
        if embedding is not None:
            raise click.UsageError("--embedding is of a scheme of leaves: name it by --scheme.")
        return None
    own = {"scheme": scheme} | ({"embedding": embedding} if embedding else {})
    config = {"chainId": 1, "cancunTime": 0, "weakstate": own}
    return Chain.from_genesis(json.dumps({"config": config}).encode())


def _read(file: str) -> dict[str, Any]:
    """The proof in a file, alone or as a node answers it. Raises: Unreadable, CannotRead."""
    try:
        found = bounded_json.loads(read_whole(file, Budget()))
    except (ValueError, RecursionError) as error:
        raise Unreadable("malformed_json", actual=str(error), at="proof") from None
    if isinstance(found, dict) and "result" in found:
        found = found["result"]
    if not isinstance(found, dict):
        raise Unreadable("malformed_field", "an object", repr(found)[:80], "proof")
    return found


def _to_dict(root: bytes, proven: Proven) -> dict[str, Any]:
    account = proven.account
    return {
        "state_root": hexadecimal(root),
        "address": hexadecimal(proven.address),
        "exists": None if proven.address is None else account is not None,
        "account": account and {name: _shown(account[name]) for name in account},
        "slots": {hex(slot): hex(value) for slot, value in proven.slots.items()},
        "leaves": {hexadecimal(key): hexadecimal(value) for key, value in proven.leaves.items()},
        "error": None,
    }


def _shown(value: int | bytes) -> str | None:
    return hex(value) if isinstance(value, int) else hexadecimal(value)


def _lines(root: bytes, proven: Proven) -> Iterator[str]:
    yield f"{styled('proven', fg='green')}  under the state root {hexadecimal(root)}"
    if proven.address is not None:
        yield styled(f"{hexadecimal(proven.address)}", bold=True)
        yield from _account(proven.account)
    for slot, value in proven.slots.items():
        yield f"  slot {slot:#x}  {value:#x}"
    for key, leaf in proven.leaves.items():
        yield f"  key {hexadecimal(key)}  {hexadecimal(leaf) or 'absent'}"


def _account(account: Mapping[str, Any] | None) -> Iterator[str]:
    if account is None:
        yield "  absent"
        return
    yield f"  nonce      {account['nonce']}"
    yield f"  balance    {account['balance']} wei"
    yield f"  code hash  {hexadecimal(account['code_hash'])}"
    if "code_size" in account:
        yield f"  code       {size(account['code_size'])}"
    if "storage_root" in account:
        yield f"  storage    {hexadecimal(account['storage_root'])}"
