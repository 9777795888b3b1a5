"""Exchange rates: quotes that several sign, and Chainlink's feeds. A rate judges a policy only.

A rate is what one minor unit of the base currency is worth in minor units of the quote currency,
times 10⁹. Amounts are converted upwards, against whoever must afford them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import checksum_address, words
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.custody.typed import (
    Domain,
    Signatures,
    packed_signatures,
    signature_by,
    typed_data,
)
from zkcredit.chain.sending.accounts import typed_data_digest
from zkcredit.errors import InvalidInput, OutOfRange

if TYPE_CHECKING:
    from zkcredit.chain.sending.accounts import Signer

__all__ = ["RATE_ONE", "ChainlinkFxClient", "FxQuote", "FxQuotesClient", "convert_up"]

RATE_ONE: Final = 10**9
"""A rate of one."""

_MOST_RATE: Final = (1 << 64) - 2
_MEMBERS: Final = {
    "base": "uint16", "quote": "uint16", "rate": "uint64", "from": "uint40", "until": "uint40",
}  # fmt: skip


def convert_up(amount: int, rate: int) -> int:
    """Return an amount in the other currency, rounded up, as ``FxMath.convertUp`` does.

    Args:
        amount: minor units of the base currency, below 2^48.
        rate: the rate, above 0 and below 2^64 - 1.

    Raises:
        OutOfRange: if a number is outside its range.
    """
    require_uint("amount", amount, 48)
    return -(-amount * _checked(rate) // RATE_ONE)


@dataclass(frozen=True, slots=True)
class FxQuote:
    """A rate that signers stand for during a time.

    Attributes:
        base: currency of the amount, ISO 4217 number.
        quote: currency of the result, ISO 4217 number.
        rate: the rate.
        begins: when it begins, Unix seconds.
        until: last second at which it holds, Unix seconds; it holds for a day at most.

    Raises:
        InvalidInput: if both currencies are the same, or it ends before it begins.
        OutOfRange: if a number is outside its range.
    """

    base: int
    quote: int
    rate: int
    begins: int
    until: int

    def __post_init__(self) -> None:
        for name, bits in (("base", 16), ("quote", 16), ("begins", 40), ("until", 40)):
            require_uint(name, getattr(self, name), bits)
        _checked(self.rate)
        if self.base == self.quote:
            raise InvalidInput("a quote needs two currencies")
        if self.until < self.begins:
            raise InvalidInput("the quote ends before it begins")

    def message(self, chain_id: int, contract: str) -> dict[str, Any]:
        """Return the full EIP-712 message for a contract ``FxQuotes`` of a chain."""
        values = (self.base, self.quote, self.rate, self.begins, self.until)
        return typed_data(
            Domain("zkcredit fx quotes", chain_id, checksum_address("the contract", contract)),
            "Quote",
            _MEMBERS,
            dict(zip(_MEMBERS, values, strict=True)),
        )

    def signed_by(self, signer: Signer, chain_id: int, contract: str) -> tuple[bytes, bytes]:
        """Return an account as signer, and its signature of this quote."""
        message = self.message(chain_id, contract)
        return signature_by(typed_data_digest(message), message, signer)

    def evidence(self, signatures: Signatures) -> bytes:
        """Return the quote with its signatures, as the contract takes it."""
        told = words(self.base, self.quote, self.rate, self.begins, self.until)
        return told + packed_signatures(signatures)


class _FxClient(ContractClient):
    def rate_of(self, base: int, quote: int, *, deadline: int, evidence: bytes = b"") -> int:
        """Return the rate of a pair, as the contract accepts it now.

        Args:
            base: currency of the amount, ISO 4217 number.
            quote: currency of the result, ISO 4217 number.
            deadline: until when it must hold, Unix seconds.
            evidence: what the source needs besides.

        Raises:
            TransactionReverted: if the source refuses it; the error says why.
        """
        return int(self._read("rateOf", base, quote, deadline, evidence))

    def convert_up(
        self, amount: int, base: int, quote: int, *, deadline: int, evidence: bytes = b""
    ) -> int:
        """Return an amount in the other currency, rounded up, by the contract's own arithmetic.

        Raises:
            TransactionReverted: if the source refuses it; the error says why.
        """
        return int(self._read("convertUp", amount, base, quote, deadline, evidence))


class FxQuotesClient(_FxClient):
    """A source of quotes that m of n signers sign."""

    contract = "FxQuotes"

    def signers(self) -> tuple[bytes, ...]:
        """Return the signers."""
        return tuple(self._read("getSigners", 0, (1 << 64) - 1))

    def threshold(self) -> int:
        """Return how many of them must sign."""
        return int(self._read("threshold"))

    def governor(self) -> str:
        """Return the account that changes signers and threshold."""
        return str(self._read("governor"))


class ChainlinkFxClient(_FxClient):
    """A source that reads Chainlink's feeds; it needs no evidence."""

    contract = "ChainlinkFx"

    def feed_of(self, base: int, quote: int) -> tuple[str, int, int] | None:
        """Return feed, heartbeat in seconds and exponent of a pair; None if it has no feed."""
        feed, heartbeat, exponent = self._read("feedOf", base, quote)
        return (str(feed), int(heartbeat), int(exponent)) if int(feed, 16) else None


def _checked(rate: int) -> int:
    if require_uint("rate", rate, 64, minimum=1) > _MOST_RATE:
        raise OutOfRange("rate must be below 2^64 - 1")
    return rate
