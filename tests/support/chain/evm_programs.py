"""Random programs for the EVM, and their fates on a chain, for comparing chains with each other.

The programs write and clear storage, keep transient words, emit events, move money, call each other
and precompiles 1 to 9, create contracts inside contracts, destroy them, revert, and run out of gas.
They do not ask for what differs between chains: times, hashes of blocks, base fee and randomness.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import ChainError

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import LocalNode

GAS_PRICE = 10**10
SLOTS = 6  # of each contract
_Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583
_G1, _MINUS_G1 = (1, 2), (1, _Q - 2)
_G2 = (
    11559732032986387107991004021392285783925812861821192530917403151452391805634,
    10857046999023057135944570762232829481370756359578518086990519993285655852781,
    4082367875863433681332203403145435568316851327593401208105741076214120093531,
    8495653923123431417604973247489272438418190587263600148770280649306958101930,
)
_SIGNED = keccak256(b"signed")
# secp256k1's generator as r, and a small s: recovers to some account
_R = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798


def words(*numbers: int) -> bytes:
    """32-byte words."""
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def precompile_inputs() -> list[tuple[int, bytes]]:
    """Valid and invalid inputs of precompiles 1 to 9."""
    blake = bytes([0, 0, 0, 12]) + bytes(range(208)) + b"\1"
    pair, opposite = words(*_G1, *_G2), words(*_MINUS_G1, *_G2)
    return [
        (1, _SIGNED + words(27, _R, 12345)),
        (1, _SIGNED + words(29, _R, 12345)),
        (2, b"sha"), (2, b""), (3, b"ripemd"), (4, bytes(range(100))),
        (5, words(1, 1, 1) + bytes([3, 5, 7])),
        (5, words(32, 32, 32) + words(_Q - 5, _Q - 2, _Q)),
        (5, words(0, 0, 0)), (5, b""),
        (6, words(*_G1, *_G1)), (6, words(1, 3, *_G1)), (6, words(*_G1)),
        (7, words(*_G1, 9)), (7, words(*_G1, _Q + 5)), (7, words(_Q, 0, 1)),
        (8, pair + opposite), (8, pair + pair), (8, b""), (8, pair[:-1]),
        (8, words(1, 3, *_G2)), (8, pair[:64] + words(1, 2, 3, 4)),
        (9, blake), (9, blake[:-1] + b"\2"), (9, blake[:-1]),
    ]  # fmt: skip


def push(number: int) -> bytes:
    """The shortest PUSH."""
    size = (number.bit_length() + 7) // 8
    return bytes([0x5F + size]) + number.to_bytes(size, "big")


def in_memory(data: bytes, at: int = 0) -> bytes:
    """Write data to memory, padded to whole words."""
    padded = data + bytes(-len(data) % 32)
    return b"".join(
        b"\x7f" + padded[i : i + 32] + push(at + i) + b"\x52" for i in range(0, len(padded), 32)
    )


def wrapped(runtime: bytes) -> bytes:
    """Creation code for a contract with this runtime code."""
    head = push(len(runtime)) + b"\x80\x60\x00\x5f\x39\x5f\xf3"  # CODECOPY all after the head
    return head[:-5] + bytes([len(head)]) + head[-4:] + runtime


class Writer:
    """Writes programs that know the contracts that exist already."""

    def __init__(self, rng: random.Random, known: list[str]) -> None:
        self.rng, self.known = rng, known

    def program(self, pieces: int, depth: int = 0) -> bytes:
        rng = self.rng
        makers = [
            self.write, self.write, self.clear, self.read, self.transient, self.log, self.asks,
            self.pay, self.precompile, self.other, self.other, self.copy,
        ]  # fmt: skip
        if depth < 2:
            makers += [lambda: self.create(depth), lambda: self.create(depth)]
        body = b"".join(rng.choice(makers)() for _ in range(pieces))
        return body + rng.choice([self.end, self.end, self.end, self.fail, self.destroy])()

    def slot(self) -> bytes:
        return push(self.rng.randrange(SLOTS))

    def write(self) -> bytes:
        return push(self.rng.randrange(1, 1 << 40)) + self.slot() + b"\x55"

    def clear(self) -> bytes:
        return b"\x5f" + self.slot() + b"\x55"

    def read(self) -> bytes:
        # one more than in one slot into another
        return self.slot() + b"\x54\x60\x01\x01" + self.slot() + b"\x55"

    def transient(self) -> bytes:
        return (
            push(self.rng.randrange(99)) + b"\x5f\x5d"
            + self.rng.choice([b"", b"\x5f\x5c" + self.slot() + b"\x55"])
        )  # fmt: skip

    def log(self) -> bytes:
        topics = self.rng.randrange(5)
        data = in_memory(self.rng.randbytes(32))
        return (
            data
            + b"".join(push(self.rng.randrange(1 << 30)) for _ in range(topics))
            + push(self.rng.randrange(33)) + push(self.rng.randrange(8)) + bytes([0xA0 + topics])
        )  # fmt: skip

    def asks(self) -> bytes:
        who = push(int(self.rng.choice([*self.known, "0x" + "77" * 20]), 16))
        question = self.rng.choice([
            b"\x30", b"\x33", b"\x34", b"\x36", b"\x3a", b"\x3d", b"\x46", b"\x47", b"\x59",
            who + b"\x31", who + b"\x3b", who + b"\x3f", b"\x32\x31", b"\x5a",
        ])  # fmt: skip
        return question + self.slot() + b"\x55"

    def copy(self) -> bytes:
        return (
            in_memory(self.rng.randbytes(64)) + push(self.rng.randrange(64)) + b"\x5f\x60\x20\x5e"
        )

    def pay(self) -> bytes:
        to = self.rng.choice(["0x" + "88" * 19 + f"{self.rng.randrange(4):02x}", *self.known])
        return self.calls(0xF1, int(to, 16), value=self.rng.randrange(3))

    def other(self) -> bytes:
        if not self.known:
            return self.log()
        kind = self.rng.choice([0xF1, 0xF1, 0xF2, 0xF4, 0xFA])
        return self.calls(kind, int(self.rng.choice(self.known), 16))

    def precompile(self) -> bytes:
        number, data = self.rng.choice(precompile_inputs())
        gas = self.rng.choice([2000, 50_000, 200_000])
        call = self.calls(self.rng.choice([0xF1, 0xFA]), number, data=data, gas=gas, out=64)
        # what it returned, into an event
        return call + push(96) + b"\x5f\xa0"

    def calls(self, kind: int, to: int, *, data: bytes = b"", gas: int = 0, value: int = 0,
              out: int = 0) -> bytes:  # fmt: skip
        amount = push(value) if kind in {0xF1, 0xF2} else b""
        return (
            in_memory(data, 96)
            + push(out) + b"\x5f" + push(len(data)) + push(96) + amount + push(to)
            + (push(gas) if gas else b"\x61" + self.rng.choice([30_000, 60_000]).to_bytes(2, "big"))
            + bytes([kind]) + self.slot() + b"\x55"
        )  # fmt: skip

    def create(self, depth: int) -> bytes:
        inner = self.program(2, depth + 1)
        code = self.rng.choice([inner, wrapped(inner)])
        salt = push(self.rng.randrange(3)) if self.rng.random() < 0.4 else b""
        made = (
            in_memory(code) + salt + push(len(code)) + b"\x5f" + push(self.rng.randrange(2))
            + (b"\xf5" if salt else b"\xf0")
        )  # fmt: skip
        if self.rng.random() < 0.5:  # call it at once
            called = b"\x5f\x5f\x5f\x5f\x5f" + b"\x85" + b"\x61\x80\x00\xf1\x50"
            made += called
        return made + self.slot() + b"\x55"

    def destroy(self) -> bytes:
        return push(int(self.rng.choice([*self.known, "0x" + "99" * 20]), 16)) + b"\xff"

    def fail(self) -> bytes:
        loop = b"\x5b"  # the address of the JUMPDEST is not known here, so it is taken from PC
        return self.rng.choice([
            in_memory(self.rng.randbytes(32)) + push(self.rng.randrange(33)) + b"\x5f\xfd",
            b"\xfe",
            b"\x58" + loop + b"\x80\x60\x01\x01\x56",
            b"\x50",
        ])  # fmt: skip

    def end(self) -> bytes:
        return self.rng.choice([b"\x00", in_memory(self.rng.randbytes(32)) + b"\x60\x20\x5f\xf3"])


@dataclass
class Fate:
    """What happened to one transaction, in a form that can be compared."""

    succeeded: bool
    gas_used: int
    contract: str | None
    logs: list[tuple[str, tuple[bytes, ...], bytes]]
    refused: bool = False


REFUSED = Fate(False, 0, None, [], refused=True)


@dataclass
class Player:
    """Sends the same transactions as others, on one chain."""

    node: LocalNode
    nonces: dict[str, int] = field(default_factory=dict)

    def send(
        self, who: int, to: str | None, data: bytes, gas: int, value: int, access: Any
    ) -> Fate:
        signer = self.node.accounts[who]
        nonce = self.nonces.get(signer.address, 0)
        fields: dict[str, Any] = {
            "chainId": self.node.chain_id, "nonce": nonce, "gas": gas, "gasPrice": GAS_PRICE,
            "value": value, "data": data,
        }  # fmt: skip
        if to is not None:
            fields["to"] = self.node.w3.to_checksum_address(to)
        if access is not None:
            fields |= {"type": 1, "accessList": access}
        raw, digest = signer.sign_transaction(fields)[:2]
        try:
            self.node.broadcast(raw)
        except ChainError:
            return REFUSED
        # anvil mines soon, but not at once; what it cannot mine, it accepts and forgets
        while (receipt := self.node.receipt(digest)) is None:
            if self._forgotten(digest):
                return REFUSED
            time.sleep(0.01)
        self.nonces[signer.address] = nonce + 1
        return Fate(
            receipt.succeeded,
            receipt.gas_used,
            receipt.contract
            if receipt.succeeded
            else None,  # some nodes name one that was not made
            [(log.address, log.topics, log.data) for log in receipt.logs],
        )

    def _forgotten(self, digest: str) -> bool:
        from web3.exceptions import TransactionNotFound

        try:
            self.node.w3.eth.get_transaction(digest)
        except TransactionNotFound:
            return True
        return False

    def call(self, to: str, data: bytes) -> tuple[str, bytes]:
        """Return data of a call, or the data of its revert."""
        from web3.exceptions import ContractLogicError, Web3Exception

        eth, spelled = self.node.w3.eth, self.node.w3.to_checksum_address
        call: Any = {
            "from": self.node.accounts[1].address, "to": spelled(to), "data": data, "gas": 3_000_000
        }  # fmt: skip
        try:
            return "returned", bytes(eth.call(call))
        except ContractLogicError as error:
            said = error.data if isinstance(error.data, str) else "0x"
            return "refused", bytes.fromhex(said[2:])
        except Web3Exception:
            return "refused", b""

    def account(self, address: str) -> tuple[Any, ...]:
        """Balance, nonce, code and storage."""
        eth, spelled = self.node.w3.eth, self.node.w3.to_checksum_address(address)
        return (
            eth.get_balance(spelled),
            eth.get_transaction_count(spelled),
            bytes(eth.get_code(spelled)),
            [int.from_bytes(eth.get_storage_at(spelled, slot), "big") for slot in range(SLOTS)],
        )


def compare(
    players: list[Player], rng: random.Random, rounds: int, *, calldata: int = 8
) -> dict[str, int]:
    """Play random transactions on several chains, and require the same fate and state on all.

    Returns:
        Counts of what happened.
    """
    known: list[str] = []
    counts = {"transactions": 0, "contracts": 0, "failed": 0, "events": 0, "accounts": 0}
    for _ in range(rounds):
        writer, creates = Writer(rng, known), not known or rng.random() < 0.4
        code = writer.program(rng.randrange(2, 7))
        data = (
            (wrapped(code) if rng.random() < 0.8 else code) if creates else rng.randbytes(calldata)
        )
        to = None if creates else rng.choice(known)
        gas = rng.choice([60_000, 150_000, 600_000, 1_500_000])
        value, access = rng.choice([0, 0, 5]), None
        if rng.random() < 0.25 and known:
            listed = rng.sample(known, min(2, len(known)))
            keys = [f"0x{slot:064x}" for slot in range(2)]
            access = [{"address": a, "storageKeys": keys} for a in listed]
        who = rng.randrange(3)
        fates = [player.send(who, to, data, gas, value, access) for player in players]
        said = {str(player.node.name): fate for player, fate in zip(players, fates, strict=True)}
        assert all(fate == fates[0] for fate in fates), said
        counts["transactions"] += 1
        counts["failed"] += not fates[0].succeeded
        counts["events"] += len(fates[0].logs)
        if fates[0].succeeded and fates[0].contract:
            known.append(fates[0].contract)
            counts["contracts"] += 1
        if known:
            target, sent = rng.choice(known), rng.randbytes(4)
            answers = [player.call(target, sent) for player in players]
            assert all(answer == answers[0] for answer in answers), answers
    for address in [
        *known,
        *("0x" + "88" * 19 + f"{one:02x}" for one in range(4)),
        "0x" + "99" * 20,
    ]:
        states = [player.account(address) for player in players]
        assert all(state == states[0] for state in states), (address, states)
        counts["accounts"] += 1
    return counts


def cancun(seed: int, rounds: int = 200) -> dict[str, int]:
    """One round of the long part: random transactions on revm and on anvil as Cancun."""
    with RevmNode(accounts=3) as fast, AnvilNode(accounts=3, hardfork="cancun") as other:
        return compare([Player(fast), Player(other)], random.Random(seed), rounds)
