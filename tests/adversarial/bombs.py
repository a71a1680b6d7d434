"""Small inputs that unpack to many bytes or many parts, each read in a process of its own.

Run as a program it reads one of them and prints the refusal's code and the peak of its memory.
"""

import gzip
import json
import resource
import subprocess
import sys

BYTES = 32 << 20
"""What each unpacks to, within the budget."""

VALUES = 4 * 1_000_000 + 65_536
"""What JSON may hold under the budget's default number of nodes."""

MEMORY = 2 * BYTES + 64 * VALUES
"""What reading one may take beyond what the process took before."""


def rlp_list(payload):
    size = len(payload).to_bytes(8).lstrip(b"\0")
    return bytes([0xF7 + len(size)]) + size + payload


def many(text, before=b"", after=b""):
    """The text so often that all is as long as a bomb may be."""
    return before + text * ((BYTES - len(before) - len(after)) // len(text)) + after


BOMBS = {
    "zeros beyond the budget": lambda: bytes(5 * BYTES),
    "space": lambda: many(b" "),
    "digits": lambda: many(b"0"),
    "lists": lambda: many(b"[],", b"[", b"[]]"),
    "nested lists": lambda: many(b"["),
    "numbers": lambda: many(b"1,", b"[", b"1]"),
    "strings": lambda: many(b'"",', b"[", b'""]'),
    "escapes": lambda: many(rb"\u0061", b'["', b'"]'),
    "nodes": lambda: many(b'"",', b'{"state":[', b'""]}'),
    "a map of nodes": lambda: many(b'"":"",', b'{"state":{', b'"":""}}'),
    "one large node": lambda: many(b"00", b'{"state":["', b'"]}'),
    "headers": lambda: many(b'"",', b'{"state":[],"headers":[', b'""]}'),
    "header objects": lambda: many(b"{},", b'{"state":[],"headers":[', b"{}]}"),
    "block hashes": lambda: many(b'"",', b'{"state":[],"blockHashes":[', b'""]}'),
    "keys": lambda: many(b'"":0,', b"{", b'"":0}'),
    "objects in objects": lambda: many(b'{"":' * 99 + b"0" + b"}" * 99 + b",", b"[", b"0]"),
    "witnesses": lambda: many(b'{"state":[]}'),
    "witnesses in a list": lambda: many(b'{"state":[]},', b"[", b'{"state":[]}]'),
    "empty lists": lambda: many(b"[]"),
    "transactions": lambda: many(b"{},", b'{"parentHash":"0x","transactions":[', b"{}]}"),
    "hex witnesses": lambda: many(b"c3c0c0c0 "),
    "RLP nodes": lambda: rlp_list(b"\xc0\xc0" + rlp_list(bytes([0x80]) * (BYTES - 20))),
    "RLP codes": lambda: rlp_list(b"\xc0" + rlp_list(bytes([0x80]) * (BYTES - 20)) + b"\xc0"),
    "RLP headers": lambda: rlp_list(rlp_list(bytes([0xC0]) * (BYTES - 20)) + b"\xc0\xc0"),
    "RLP parts": lambda: rlp_list(bytes([0xC0]) * (BYTES - 20)),
    "RLP block of nothing": lambda: rlp_list(rlp_list(bytes([0x80]) * 15) + bytes(BYTES - 40)),
}


def packed(name):
    """The bomb itself."""
    return gzip.compress(BOMBS[name](), 1, mtime=0)


def explode(data):
    """What a fresh process says of the data: a code or a number of items, and bytes."""
    command = [sys.executable, "-m", "tests.adversarial.bombs"]
    done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=60)
    said = json.loads(done.stdout)
    return said["result"], said["memory"], said["seconds"]


def peak():
    """Most memory that this process ever held (Linux)."""
    with open("/proc/self/status") as status:
        [line] = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) << 10


def main():
    """Read standard input."""
    import time

    import weakstate

    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # spare the machine
    data = sys.stdin.buffer.read()
    before, start = peak(), time.perf_counter()
    try:
        result = len(weakstate.read(data, weakstate.Budget(bytes=BYTES)))
    except weakstate.WeakstateError as refusal:
        result = refusal.code
    seconds = time.perf_counter() - start
    print(json.dumps({"result": result, "memory": peak() - before, "seconds": seconds}))


if __name__ == "__main__":
    main()
