"""One HTTP request, bounded in bytes and in time.

The standard library's client knows proxies, certificates and gzip; a library would add a
dependency for one POST. What it lacks is an end to an answer that trickles: see `_Deadline`.
Sources: RFC 9110 (HTTP), RFC 7617 (Basic authentication).
"""

import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from gzip import GzipFile
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Timer
from typing import NamedTuple, Self
from urllib.error import URLError
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import HTTPErrorProcessor, HTTPHandler, HTTPSHandler, Request, build_opener
from zlib import error as ZlibError

from weakstate._native import Budget, __version__
from weakstate.witness.files import Readable, read_stream

# Bytes of an answer that is an error: what a person can read, and more.
MAX_ERROR = 1 << 16

# Shorter parts of a URL are no keys, and stand in too many other texts.
SHORTEST_SECRET = 6

Received = Callable[[int], None]


class Trouble(Exception):
    """The network or the server failed in a way that may pass."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        self.what = what
        self.wait = wait  # seconds that the server asks for
        super().__init__(what)


class Denied(Exception):
    """The server cannot be trusted or was not reached for a reason that does not pass."""


class Endpoint:
    """Where to ask. Only `origin` may be shown: the rest of a URL often holds keys."""

    def __init__(self, url: str) -> None:
        """Raises: ValueError, which does not quote the URL."""
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("a URL has no spaces and no characters beyond ASCII")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
            (host or "").encode("idna")
        except ValueError:
            raise ValueError("not a URL") from None
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError("expected http://… or https://…")
        place = parts.netloc.rpartition("@")[2]
        self.origin = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}"
        self.origin += f":{port}" if port else ""
        self._url = parts._replace(netloc=place, fragment="").geturl()
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"weakstate/{__version__}",
        }
        name, secret = unquote(parts.username or ""), unquote(parts.password or "")
        pair = b64encode(f"{name}:{secret}".encode()).decode()
        if name or secret:
            self._headers["Authorization"] = f"Basic {pair}"
        words = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
        self._secrets = {w for w in (*words, name, pair) if len(w) >= SHORTEST_SECRET} | {
            secret
        } - {""}

    def request(self, data: bytes) -> Request:
        """A POST of this body."""
        return Request(self._url, data, self._headers, method="POST")

    def without_secrets(self, text: str) -> str:
        """A text of the server's, without what it may have quoted from the URL."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "…")
        return text


class Answer(NamedTuple):
    """What a server said; of another status than 200, no more than its start."""

    status: int
    reason: str
    body: bytes
    location: str | None
    retry_after: str | None


def post(
    endpoint: Endpoint, data: bytes, timeout: float, budget: Budget, received: Received
) -> Answer:
    """Send a body and read the answer, within ``timeout`` seconds in all.

    Redirects are not followed: a JSON-RPC server has no use for them, and keys would go along.
    Raises: Trouble, Denied; BudgetExceeded if there are more bytes than the budget allows.
    """
    with _Deadline(timeout) as deadline:
        try:
            opener = build_opener(_Http(deadline), _Https(deadline), _AnyStatus())
            with opener.open(endpoint.request(data), timeout=timeout) as response:
                answer = _read(response, budget, received)
        except (OSError, EOFError, HTTPException, ZlibError) as error:
            if deadline.passed:
                raise Trouble(f"no whole answer within {timeout:g} s") from None
            raise _judged(error) from None
        # What is cut at the deadline may look whole if its length was not announced.
        if deadline.passed:
            raise Trouble(f"no whole answer within {timeout:g} s")
    return answer


def _read(response: HTTPResponse, budget: Budget, received: Received) -> Answer:
    packed = response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip")
    stream: Readable = GzipFile(fileobj=response) if packed else response
    if response.status == 200:
        body = read_stream(_Watched(stream, received), budget)
        if response.length:  # what was announced and has not come
            raise EOFError
    else:
        body = stream.read(MAX_ERROR)
    return Answer(
        response.status,
        response.reason,
        body,
        response.headers.get("Location"),
        response.headers.get("Retry-After"),
    )


def _judged(error: Exception) -> Exception:
    """Trouble, or Denied, with words that quote nothing of the URL."""
    cause = error.reason if isinstance(error, URLError) else error
    match cause:
        case ssl.SSLCertVerificationError():
            return Denied(f"a certificate that is not trusted: {cause.verify_message}")
        case TimeoutError():
            return Trouble("no answer in time")
        case EOFError() | HTTPException() | ZlibError():
            return Trouble("an answer that breaks off")
        case OSError(strerror=str(what)):
            return Trouble(what)
        case _:
            return Trouble(type(cause).__name__)


class _Watched:
    """A stream that says how much of it has been read."""

    def __init__(self, stream: Readable, received: Received) -> None:
        self._stream = stream
        self._received = received
        self._bytes = 0

    def read(self, size: int, /) -> bytes:
        chunk = self._stream.read(size)
        self._bytes += len(chunk)
        self._received(self._bytes)
        return chunk


class _Deadline:
    """Cuts a connection when its time is over: a socket's timeout starts anew with each byte."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: socket.socket | None = None
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, connected: socket.socket) -> None:
        """Cut this connection when the time is over."""
        self._socket = connected
        if self.passed:
            self._cut()

    def _cut(self) -> None:
        self.passed = True
        if self._socket is not None:
            with suppress(OSError):
                # Not its own method: TLS must not be undone under the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _AnyStatus(HTTPErrorProcessor):
    """Hands out every answer: no redirect is followed, and errors may hold an explanation."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response

    https_response = http_response


class _Http(HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: Request) -> HTTPResponse:
        deadline = self._deadline

        class Connection(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        return self.do_open(Connection, request)


class _Https(HTTPSHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__(context=_certificates())
        self._deadline = deadline

    def https_open(self, request: Request) -> HTTPResponse:
        deadline = self._deadline

        class Connection(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        return self.do_open(Connection, request, context=_certificates())


@cache
def _certificates() -> ssl.SSLContext:
    """Whom the system trusts; reading that takes longer than many a request."""
    return ssl.create_default_context()
