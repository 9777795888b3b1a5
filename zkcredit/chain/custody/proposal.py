"""What the signers of a treasury are asked for: to pay, to call a contract, or to cancel a number.

A proposal is a file that goes from signer to signer. It holds the EIP-712 message that wallets
sign, and the signatures so far. Whoever reads it makes the message and the words again from their
parts, and refuses a file that says something else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import checksum_address
from zkcredit._internal.json import canonical, decimal, members, open_document
from zkcredit.chain.custody.described import DescribedCall, Unit, group_digits
from zkcredit.chain.custody.typed import (
    Domain,
    Signatures,
    any_hex,
    require_signatures,
    signature_by,
    signatures_from,
    signatures_in_hex,
    typed_data,
    with_signature,
)
from zkcredit.chain.sending.accounts import typed_data_digest
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.units import format_time

if TYPE_CHECKING:
    from zkcredit.chain.sending.accounts import Signer

__all__ = ["NO_TOKEN", "Cancellation", "Execution", "Proposal", "Release"]

_RELEASE: Final = "zkcredit-release/1"
_MOST_BYTES: Final = 1 << 19
_MOST_DATA: Final = 1 << 16
_NAME: Final = "zkcredit treasury"
NO_TOKEN: Final = "0x" + 40 * "0"
"""Stands for the chain's coin in a release."""

_TYPES: Final = {
    "Release": {
        "token": "address", "to": "address", "amount": "uint256", "nonce": "uint256",
        "deadline": "uint256",
    },
    "Execute": {
        "target": "address", "value": "uint256", "data": "bytes", "nonce": "uint256",
        "deadline": "uint256",
    },
    "Cancel": {"nonce": "uint256"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Release:
    """A payment.

    Attributes:
        token: the token; ``NO_TOKEN`` for the chain's coin.
        to: the payee.
        amount: the token's base units, or wei.
        unit: what the token calls its unit, as a node said; nobody signs this.
    """

    token: str
    to: str
    amount: int
    unit: Unit | None = None

    def __post_init__(self) -> None:
        _require_addresses(token=self.token, to=self.to)
        require_uint("amount", self.amount, 256)

    def in_words(self) -> str:
        """Return the payment in words."""
        if self.token == NO_TOKEN:
            return f"Pay {group_digits(self.amount)} wei of the chain's coin to {self.to}."
        shown = f"{group_digits(self.amount)} base units"
        if self.unit is not None:
            shown += (
                f" ({self.unit.of(self.amount)}, if it has {self.unit.decimals} decimals as the "
                "file says)"
            )
        return f"Pay {shown} of the token {self.token} to {self.to}."


@dataclass(frozen=True, slots=True)
class Execution:
    """A call of a contract.

    Attributes:
        target: the contract.
        value: wei that go along.
        data: call data.
        call: the decoded call.
    """

    target: str
    value: int
    data: bytes
    call: DescribedCall

    def __post_init__(self) -> None:
        _require_addresses(target=self.target)
        require_uint("value", self.value, 256)
        if not isinstance(self.data, bytes) or not 4 <= len(self.data) <= _MOST_DATA:
            raise InvalidInput(f"the data must be 4 to {_MOST_DATA} bytes")

    def in_words(self) -> str:
        """Return the call in words."""
        paid = f"Send {group_digits(self.value)} wei along.\n" if self.value else ""
        return paid + self.call.in_words(self.target)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The end of a number that was not used."""

    def in_words(self) -> str:
        """Return it in words."""
        return "Cancel the number, so that nothing that was signed with it can be carried out."


@dataclass(frozen=True, slots=True)
class Proposal:
    """A message for a treasury, with the signatures so far.

    Attributes:
        chain_id: EIP-155 chain id.
        treasury: EIP-55 address of the treasury.
        action: what it is to do.
        nonce: number of the message, which serves once.
        deadline: last second at which it serves, Unix seconds; 0 for a cancellation.
        signatures: signers and signatures.

    Raises:
        InvalidInput: if a part is malformed, a signer signs twice, or an account did not sign this.
        OutOfRange: if a number is outside its range.
    """

    chain_id: int
    treasury: str
    action: Release | Execution | Cancellation
    nonce: int
    deadline: int
    signatures: Signatures = ()

    def __post_init__(self) -> None:
        _require_addresses(treasury=self.treasury)
        require_uint("nonce", self.nonce, 256)
        require_uint("deadline", self.deadline, 40)
        if isinstance(self.action, Cancellation) != (self.deadline == 0):
            raise InvalidInput("a cancellation has no deadline, and everything else has one")
        if self.signatures:
            require_signatures(self.signatures, self.digest)

    @property
    def kind(self) -> str:
        """The name of the message's struct."""
        if isinstance(self.action, Release):
            return "Release"
        return "Execute" if isinstance(self.action, Execution) else "Cancel"

    @property
    def message(self) -> dict[str, Any]:
        """The full EIP-712 message."""
        return self._typed(self._values())

    @property
    def digest(self) -> bytes:
        """What is signed."""
        return typed_data_digest(self.message)

    def in_words(self) -> str:
        """Return what is signed, line by line."""
        lines = self.action.in_words().splitlines()
        lines.append(
            f"From the treasury {self.treasury} on chain {self.chain_id}, as its message "
            f"{self.nonce}."
        )
        if self.deadline:
            lines.append(f"It can be carried out until {format_time(self.deadline)}.")
        return "\n".join([*lines, f"Digest of the message: {self.digest.hex()}"])

    def require_valid(self, now: int) -> None:
        """Refuse the message after its deadline.

        Raises:
            InvalidInput: if ``now`` (Unix seconds) is later than the deadline.
        """
        if self.deadline and now > self.deadline:
            raise InvalidInput(
                f"the message expired at {format_time(self.deadline)}; propose another one"
            )

    def signed_by(self, signer: Signer) -> Proposal:
        """Return the proposal with an account's signature beside the others."""
        return self.with_signature(*signature_by(self.digest, self.message, signer))

    def with_signature(self, signer: bytes, signature: bytes) -> Proposal:
        """Return the proposal with a signature that was made elsewhere.

        Raises:
            InvalidInput: if it is an account's, and is not for this message.
        """
        pair = (signer, signature)
        return replace(self, signatures=with_signature(self.signatures, pair))

    def joined(self, other: Proposal) -> Proposal:
        """Return the proposal with the signatures of another copy.

        Raises:
            InvalidInput: if the copy has another message.
        """
        if other.digest != self.digest:
            raise InvalidInput("the files are of different messages, and cannot be joined")
        joined = self
        for signer, signature in other.signatures:
            joined = joined.with_signature(signer, signature)
        return joined

    def to_json(self) -> str:
        """Return the file's canonical text."""
        document: dict[str, Any] = {
            "type": _RELEASE,
            "typed_data": self._shown(),
            "signatures": signatures_in_hex(self.signatures),
        }
        if isinstance(self.action, Execution):
            document["call"] = self.action.call.document()
        if isinstance(self.action, Release) and self.action.unit is not None:
            unit = self.action.unit
            document["unit"] = {"symbol": unit.symbol, "decimals": unit.decimals}
        return canonical(document)

    @classmethod
    def from_json(cls, text: str | bytes) -> Proposal:
        """Read a file, and make its message and its words anew.

        Raises:
            MalformedFile: if it is malformed, or its message is not one of a treasury.
            InvalidInput: if its call cannot be decoded, or a signature is not for this message.
        """
        names = ("typed_data", "signatures")
        what = "proposal"
        document = open_document(
            text, what, _RELEASE, names, _MOST_BYTES, optional=("call", "unit")
        )
        typed = members(document["typed_data"], ("types", "primaryType", "domain", "message"), what)
        domain = members(
            typed["domain"], ("name", "version", "chainId", "verifyingContract"), "domain"
        )
        kind = typed["primaryType"]
        if not isinstance(kind, str) or kind not in _TYPES:
            raise MalformedFile("proposal: a message of a treasury is expected")
        said = members(typed["message"], tuple(_TYPES[kind]), "message")
        proposal = cls(
            domain["chainId"],
            _text(domain["verifyingContract"], "verifyingContract"),
            _action(kind, said, document),
            decimal(said["nonce"], "nonce"),
            decimal(said["deadline"], "deadline") if "deadline" in said else 0,
            signatures_from(document["signatures"]),
        )
        if canonical(typed) != canonical(proposal._shown()):
            raise MalformedFile("proposal: the message is not one of a treasury")
        return proposal

    def _values(self) -> dict[str, Any]:
        action = self.action
        if isinstance(action, Cancellation):
            return {"nonce": self.nonce}
        times = {"nonce": self.nonce, "deadline": self.deadline}
        if isinstance(action, Release):
            return {"token": action.token, "to": action.to, "amount": action.amount, **times}
        return {"target": action.target, "value": action.value, "data": action.data, **times}

    def _typed(self, values: dict[str, Any]) -> dict[str, Any]:
        types = _TYPES[self.kind]
        return typed_data(Domain(_NAME, self.chain_id, self.treasury), self.kind, types, values)

    def _shown(self) -> dict[str, Any]:
        """The message with numbers as text, which may be above 2^53."""
        values = self._values()
        for name, value in values.items():
            if isinstance(value, int):
                values[name] = str(value)
            elif isinstance(value, bytes):
                values[name] = "0x" + value.hex()
        return self._typed(values)


def _action(
    kind: str, said: dict[str, Any], document: dict[str, Any]
) -> Release | Execution | Cancellation:
    if ("call" in document) != (kind == "Execute") or ("unit" in document and kind != "Release"):
        raise MalformedFile("proposal: words without a call, or a call without words")
    if kind == "Cancel":
        return Cancellation()
    if kind == "Release":
        unit = None
        if "unit" in document:
            told = members(document["unit"], ("symbol", "decimals"), "unit")
            unit = Unit(told["symbol"], told["decimals"])
        amount = decimal(said["amount"], "amount")
        return Release(_text(said["token"], "token"), _text(said["to"], "to"), amount, unit)
    text = _text(said["data"], "data")
    if not text.startswith("0x"):
        raise MalformedFile("data: 0x and hexadecimal digits are expected")
    data = any_hex(text[2:], "data")
    call = DescribedCall.stated(document["call"], data)
    return Execution(_text(said["target"], "target"), decimal(said["value"], "value"), data, call)


def _require_addresses(**named: str) -> None:
    for name, address in named.items():
        if checksum_address(name, address) != address:
            raise InvalidInput(f"the address {name!r} must have its EIP-55 capitals")


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise MalformedFile(f"{what}: text is expected")
    return value
