"""The wallet's log of consents: what was shown, when, to whom, for what and until when."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from zkcredit._internal import json
from zkcredit.errors import DamagedFile, InvalidInput

if TYPE_CHECKING:
    from zkcredit.loan.disclosure import Disclosure
    from zkcredit.storage.vault import Vault

__all__ = ["Consent", "costs_of", "read_log", "write_log"]

_KIND = "consent"
_MAX_BYTES = 1 << 14
_COSTS = ("principal", "net", "total", "peak", "ear", "apr", "worst_total", "currency")


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the wallet's log: what was shown, to whom, for what and until when.

    Attributes:
        time: Unix seconds.
        verifier: to whom, in the words of the request.
        purpose: for what, in the words of the request.
        credential_id: the credential that was used; the wallet may no longer have it.
        conditions: the policy's conditions that were not neutral.
        context, scope, nullifier: the public inputs that the verifier saw.
        expires_at: last second (Unix) at which the verifier may use it; 0 if the entry has none.
        costs: what the borrower was told about the cost of a loan (``costs_of``); empty if the
            request was not for one.
    """

    time: int
    verifier: str
    purpose: str
    credential_id: str
    conditions: dict[str, int]
    context: int
    scope: int
    nullifier: int
    expires_at: int = 0
    costs: dict[str, int] = field(default_factory=dict)


def costs_of(told: Disclosure | None) -> dict[str, int]:
    """Return the figures of a disclosure that the log keeps; empty without one.

    They are principal, net, total, peak, worst_total and currency as in ``Disclosure``, and the
    rates ear and apr in 10^-8.
    """
    return {} if told is None else {name: getattr(told, name) for name in _COSTS}


def write_log(store: Vault, entry: Consent) -> None:
    """Append an entry.

    Raises:
        WalletError: if the file cannot be written.
    """
    text = json.canonical(asdict(entry)).encode()
    store.put([], new=[(_KIND, secrets.token_hex(8), text)])


def read_log(store: Vault) -> list[Consent]:
    """Return all entries, oldest first.

    Raises:
        DamagedFile: if another version wrote an entry.
    """
    entries = [_read(text) for _, text in store.all(_KIND)]
    return sorted(entries, key=lambda entry: (entry.time, entry.nullifier, entry.context))


def _read(text: bytes) -> Consent:
    try:
        return Consent(**json.parse(text, "consent", _MAX_BYTES))
    except (TypeError, InvalidInput):
        raise DamagedFile("the wallet was written by another version of zkcredit") from None
