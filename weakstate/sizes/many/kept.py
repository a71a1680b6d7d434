"""Figures of single blocks that are kept, so that a report over many can be resumed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from weakstate import bounded_json
from weakstate._native import Block, Chain, Witness, __version__
from weakstate.errors import Unreadable
from weakstate.sizes import own
from weakstate.sizes.access import MptBytes
from weakstate.sizes.figures import BlockFigures, SchemeFigures, Timing
from weakstate.sizes.forms import Forms
from weakstate.sizes.population import Population
from weakstate.sizes.predict import Prediction
from weakstate.sizes.recorded import Ratios, Recorded
from weakstate.sizes.report import VERSION
from weakstate.whole import whole_file
from weakstate.witness.report import Sizes


@dataclass(frozen=True)
class Kept:
    """A folder with a file for each block, named by all that its figures depend on.

    ``options`` are those of the run that change figures.
    """

    folder: Path
    options: Sequence[object]

    def name(self, name: str, chain: Chain, block: Block, witness: Witness) -> str:
        """Which file it is: rules, block, witness, options and program must be the same."""
        rules = (chain.chain_id, chain.fork_at(block.number, block.header.timestamp).name)
        key = hashlib.sha256(
            json.dumps([__version__, VERSION, name, *rules, *map(repr, self.options)]).encode()
        )
        for parts in ([block.rlp, witness.proof], witness.nodes, witness.codes, witness.headers):
            key.update(hashlib.sha256(b"".join(parts)).digest())
        return f"{block.number}-{key.hexdigest()[:32]}.json"

    def find(self, name: str) -> BlockFigures | None:
        """What was kept under this name, if it can be read."""
        try:
            return _read(bounded_json.loads(self.folder.joinpath(name).read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, Unreadable):
            return None  # it is made again

    def keep(self, name: str, block: BlockFigures) -> None:
        """Keep it. Raises: OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self.folder / name, force=True) as stream:
            stream.write(json.dumps(_written(block)).encode())


def _written(block: BlockFigures) -> dict[str, Any]:
    access, recorded = block.access, block.recorded
    state = block.population
    return {
        "access": own.to_dict(access),
        "header_bytes": access.header_bytes,
        "measured": access.measured,
        "population": [
            state.accounts,
            state.contracts,
            state.slots,
            state.code_bytes,
            state.occupancy,
        ],
        "recorded": recorded,
        "schemes": [
            {
                "prediction": scheme.prediction,
                "whole_code": scheme.whole_code,
                "with_code_cache": scheme.with_code_cache,
                "growth": scheme.growth,
                "occupancy": scheme.occupancy,
                "forms": scheme.forms,
                "timing": scheme.timing,
            }
            for scheme in block.schemes
        ],
    }


def _read(content: dict[str, Any]) -> BlockFigures:
    measured = content["measured"]
    access = replace(
        own.from_dict(content["access"]),
        header_bytes=content["header_bytes"],
        measured=measured and MptBytes(*measured),
    )
    return BlockFigures(
        access,
        Population(*content["population"]),
        tuple(map(_scheme, content["schemes"])),
        _recorded(content["recorded"]) if content["recorded"] else None,
    )


def _recorded(content: list[Any]) -> Recorded:
    block, headers, nodes, delta, delta_zstd, listed, listed_zstd, ratios = content
    counted = Sizes(*nodes) if nodes else None
    return Recorded(
        block, headers, counted, delta, delta_zstd, listed, listed_zstd, Ratios(*ratios)
    )


def _scheme(content: dict[str, Any]) -> SchemeFigures:
    timing = content["timing"]
    return SchemeFigures(
        Prediction(*content["prediction"]),
        content["whole_code"],
        content["with_code_cache"],
        _pairs(content["growth"]),
        _pairs(content["occupancy"]),
        Forms(*content["forms"]),
        timing and Timing(*timing),
    )


def _pairs(pairs: list[list[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((first, second) for first, second in pairs)
