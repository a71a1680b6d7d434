"""What the result says of each check: made, resting on trust, left out, or not called for."""

from collections.abc import Sequence

from weakstate.verifier.reference.forks import Rules
from weakstate.verifier.reference.header import Header
from weakstate.verifier.reference.types import Check, Status, Trusted


def tell_checks(
    anchor: Trusted, parent: Header | None, ommers: Check, block_hashes: Check, rules: Rules
) -> Sequence[Check]:
    """List the checks of a block that passed them, in the order of the eight steps."""

    def trusted(name: str) -> Check:
        if anchor.kind == "state_root":
            return Check(name, "trusted", "given by the caller")
        return Check(name, "proven")

    def follows(name: str, *, applies: bool = True) -> Check:
        if not applies:
            return Check(name, "not_applicable")
        if parent is None:
            return Check(name, "skipped", "no parent header is given")
        return Check(name, "proven")

    def proven(name: str, *, applies: bool = True) -> Check:
        status: Status = "proven" if applies else "not_applicable"
        return Check(name, status)

    with_blobs, with_requests = rules.has("blob_gas_used"), rules.has("requests_hash")
    seal: Status = "not_applicable" if rules.after_merge else "skipped"
    return (
        trusted("parent"),
        proven("header"),
        follows("number"),
        follows("timestamp"),
        follows("gas_limit"),
        follows("base_fee", applies=rules.has("base_fee_per_gas")),
        follows("excess_blob_gas", applies=with_blobs),
        follows("difficulty", applies=not rules.after_merge),
        Check("proof_of_work", seal, "" if rules.after_merge else "seals are out of scope"),
        ommers,
        proven("transactions_root"),
        proven("ommers_hash"),
        proven("withdrawals_root", applies=rules.has("withdrawals_root")),
        proven("senders"),
        trusted("pre_state_root"),
        block_hashes,
        proven("gas_used"),
        proven("blob_gas_used", applies=with_blobs),
        proven("receipts_root"),
        proven("logs_bloom"),
        proven("requests_hash", applies=with_requests),
        proven("post_state_root"),
    )
