"""What a loan may cost its borrower at most: the holder's own limits, which the wallet keeps.

The wallet does not answer a request for a loan that costs more, until the holder raises the limit.
Nobody else learns the limits.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.errors import CostAboveLimit, DamagedFile, InvalidInput
from zkcredit.loan.disclosure import RATE_UNIT, Disclosure, rate_in_words
from zkcredit.schema import AMOUNT_BITS

if TYPE_CHECKING:
    from zkcredit.storage.vault import Vault

__all__ = ["CostLimits", "read_limits", "write_limits"]

_KIND: Final = "limits"
_ID: Final = "cost"
_MAX_BYTES: Final = 4_096
_RATE_BITS: Final = 48


@dataclass(frozen=True, slots=True)
class CostLimits:
    """The most that a loan may cost; None leaves a limit out.

    Attributes:
        ear: the highest effective annual rate, in 10^-8; 60 % unless the holder says otherwise.
        payment: the largest single payment, minor units of ``currency``.
        currency: ISO 4217 number of ``payment``; 0 without one.

    Raises:
        InvalidInput: if a field has the wrong type, or a payment has no known currency.
        OutOfRange: if a number is negative or too large.
    """

    ear: int | None = 60 * RATE_UNIT // 100
    payment: int | None = None
    currency: int = 0

    def __post_init__(self) -> None:
        if self.ear is not None:
            require_uint("ear", self.ear, _RATE_BITS)
        if self.payment is not None:
            require_uint("payment", self.payment, AMOUNT_BITS, minimum=1)
        require_uint("currency", self.currency, 16)
        known = units.currency_numbered(self.currency) is not None
        if known != (self.payment is not None):
            raise InvalidInput("the largest payment needs its currency, and no payment needs none")

    def require_within(self, costs: Disclosure) -> None:
        """Require that a loan does not cost more.

        Raises:
            CostAboveLimit: if it does, or if its payments are in another currency than the limit.
        """
        require_instance("the costs", costs, Disclosure)
        if self.ear is not None and costs.ear > self.ear:
            raise CostAboveLimit(
                f"the loan costs {rate_in_words(costs.ear)} a year, and your wallet's limit is "
                f"{rate_in_words(self.ear)}: nothing was proved. Look for a cheaper loan, or raise "
                "the limit"
            )
        if self.payment is None:
            return
        most = units.money_in_words(self.payment, self.currency)
        if costs.currency != self.currency:
            raise CostAboveLimit(
                f"your wallet's limit for a payment is {most}, and the loan is in another "
                "currency: nothing was proved. Set the limit in the loan's currency, or drop it"
            )
        if costs.peak > self.payment:
            raise CostAboveLimit(
                f"the largest payment is {units.money_in_words(costs.peak, costs.currency)}, and "
                f"your wallet's limit is {most}: nothing was proved. Ask for less or for longer, "
                "or raise the limit"
            )

    def in_words(self) -> tuple[str, ...]:
        """Return the limits as sentences for the holder."""
        return (
            "Your wallet does not refuse a loan for its yearly rate."
            if self.ear is None
            else f"Your wallet refuses loans above {rate_in_words(self.ear)} a year (effective "
            "annual rate).",
            "Your wallet does not refuse a loan for its largest payment."
            if self.payment is None
            else "Your wallet refuses loans with a payment above "
            f"{units.money_in_words(self.payment, self.currency)}, and loans in another currency.",
        )


def read_limits(store: Vault) -> CostLimits:
    """Return the wallet's limits; the default if the holder set none.

    Raises:
        DamagedFile: if another version wrote them.
    """
    text = store.get(_KIND, _ID)
    if text is None:
        return CostLimits()
    try:
        return CostLimits(**json.parse(text, "limits", _MAX_BYTES))
    except (TypeError, InvalidInput):
        raise DamagedFile("the wallet was written by another version of zkcredit") from None


def write_limits(store: Vault, limits: CostLimits) -> None:
    """Keep the holder's limits in place of the earlier ones.

    Raises:
        WalletError: if the file cannot be written.
    """
    store.put([(_KIND, _ID, json.canonical(asdict(limits)).encode())])
