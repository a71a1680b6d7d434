"""Asks a node over JSON-RPC, and again when it is only out of reach.

Sources: JSON-RPC 2.0, sections 4 and 5; EIP-1474 for -32005; RFC 9110 for statuses.
"""

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from weakstate import bounded_json
from weakstate._native import Budget
from weakstate.errors import BudgetExceeded, NodeError
from weakstate.witness.post import Answer, Denied, Endpoint, Trouble, post

TIMEOUT = 120.0  # seconds; a node may take a minute over the witness of an old block
RETRIES = 4

# Seconds before the first further attempt; each wait is twice the one before, and up to a
# half shorter so that many clients do not come back at once.
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0

# Statuses and JSON-RPC codes that mean "later", not "no". Servers also give 500 and above.
LATER = (408, 425, 429)
LIMIT_EXCEEDED = (-32005, 429)

# JSON may hold four values for each node that the budget allows, and this many more: the same
# bound as the native reader's.
SPARE_VALUES = 1 << 16

MAX_QUOTED = 200  # characters of a text of the node's

# Method, bytes of its answer so far, and why it is about to be asked again.
Progress = Callable[[str, int, str | None], None]


class Node:
    """A node's JSON-RPC interface over HTTP. One question at a time."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        budget: Budget | None = None,
        progress: Progress = lambda method, received, trouble: None,
    ) -> None:
        """``timeout`` is in seconds, for one whole answer. Raises: ValueError for a bad URL."""
        self._endpoint = Endpoint(url)
        self._timeout = timeout
        self._retries = retries
        self._progress = progress
        self._asked = 0
        self.budget = budget or Budget()

    @property
    def origin(self) -> str:
        """Scheme, host and port: all of the URL that may be shown."""
        return self._endpoint.origin

    def __repr__(self) -> str:
        return f"<Node at {self.origin}>"

    def call(self, method: str, *params: object) -> Any:  # noqa: ANN401  # JSON is anything
        """The result of a method; nothing of it is checked, but that there is one.

        Raises: NodeError (`node_unreachable`, `node_refused`, `wrong_answer`); BudgetExceeded.
        """
        for attempt in range(self._retries + 1):
            try:
                return self._ask(method, params)
            except Trouble as trouble:
                what = self._quoted(trouble.what)
                if attempt == self._retries:
                    raise self._error("node_unreachable", method, what) from None
                self._progress(method, 0, what)
                time.sleep(_wait(attempt, trouble.wait))
            except Denied as denied:
                raise self._error("node_refused", method, str(denied)) from None
        raise AssertionError("there is at least one attempt")

    def _ask(self, method: str, params: tuple[object, ...]) -> Any:  # noqa: ANN401
        self._asked += 1
        question = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params}
        self._progress(method, 0, None)
        answer = post(
            self._endpoint,
            json.dumps(question).encode(),
            self._timeout,
            self.budget,
            lambda received: self._progress(method, received, None),
        )
        if answer.status != 200:
            raise self._refusal(method, answer)
        content = self._decode(method, answer.body)
        if content.get("error") is not None:
            code, text = _error_in(content)
            if code in LIMIT_EXCEEDED:
                raise Trouble(text)
            raise self._error("node_refused", method, self._quoted(text))
        if content.get("id") != self._asked:
            actual = f"id {self._quoted(repr(content.get('id')))}"
            raise self._error("wrong_answer", method, actual, f"id {self._asked}")
        if content.get("result") is None:
            raise self._error("node_refused", method, "null: the node does not have this")
        return content["result"]

    def _refusal(self, method: str, answer: Answer) -> Exception:
        """What another status than 200 amounts to."""
        text = f"HTTP {answer.status} {answer.reason}".rstrip()
        if answer.location is not None:
            text += f", a redirect to {_origin(answer.location)}"
        with suppress(NodeError, BudgetExceeded):  # many explain themselves in a page for people
            content = self._decode(method, answer.body)
            if "error" in content:
                text += f", {_error_in(content)[1]}"
        if answer.status in LATER or answer.status >= 500:
            return Trouble(text, _seconds(answer.retry_after))
        return self._error("node_refused", method, self._quoted(text))

    def _decode(self, method: str, body: bytes) -> dict[str, Any]:
        """The object that an answer must be. Python's values take more room than their text."""
        values = body.count(b",") + body.count(b"[") + body.count(b"{")
        limit = 4 * self.budget.nodes + SPARE_VALUES
        if values > limit:
            raise BudgetExceeded("too_many_nodes", f"at most {limit} values", "more", method)
        try:
            content = bounded_json.loads(body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            start = self._quoted(body[:40].decode("utf-8", "replace"))
            raise self._error("wrong_answer", method, f"what starts {start!r}", "a JSON object")
        return content

    def _quoted(self, text: str) -> str:
        return self._endpoint.without_secrets(text)[:MAX_QUOTED]

    def _error(self, code: str, method: str, actual: str, expected: str = "") -> NodeError:
        return NodeError(code, expected or "an answer", actual, f"{method} of {self.origin}")


def _error_in(content: dict[str, Any]) -> tuple[object, str]:
    """Code and text of a JSON-RPC error, in whatever shape."""
    error = content.get("error")
    if not isinstance(error, dict):
        return None, f"error {error}"
    return error.get("code"), f"error {error.get('code')}: {error.get('message')}"


def _wait(attempt: int, asked: float | None) -> float:
    """Seconds until the next attempt: what the server asks for, or longer each time."""
    if asked is not None:
        return min(asked, LONGEST_WAIT)
    longest: float = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)


def _seconds(retry_after: str | None) -> float | None:
    """The number of a Retry-After header; its other form, a date, is not worth a parser."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None


def _origin(location: str) -> str:
    try:
        return Endpoint(location).origin
    except ValueError:
        return "what is no such URL"
