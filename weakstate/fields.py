"""Fields of JSON objects as Ethereum's JSON-RPC words them: each is what it should be, or refused.

Source: execution APIs, "Hex encoding" of quantities and byte arrays.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from weakstate.errors import Unreadable


class Fields:
    """The fields of an object. ``at`` is its place in the whole, for refusals.

    Every method raises Unreadable: `missing_field`, `malformed_field`.
    """

    def __init__(self, fields: object, at: str = "") -> None:
        if not isinstance(fields, Mapping):
            raise _malformed("an object", fields, at)
        self._fields: Mapping[str, Any] = fields
        self._at = at

    def expect_keys(self, *known: str) -> None:
        """Refuse keys that are not known."""
        for key in self._fields:
            if key not in known:
                raise _malformed(f"one of {', '.join(known)}", key, self._place("keys"))

    def has(self, key: str) -> bool:
        """Whether there is such a field that is not null."""
        return self._fields.get(key) is not None

    def quantity(self, key: str) -> int:
        """An integer below 2^256."""
        text = self._field(key)
        digits = text[2:] if isinstance(text, str) and text.startswith("0x") else ""
        if not (0 < len(digits) <= 64 and digits.isascii() and digits.isalnum()):
            raise _malformed("an integer below 2^256 in hexadecimal", text, self._place(key))
        try:
            return int(digits, 16)
        except ValueError:
            raise _malformed("an integer in hexadecimal", text, self._place(key)) from None

    def data(self, key: str, length: int | None = None) -> bytes:
        """Bytes; so many if ``length`` is given."""
        return _unhex(self._field(key), self._place(key), length)

    def data_list(self, key: str) -> list[bytes]:
        """A list of byte strings."""
        return [_unhex(text, at) for at, text in self._entries(key)]

    def mapping(self, key: str) -> dict[str, Any]:
        """An object as it is."""
        return dict(Fields(self._field(key), self._place(key))._fields)

    def is_text(self, key: str) -> bool:
        """Whether the field is a text."""
        return isinstance(self._field(key), str)

    def objects(self, key: str) -> list["Fields"]:
        """A list of objects."""
        return [Fields(entry, at) for at, entry in self._entries(key)]

    def _entries(self, key: str) -> Iterator[tuple[str, object]]:
        listed = self._field(key)
        if not isinstance(listed, list | tuple):
            raise _malformed("a list", listed, self._place(key))
        for index, entry in enumerate(listed):
            yield f"{self._place(key)}[{index}]", entry

    def _field(self, key: str) -> object:
        if key not in self._fields:
            raise Unreadable("missing_field", key, at=self._place(key))
        return self._fields[key]

    def _place(self, key: str) -> str:
        return f"{self._at}.{key}" if self._at else key


def _unhex(text: object, at: str, length: int | None = None) -> bytes:
    digits = text[2:] if isinstance(text, str) and text.startswith("0x") else None
    wanted = "bytes" if length is None else f"{length} bytes"
    try:
        if digits is None or not (digits.isalnum() or digits == ""):
            raise ValueError
        data = bytes.fromhex(digits)
    except ValueError:
        raise _malformed(f"{wanted} in hexadecimal", text, at) from None
    if length is not None and len(data) != length:
        raise _malformed(f"{wanted} in hexadecimal", text, at)
    return data


def _malformed(expected: str, actual: object, at: str) -> Unreadable:
    return Unreadable("malformed_field", expected, repr(actual)[:80], at)
