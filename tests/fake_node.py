"""A node on this machine that answers from given blocks: as geth or reth would, or with malice.

Sources of the ways to be asked: go-ethereum, eth/api_debug.go; reth,
crates/rpc/rpc-api/src/debug.rs.
"""

import base64
import gzip
import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from tests.rpc_form import block_object, data, header_object
from weakstate import Block

REFUSED_METHOD = (-32601, "the method does not exist/is not available")
REFUSED_PARAMETER = (-32602, "invalid argument 0: hex number > 64 bits")
NO_BLOCK = (-32000, "block not found")


class Refusal(Exception):
    """A JSON-RPC error: code and message."""


class FakeNode:
    """Answers about ``held``: items with the RLP of a block and its `Witness`.

    ``takes`` maps each method for witnesses to what it takes: "number", "hash" or "any".
    ``moves`` are what it does instead of answering, to one request after the other; None is to
    answer. ``always`` maps methods to what is done to every request.
    """

    def __init__(self, held, chain_id, takes, shape):
        self.chain_id = chain_id
        self.takes = takes
        self.shape = shape
        self.without = set()
        self.moves = []
        self.always = {}
        self.asked = []
        self.headers = []
        self.ended = Event()
        self._held = {}
        self._blocks = {}
        for item in held:
            block = Block.from_rlp(item.block)
            self._held[block.hash] = item
            self._blocks[block.number] = block
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # clients that hang up are part of the tests
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def methods(self):
        """Methods that it was asked, in order."""
        return [method for method, _ in self.asked]

    def answer(self, method, params):
        """The result of a method. Raises: Refusal."""
        if method in self.without:
            raise Refusal(*REFUSED_METHOD)
        match method:
            case "eth_chainId":
                return hex(self.chain_id)
            case "eth_getBlockByNumber" | "eth_getBlockByHash":
                return block_object(self._find(params[0]).rlp)
            case "debug_getRawBlock":
                return self._raw_block(params[0])
            case "debug_getRawHeader":
                return data(self._header(params[0]))
            case _ if method in self.takes:
                return self._witness(self.takes[method], params[0])
            case _:
                raise Refusal(*REFUSED_METHOD)

    def _find(self, name):
        if name in ("latest", "safe", "finalized"):
            return self._blocks[max(self._blocks) - ("latest", "safe", "finalized").index(name)]
        for block in self._blocks.values():
            if name in (hex(block.number), data(block.hash)):
                return block
        raise Refusal(*NO_BLOCK)

    def _raw_block(self, name):
        try:
            return data(self._find(name).rlp)
        except Refusal:
            if len(name) == 66:
                raise
            return "0x"  # as geth answers

    def _header(self, name):
        """A block's header, or that of the first one's parent."""
        for item in self._held.values():
            for header in item.witness.headers:
                if name == header_object(header)["hash"]:
                    return header
        raise Refusal(*NO_BLOCK)

    def _witness(self, takes, name):
        if takes != "any" and (len(name) == 66) != (takes == "hash"):
            raise Refusal(*REFUSED_PARAMETER)
        return self.shape(self._held[self._find(name).hash].witness)

    def _handler(self):
        node = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                method, params = question["method"], question["params"]
                node.asked.append((method, params))
                node.headers.append(self.headers)
                answer = {"jsonrpc": "2.0", "id": question["id"]}
                try:
                    answer["result"] = node.answer(method, params)
                except Refusal as refusal:
                    code, message = refusal.args
                    answer["error"] = {"code": code, "message": message}
                move = node.moves.pop(0) if node.moves else node.always.get(method)
                (move or honest)(node, self, answer)

            def log_message(self, *_):
                pass

        return Handler


# How nodes shape a witness.


def lists(witness):
    """As reth writes it; keys are a hint that nothing reads."""
    return {
        "state": [data(node) for node in witness.nodes],
        "codes": [data(code) for code in witness.codes],
        "keys": [data(bytes(20)), data(bytes(32))],
        "headers": [data(header) for header in witness.headers],
    }


def objects(witness):
    """As geth writes it."""
    headers = [header_object(header) for header in witness.headers]
    return lists(witness) | {"headers": headers, "keys": None}


def maps(witness):
    """As reth wrote it before it had headers."""
    found = lists(witness)
    return {name: {value: value for value in found[name]} for name in ("state", "codes")}


WITNESS = "debug_executionWitness"
DIALECTS = {
    "geth": ({WITNESS: "any"}, objects),
    "geth 1.16": ({WITNESS: "number", f"{WITNESS}ByHash": "hash"}, objects),
    "reth": ({WITNESS: "number", f"{WITNESS}ByBlockHash": "hash"}, lists),
    "reth of 2024": ({WITNESS: "number"}, maps),
}


# What a node may do instead of answering. Each takes the node, the request and the answer.


def send(handler, body, status=200, length=None, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", len(body) if length is None else length)
    handler.end_headers()
    handler.wfile.write(body)


def honest(node, handler, answer):
    send(handler, json.dumps(answer).encode())


def zipped(node, handler, answer):
    send(handler, gzip.compress(json.dumps(answer).encode()), Content_Encoding="gzip")


def status(code, **headers):
    def move(node, handler, answer):
        send(handler, b"<html>no</html>", code, **headers)

    return move


def status_with(code, error):
    def move(node, handler, answer):
        send(handler, json.dumps({"id": None, "error": error}).encode(), code)

    return move


def changed(**fields):
    """The answer with other members."""

    def move(node, handler, answer):
        send(handler, json.dumps(answer | fields).encode())

    return move


def body(content):
    def move(node, handler, answer):
        send(handler, content)

    return move


def truncated(node, handler, answer):
    text = json.dumps(answer).encode()
    send(handler, text[: len(text) // 2], length=len(text))


def truncated_zip(node, handler, answer):
    send(handler, gzip.compress(json.dumps(answer).encode())[:-9], Content_Encoding="gzip")


def dropped(node, handler, answer):
    """Hang up without a word."""
    handler.connection.close()


def echo(code):
    """Quote all that a URL may hold, under this status."""

    def move(node, handler, answer):
        packed = handler.headers.get("Authorization", "Basic ").removeprefix("Basic ")
        words = f"{handler.path} {packed} {base64.b64decode(packed).decode()}"
        error = {"code": -32000, "message": words}
        send(handler, json.dumps({"id": None, "error": error}).encode(), code)

    return move


def endless(node, handler, answer):
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while not node.ended.is_set():
            handler.wfile.write(bytes(1 << 16))


def zip_bomb(node, handler, answer):
    send(handler, gzip.compress(bytes(100_000_000)), Content_Encoding="gzip")


def drip(start):
    """Bytes one at a time, each of which would start a socket's timeout anew."""

    def move(node, handler, answer):
        with suppress(OSError):
            handler.wfile.write(start)
            while not node.ended.wait(0.02):
                handler.wfile.write(b" ")

    return move


drip_body = drip(b"HTTP/1.0 200 OK\r\n\r\n")
drip_headers = drip(b"HTTP/1.0 200 OK\r\nX:")


def silent(node, handler, answer):
    node.ended.wait(30)
