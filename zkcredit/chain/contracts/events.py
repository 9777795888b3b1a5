"""The contracts' events as typed records: one frozen dataclass each, fields as in Solidity.

Amounts are minor currency units; ``tokens`` are the token's base units; times are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from zkcredit.chain.contracts.abi import snake_case
from zkcredit.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.contracts.abi import ContractAbi
    from zkcredit.chain.nodes.replies import Log

__all__ = [
    "Consumed",
    "DefaultAdminTransferCanceled",
    "DefaultAdminTransferScheduled",
    "EarlierRootsBarred",
    "EntryAdded",
    "Escrowed",
    "Event",
    "IssuersNamed",
    "Misconduct",
    "RootBanned",
    "RootCancelled",
    "RootEvent",
    "RootPosted",
    "RootRenewed",
    "RootWithdrawn",
    "SealPlaced",
    "SnapshotTaken",
    "SuccessorNamed",
    "know_events",
    "typed_event",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Where an event happened.

    Attributes:
        block: block number.
        log_index: position among the block's events.
        transaction: transaction hash, 0x-prefixed.
    """

    block: int
    log_index: int
    transaction: str


@dataclass(frozen=True, slots=True)
class RootEvent(Event):
    """What happened to a root of the registry of issuers."""

    root: int


@dataclass(frozen=True, slots=True)
class DefaultAdminTransferScheduled(Event):
    """The admin named a new one, who may accept after a time in Unix seconds."""

    new_admin: str
    accept_schedule: int


@dataclass(frozen=True, slots=True)
class DefaultAdminTransferCanceled(Event):
    """The account that was named cannot become admin: that was taken back or replaced."""


@dataclass(frozen=True, slots=True)
class RootPosted(RootEvent):
    """A registry root was posted; it takes effect at a time in Unix seconds."""

    version: int
    effective_at: int
    data_hash: bytes
    uri: str


@dataclass(frozen=True, slots=True)
class EarlierRootsBarred(Event):
    """A posting bars the earlier ones, except one root; 0 if it bars all."""

    version: int
    clean: int


@dataclass(frozen=True, slots=True)
class RootCancelled(RootEvent):
    """A pending registry root never takes effect."""

    version: int


@dataclass(frozen=True, slots=True)
class RootBanned(RootEvent):
    """A registry root that was not posted can never be."""


@dataclass(frozen=True, slots=True)
class RootRenewed(RootEvent):
    """The age of the current registry root starts again."""


@dataclass(frozen=True, slots=True)
class RootWithdrawn(RootEvent):
    """A registry root is refused from now on, and another one is current; 0 if none is."""

    current: int


@dataclass(frozen=True, slots=True)
class Consumed(Event):
    """The gate accepted a proof, and its application number is used."""

    market: str
    borrower: str
    nullifier: int
    product_id: int
    nonce: int


@dataclass(frozen=True, slots=True)
class EntryAdded(Event):
    """An issuer made an entry in an account; it takes effect in the epoch after ``epoch``.

    ``number`` is how many the issuer had made there before: from 1 on it replaces an earlier one.

    ``entry`` is ((c1.x, c1.y), (c2.x, c2.y)). ``envelope`` has the amounts, sealed to the borrower.
    """

    account: int
    issuer: str
    epoch: int
    number: int
    entry: tuple[tuple[int, int], tuple[int, int]]
    envelope: bytes


@dataclass(frozen=True, slots=True)
class SnapshotTaken(Event):
    """A sum of an account's entries in effect was written into storage for the gates.

    ``issuers`` is the hash of those whose entries were summed; all zero for everybody's.
    """

    account: int
    issuers: bytes
    epoch: int


@dataclass(frozen=True, slots=True)
class IssuersNamed(Event):
    """Somebody published a list of issuers, which products name by its hash."""

    issuers: bytes
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuccessorNamed(Event):
    """The ledger's admin named who makes entries in the place of a dismissed issuer."""

    issuer: str
    successor: str


@dataclass(frozen=True, slots=True)
class SealPlaced(Event):
    """A borrower placed the escrowed reference of an application; ``seal`` is ((x, y), value)."""

    borrower: str
    context: int
    seal: tuple[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Escrowed(Event):
    """An application with an escrowed reference was accepted; it became a loan."""

    market: str
    loan_id: int
    context: int
    seal: tuple[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Misconduct(Event):
    """An arbiter signed an opening of a loan that was never in default.

    Attributes:
        arbiter: the arbiter's number in the group.
        account: the account that signed, which is the one on the arbiter's card.
        loan_id: the loan's number.
        status: the loan's status when the opening was recorded.
    """

    arbiter: int
    account: str
    loan_id: int
    status: int


_KINDS: dict[str, type[Event]] = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Event) and value is not Event
}

_OF_ADMINS: dict[str, type[Event]] = {
    "DefaultAdminTransferCanceled": DefaultAdminTransferCanceled,
    "DefaultAdminTransferScheduled": DefaultAdminTransferScheduled,
}
_KINDS_OF: dict[str, dict[str, type[Event]]] = {}


def know_events(contracts: Sequence[str], kinds: dict[str, type[Event]]) -> None:
    """Let ``typed_event`` use these records for these contracts, besides those of their admins.

    Args:
        contracts: names of contracts.
        kinds: the record of each event, by its name.
    """
    _KINDS_OF.update(dict.fromkeys(contracts, _OF_ADMINS | kinds))


def typed_event(abi: ContractAbi, log: Log) -> Event | None:
    """Return the record of a raw event; None for events without a record (AccessControl's roles).

    Raises:
        ChainError: if the event's data do not have its type.
    """
    decoded = abi.decode_event(log.topics, log.data)
    kinds = _KINDS_OF.get(abi.name, _KINDS)
    if decoded is None or decoded[0] not in kinds:
        return None
    name, arguments = decoded
    kind = kinds[name]
    values = {_member(key): value for key, value in arguments.items()}
    names = {field.name for field in fields(kind)} - {"block", "log_index", "transaction"}
    if not names <= values.keys():
        raise ChainError(f"the contract's event {name} belongs to another version of the contract")
    return kind(
        block=log.block,
        log_index=log.index,
        transaction=log.transaction,
        **{key: values[key] for key in names},
    )


def _member(name: str) -> str:
    """Return a field's name; ``from`` is a word of Python's, so its field is ``from_``."""
    return "from_" if name == "from" else snake_case(name)
