"""The events of treasuries and of signers of exchange rates, as typed records."""

from __future__ import annotations

from dataclasses import dataclass

from zkcredit.chain.contracts.events import Event, know_events

__all__ = [
    "Executed",
    "NonceCancelled",
    "Released",
    "SignerAdded",
    "SignerRemoved",
    "ThresholdSet",
]


@dataclass(frozen=True, slots=True)
class Released(Event):
    """The treasury paid base units of a token, or wei if the token is address 0."""

    token: str
    to: str
    amount: int
    nonce: int


@dataclass(frozen=True, slots=True)
class Executed(Event):
    """The treasury called a contract, with wei and call data."""

    target: str
    value: int
    data: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class NonceCancelled(Event):
    """The number of a message was cancelled."""

    nonce: int


@dataclass(frozen=True, slots=True)
class SignerAdded(Event):
    """Somebody became a signer; events hold the Keccak-256 of who it is."""

    signers: bytes


@dataclass(frozen=True, slots=True)
class SignerRemoved(Event):
    """Somebody stopped being a signer; events hold the Keccak-256 of who it was."""

    signers: bytes


@dataclass(frozen=True, slots=True)
class ThresholdSet(Event):
    """So many signers must sign from now on."""

    threshold: int


_OF_SIGNERS = {
    "ERC7913SignerAdded": SignerAdded,
    "ERC7913SignerRemoved": SignerRemoved,
    "ERC7913ThresholdSet": ThresholdSet,
}

know_events(
    ("Treasury", "FxQuotes"),
    {
        "Released": Released,
        "Executed": Executed,
        "NonceCancelled": NonceCancelled,
        **_OF_SIGNERS,
    },
)
