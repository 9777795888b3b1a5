"""anvil with the gas that each named transaction used, and an account at a ledger on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eth_abi import encode
from eth_hash.auto import keccak
from support.contracts import toy_groth16

from zkcredit.chain.creation import creation_gas, opening_work, verifier_work
from zkcredit.gadgets.elgamal import EMPTY, AccountKey, Ciphertext, add
from zkcredit.units import DAY

if TYPE_CHECKING:
    from web3 import Web3

__all__ = ["GAS", "Chain", "LedgerAccount"]

GAS = 16_000_000
EVERYBODY = bytes(26)
ENVELOPE = bytes(range(1, 129))  # HPKE: 32 bytes of key, 80 of amounts, 16 of tag


@dataclass
class Chain:
    """One anvil, its accounts, and the gas that each named transaction used."""

    web3: Web3
    artifacts: dict[str, Any]
    used: dict[str, int]

    def send(self, call: Any, sender: int = 0, name: str = "", gas: int = GAS) -> Any:
        tx = {"from": self.web3.eth.accounts[sender], "gas": gas}
        receipt = self.web3.eth.wait_for_transaction_receipt(call.transact(tx))
        assert receipt["status"] == 1, name
        if name:
            self.used[name] = receipt["gasUsed"]
        return receipt

    def forgive_zero_bytes(self, name: str, receipt: Any) -> None:
        """Count calldata as if no byte were zero: a fresh proof has more or fewer of them."""
        data = self.web3.eth.get_transaction(receipt["transactionHash"])["input"]
        self.used[name] += 12 * bytes(data).count(0)

    def deploy(self, name: str, *arguments: Any, sender: int = 0, label: str = "") -> Any:
        artifact = self.artifacts[name]
        factory = self.web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
        call = factory.constructor(*arguments)
        # the library's own limit: it must suffice for every deployment here
        work = 0
        if name == "Groth16Verifier":
            work = verifier_work(len(arguments[0]))
        elif name == "OpeningVerifier":
            work = opening_work(len(arguments[1]), len(arguments[2]))
        kept = len(artifact["deployedBytecode"]) // 2 - 1
        limit = creation_gas(len(call.data_in_transaction) // 2 - 1, kept, work)
        receipt = self.send(call, sender, label or f"deploy {name}", limit)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])

    def place(self, code: bytes) -> str:
        """Deploy code that is not compiled from a contract; its address."""
        size = len(code)
        data = bytes.fromhex(f"60{size:02x}600c60003960{size:02x}6000f3") + code
        sent = self.web3.eth.send_transaction({"from": self.web3.eth.accounts[0], "data": data})
        place = self.web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
        assert place is not None
        return str(place)

    def wait_until(self, time: int) -> None:
        self.web3.provider.make_request("evm_setNextBlockTimestamp", [time])  # type: ignore[arg-type]
        self.web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]

    def wait(self, seconds: int) -> None:
        self.web3.provider.make_request("evm_increaseTime", [seconds])  # type: ignore[arg-type]
        self.web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]


def link(chain: bytes, epoch: int, entry: Ciphertext) -> bytes:
    digest = keccak(encode(["((uint256,uint256),(uint256,uint256))"], [entry]))
    return keccak(encode(["bytes25", "uint256", "bytes32"], [chain, epoch, digest]))[:25]


@dataclass
class LedgerAccount:
    """One borrower's account at a ledger, followed as a client follows it."""

    chain: Chain
    ledger: Any
    key: AccountKey
    made: dict[str, list[tuple[int, bytes, Ciphertext]]] = field(default_factory=dict)

    @property
    def total(self) -> Ciphertext:
        total = EMPTY
        for entries in self.made.values():
            total = add(total, entries[-1][2])
        return total

    def submission(self, sender: int, entry: Ciphertext) -> Any:
        issuer = self.chain.web3.eth.accounts[sender]
        number = self.ledger.functions.accountOf(self.key.public).call()
        context = self.ledger.functions.contextOf(number, issuer).call()
        inputs = [context, *self.key.public, *entry.c1, *entry.c2]
        return (self.key.public, issuer, entry, toy_groth16.toy_proof(inputs), ENVELOPE)

    def enter(self, sender: int, entry: Ciphertext, name: str) -> None:
        call = self.ledger.functions.addEntry(self.submission(sender, entry))
        receipt = self.chain.send(call, sender, name)
        if name:
            self.chain.forgive_zero_bytes(name, receipt)
        self.note(sender, entry)
        # each of these tests' entries has an epoch of its own
        self.chain.wait(DAY)

    def note(self, sender: int, entry: Ciphertext) -> None:
        epoch = self.ledger.functions.currentEpoch().call()
        before = self.made.setdefault(self.chain.web3.eth.accounts[sender], [])
        chain = link(before[-1][1], *before[-1][::2]) if before else bytes(25)
        before.append((epoch, chain, entry))

    def snapshot(self, name: str) -> None:
        parts = [
            (issuer, entries[-1][0], entries[-1][1], entries[-1][2], [])
            for issuer, entries in self.made.items()
        ]
        call = self.ledger.functions.snapshot(self.key.public, EVERYBODY, parts)
        self.chain.send(call, 1, name)
