"""What a block is to be and which transactions it is built from, as the engine API words it.

Source: execution APIs, engine API, PayloadAttributesV1 to V3. `transactions`, `gasLimit` and
`extraData` beside them are what rollups add.
"""

from typing import NamedTuple

from weakstate import bounded_json
from weakstate._native import Attributes
from weakstate.errors import Unreadable
from weakstate.fields import Fields

KEYS = (
    "timestamp",
    "suggestedFeeRecipient",
    "prevRandao",
    "withdrawals",
    "parentBeaconBlockRoot",
    "gasLimit",
    "extraData",
    "transactions",
)


class Pending(NamedTuple):
    """A block that is to be built. Transactions are tried in this order."""

    attributes: Attributes
    transactions: list[bytes]


def read_attributes(text: bytes) -> Pending:
    """The attributes and transactions in a JSON object, which may hold nothing else.

    Transactions are in their canonical encoding (EIP-2718), without blobs.
    Raises: Unreadable.
    """
    try:
        fields = Fields(bounded_json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Unreadable("malformed_json", actual=str(error)) from None
    fields.expect_keys(*KEYS)
    try:
        attributes = Attributes(
            timestamp=fields.quantity("timestamp"),
            fee_recipient=fields.data("suggestedFeeRecipient", 20),
            gas_limit=fields.quantity("gasLimit") if fields.has("gasLimit") else None,
            extra_data=fields.data("extraData") if fields.has("extraData") else None,
            prev_randao=fields.data("prevRandao", 32) if fields.has("prevRandao") else None,
            withdrawals=_withdrawals(fields),
            parent_beacon_block_root=fields.data("parentBeaconBlockRoot", 32)
            if fields.has("parentBeaconBlockRoot")
            else None,
        )
    except OverflowError:
        raise Unreadable("malformed_field", "numbers below 2^64") from None
    listed = fields.data_list("transactions") if fields.has("transactions") else []
    return Pending(attributes, listed)


def _withdrawals(fields: Fields) -> list[tuple[int, int, bytes, int]]:
    return [
        (
            entry.quantity("index"),
            entry.quantity("validatorIndex"),
            entry.data("address", 20),
            entry.quantity("amount"),
        )
        for entry in (fields.objects("withdrawals") if fields.has("withdrawals") else [])
    ]
