"""The whole state of a chain: its store, dumps of it, and proofs from it."""

from weakstate._native import State
from weakstate.state.dump import open_dump, write_dump
from weakstate.state.proof import Proven, verify_proof

__all__ = ["Proven", "State", "open_dump", "verify_proof", "write_dump"]
