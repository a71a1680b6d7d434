"""Random programs that touch codes, slots, accounts and each other."""

from fixtures.story import assemble

SLOTS = [0, 1, 2, 5, 63, 64, 65, 255, 256, 257, 2**64, 2**255 + 7]
CALLS = {"CALL": True, "CALLCODE": True, "DELEGATECALL": False, "STATICCALL": False}


def push(number, width=None):
    """A push of a number in as few bytes as it takes, or in `width`."""
    width = max(width or 0, (number.bit_length() + 7) // 8)
    return bytes([0x5F + width]) + number.to_bytes(width)


class Programmer:
    """Writes programs that call on the accounts of `addresses`."""

    def __init__(self, random, addresses, block):
        self.random, self.addresses, self.block = random, addresses, block

    def program(self, size, data=()):
        """A program of about `size` bytes, behind which lie `data`: byte strings to deploy."""
        code = b""
        gap = self.random.random() < 0.15
        pieces = self.random.randint(1, max(1, size // 12))
        tails = [self.random.choice(data) for _ in range(2)] if data else []
        for piece in range(pieces):
            if gap and piece == pieces // 2:
                # The rest stands many chunks behind.
                target = len(code) + 4 + self.random.choice([40, 310, 4000, 8100])
                code += push(target, 2) + b"\x56"
                code = code.ljust(target, b"\x5b" if self.random.random() < 0.1 else b"\0")
                code += b"\x5b"
            code += self.piece(len(code), tails, size)
        code += self.random.choice([b"", b"\0", assemble("PUSH1 20 PUSH1 00 RETURN")])
        return code + b"".join(tails)

    def piece(self, at, tails, size):
        random = self.random
        kind = random.choices(
            ["push", "slot", "look", "copy", "hash", "call", "create", "loop", "end", "junk"],
            [12, 12, 10, 10, 4, 16, 6 if tails else 0, 2, 1, 2],
        )[0]
        return getattr(self, kind)(at=at, tails=tails, size=size)

    def address(self):
        if self.random.random() < 0.06:
            return b"\x30"  # its own
        return b"\x73" + self.random.choice(self.addresses)

    def small(self):
        return self.random.choice([0, 0, 1, 5, 31, 32, 33, 62, 64, 100, 400])

    def push(self, **_):
        width = self.random.randint(1, 32)
        return bytes([0x5F + width]) + self.random.randbytes(width) + b"\x50"

    def slot(self, **_):
        slot = push(self.random.choice(SLOTS))
        if self.random.random() < 0.5:
            return slot + b"\x54\x50"
        return push(self.random.choice([0, 1, 2**200])) + slot + b"\x55"

    def look(self, **_):
        instruction = self.random.choice(["BALANCE", "EXTCODESIZE", "EXTCODEHASH", "SELFBALANCE"])
        if instruction == "SELFBALANCE":
            return assemble("SELFBALANCE POP")
        looked = self.address() + assemble(instruction)
        return looked + self.random.choice([b"\x50", push(7) + b"\x55", b"\x5f\x52"])

    def copy(self, size, **_):
        offset = self.random.choice([self.small(), self.random.randint(0, 2 * size), 2**70, 8000])
        length = self.random.choice([0, self.small(), self.random.randint(0, 2 * size)])
        if self.random.random() < 0.01:
            length = 2**40
        operands = push(length) + push(offset) + push(self.small())
        if self.random.random() < 0.5:
            return operands + assemble("CODECOPY")
        return operands + self.address() + assemble("EXTCODECOPY")

    def hash(self, **_):
        number = self.block + self.random.choice([-300, -257, -256, -255, -100, -2, -1, 0, 1])
        return push(max(number, 0)) + assemble("BLOCKHASH") + push(9) + b"\x55"

    def call(self, **_):
        random = self.random
        instruction = random.choice(list(CALLS))
        operands = b"".join(push(self.small()) for _ in range(4))
        if CALLS[instruction]:
            operands += push(random.choice([0, 0, 0, 1, 1, 10**9, 2**100]))
        gas = random.choice([b"\x5a", b"\x5a", push(2**64), push(random.randint(0, 60_000))])
        after = random.choice([b"\x50", push(3) + b"\x55", assemble("POP RETURNDATASIZE POP")])
        return operands + self.address() + gas + assemble(instruction) + after

    def create(self, at, tails, **_):
        # Where the tails will lie is not known yet: anything near them is code too.
        random, data = self.random, self.random.choice(tails)
        stored = b"".join(
            b"\x7f" + data[place : place + 32].ljust(32, b"\0") + push(place) + b"\x52"
            for place in range(0, len(data), 32)
        )
        salted = random.random() < 0.5
        salt = push(random.randint(0, 1)) if salted else b""
        value = push(random.choice([0, 0, 1, 2**100]))
        instruction = assemble("CREATE2" if salted else "CREATE")
        after = random.choice([b"\x50", assemble("DUP1 EXTCODESIZE POP PUSH0 MSTORE")])
        if random.random() < 0.3:
            after = b"\x5f" * 5 + assemble("DUP6 GAS CALL POP POP")
        return stored + salt + push(len(data)) + b"\x5f" + value + instruction + after

    def loop(self, at, **_):
        times = self.random.choice([2, 3, 50])
        start = at + 2
        body = self.piece(start + 1, [], 40) if self.random.random() < 0.5 else b""
        count = assemble("PUSH1 01 SWAP1 SUB DUP1")
        return push(times, 1) + b"\x5b" + body + count + push(start, 2) + b"\x57\x50"

    def end(self, **_):
        return self.random.choice(
            [
                b"\0",
                b"\xfe",
                b"\x56",
                push(self.small()) + push(self.small()) + b"\xf3",
                push(self.small()) + push(self.small()) + b"\xfd",
                self.address() + b"\xff",
                self.address() + b"\xff",
                push(self.random.randint(0, 300)) + b"\x56",
            ]
        )

    def junk(self, **_):
        instructions = ["MCOPY", "TLOAD", "BLOBHASH", "LOG1", "KECCAK", "CODESIZE", "GAS"]
        word = assemble(self.random.choice(instructions))
        return push(self.small()) * 3 + word + self.random.choice([b"", self.random.randbytes(2)])
