"""A small world for any fork, and random pending transactions: good, bad, and too many."""

import json
from pathlib import Path

import rlp
from eth_hash.auto import keccak

from fixtures.story import assemble
from fixtures.wallet import ACCESS_LIST, BLOB, CHAIN_ID, FEE_MARKET, GWEI, LEGACY, SET_CODE, Wallet
from tests.conformance.networks import genesis_config

GENESIS = Path(__file__).parents[2] / "fixtures" / "chain" / "genesis.json"
ETHER = 10**18
GAS_LIMIT = 1_500_000

CONTRACTS = {
    "store": "PUSH1 20 CALLDATALOAD PUSH1 00 CALLDATALOAD SSTORE STOP",
    "log": "CALLVALUE CALLDATASIZE PUSH1 00 LOG1 STOP",
    "ancestor": "PUSH1 00 CALLDATALOAD NUMBER SUB BLOCKHASH PUSH1 00 SSTORE STOP",
    "look": "PUSH1 00 CALLDATALOAD EXTCODESIZE PUSH1 20 CALLDATALOAD BALANCE SSTORE STOP",
    "create": "CALLDATASIZE PUSH1 00 PUSH1 00 CALLDATACOPY "
    "CALLDATASIZE PUSH1 00 CALLVALUE CREATE PUSH1 00 SSTORE STOP",
    "die": "CALLER SELFDESTRUCT",
    "burn": "JUMPDEST PUSH1 00 JUMP",
    "call": "PUSH1 00 DUP1 DUP1 DUP1 CALLVALUE PUSH1 00 CALLDATALOAD PUSH2 ffff CALL STOP",
}
ADDRESS = {name: keccak(name.encode())[12:] for name in CONTRACTS}
RICH = ("ada", "bob", "cy", "dee")
FORKS = {  # the newest type of transaction, and whether signatures name the chain
    "Frontier": (LEGACY, False),
    "Homestead": (LEGACY, False),
    "EIP158": (LEGACY, True),
    "Byzantium": (LEGACY, True),
    "Istanbul": (LEGACY, True),
    "Berlin": (ACCESS_LIST, True),
    "London": (FEE_MARKET, True),
    "Merge": (FEE_MARKET, True),
    "Shanghai": (FEE_MARKET, True),
    "Cancun": (BLOB, True),
    "Prague": (SET_CODE, True),
    "Osaka": (SET_CODE, True),
}


def word(number):
    return number.to_bytes(32)


def genesis(network, scheme="mpt"):
    """A genesis file for the network: wallets, contracts and the system's contracts."""
    ours = json.loads(GENESIS.read_text())
    system = {address: entry for address, entry in ours["alloc"].items() if "code" in entry}
    alloc = {name: {"storage": {}, "nonce": "0x0", **entry} for name, entry in system.items()}
    for name in RICH:
        alloc["0x" + Wallet(name).address.hex()] = account(balance=10**6 * ETHER)
    alloc["0x" + Wallet("poor").address.hex()] = account(balance=1)
    alloc["0x" + Wallet("contract").address.hex()] = account(balance=ETHER, code=b"\x00")
    for name, source in CONTRACTS.items():
        storage = {hex(slot): hex(slot) for slot in range(1, 6)}
        entry = account(balance=7, code=assemble(source)) | {"storage": storage}
        alloc["0x" + ADDRESS[name].hex()] = entry
    header = {"gasLimit": hex(GAS_LIMIT), "timestamp": "0x3e8", "difficulty": "0x20000"}
    if list(FORKS).index(network) >= list(FORKS).index("Merge"):
        header["difficulty"] = "0x0"
    config = genesis_config(network, {"chainid": hex(CHAIN_ID)})
    if scheme != "mpt":
        config["weakstate"] = {"scheme": scheme}
    return json.dumps({"config": config, **header, "alloc": alloc}).encode()


def account(balance, code=b""):
    return {"balance": hex(balance), "nonce": "0x0", "code": "0x" + code.hex(), "storage": {}}


class Pending:
    """Signs random transactions of rich senders, and spoils some of them."""

    def __init__(self, network, random):
        self.newest, self.names_chain = FORKS[network]
        self.random = random
        self.nonces = dict.fromkeys(RICH, 0)

    def follow(self, state):
        """Goes on with the nonces that the state has."""
        accounts = state.to_dict()
        self.nonces = {name: accounts[Wallet(name).address]["nonce"] for name in RICH}

    def transactions(self, count):
        """Encodings of transactions in the order in which they are tried."""
        return [self.transaction() for _ in range(count)]

    def transaction(self):
        if self.random.random() < 0.6:
            return self.good()
        return self.random.choice(
            [
                self.too_early,
                self.again,
                self.poor,
                self.contract,
                self.of_another_chain,
                self.too_cheap,
                self.without_gas,
                self.too_large,
                self.of_another_time,
                self.spoilt,
                self.garbage,
            ]
        )()

    def good(self):
        name = self.random.choice(RICH)
        nonce = self.nonces[name]
        self.nonces[name] += 1
        return self.sign(name, nonce)

    def sign(self, name, nonce, **changes):
        random = self.random
        wallet = Wallet(name)
        wallet.nonce = nonce
        target = random.choice([*CONTRACTS, "nobody", "friend"])
        fields = {
            "kind": random.randint(LEGACY, self.newest),
            "to": ADDRESS.get(target) or Wallet(target).address,
            "value": random.choice([0, 0, 1, ETHER]),
            "data": self.data(target),
            "gas": random.choice([120_000, 300_000]),
            "replay_protected": self.names_chain and random.random() < 0.8,
            "most_fee": 10 * GWEI,
        } | changes
        if fields["kind"] >= ACCESS_LIST and random.random() < 0.5:
            fields["access"] = [(ADDRESS["store"], [word(random.randint(0, 8))])]
        if fields["kind"] == BLOB:
            blob = b"\x01" + keccak(word(random.randint(0, 99)))[1:]
            fields["blobs"] = [blob] * random.randint(1, 4)
        if fields["kind"] == SET_CODE:
            friend = Wallet("friend")
            friend.nonce = random.randint(0, 3)
            fields["authorizations"] = [friend.authorize(ADDRESS[random.choice([*CONTRACTS])])]
        elif random.random() < 0.1 and fields["kind"] != BLOB:
            fields["to"] = b""
        return encode(wallet.sign(**fields))

    def data(self, target):
        random = self.random
        if target == "store":
            return word(random.randint(0, 8)) + word(random.choice([0, 0, 1, 2**200]))
        if target == "ancestor":
            return word(random.randint(1, 4))
        if target in ("look", "call"):
            address = random.choice([*ADDRESS.values(), Wallet("stranger").address])
            return bytes(12) + address + bytes(12) + address
        if target == "create":
            return assemble(random.choice(["PUSH1 2a PUSH1 01 SSTORE", "CALLER SELFDESTRUCT"]))
        return bytes(random.randint(0, 64))

    def too_early(self):
        name = self.random.choice(RICH)
        return self.sign(name, self.nonces[name] + self.random.randint(1, 3))

    def again(self):
        name = self.random.choice(RICH)
        return self.sign(name, max(self.nonces[name] - 1, 0))

    def poor(self):
        return self.sign("poor", 0)

    def contract(self):
        """The sender has code, which only an earlier fork lets pass."""
        return self.sign("contract", 0)

    def of_another_chain(self):
        kind = LEGACY if self.newest == LEGACY else FEE_MARKET
        name = self.random.choice(RICH)
        return self.sign(
            name, self.nonces[name], kind=min(kind, self.newest), replay_protected=True, chain_id=7
        )

    def too_cheap(self):
        name = self.random.choice(RICH)
        return self.sign(name, self.nonces[name], most_fee=1)

    def without_gas(self):
        name = self.random.choice(RICH)
        return self.sign(name, self.nonces[name], gas=20_000)

    def too_large(self):
        name = self.random.choice(RICH)
        return self.sign(name, self.nonces[name], gas=GAS_LIMIT + 1)

    def of_another_time(self):
        """A type that is not active yet, or no type at all."""
        name = self.random.choice(RICH)
        return self.sign(name, self.nonces[name], kind=min(self.newest + 1, SET_CODE))

    def spoilt(self):
        """No key signed it: r is above the curve's order."""
        items = rlp.decode(encode(Wallet("ada").sign(LEGACY, replay_protected=False)))
        return rlp.encode([*items[:7], b"\xff" * 32, *items[8:]])

    def garbage(self):
        return self.random.randbytes(self.random.randint(0, 40))


def encode(transaction):
    """The bytes of a transaction as it stands in a block's list."""
    return transaction if isinstance(transaction, bytes) else rlp.encode(transaction)
