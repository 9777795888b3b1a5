"""Exchange rates: quotes that several sign, and Chainlink's feeds. A rate judges a policy only.

A rate is what one minor unit of the base currency is worth in minor units of the quote currency,
times 10⁹. Amounts are converted upwards, against whoever must afford them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import account_address, checksum_address, words
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.custody.typed import (
    PER_SIGNER,
    Domain,
    Signatures,
    packed_signatures,
    signature_by,
    signers_of_group,
    typed_data,
)
from zkcredit.chain.sending.accounts import typed_data_digest
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable
from zkcredit.request.exchange import require_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = [
    "QUOTE_MEMBERS",
    "ChainlinkFxClient",
    "FxQuote",
    "FxQuotesClient",
    "deploy_fx_quotes",
    "open_fx",
]

QUOTE_MEMBERS: Final = {
    "base": "uint16", "quote": "uint16", "rate": "uint64", "from": "uint40", "until": "uint40",
}  # fmt: skip
"""Members of the message with their types, in order."""


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
        require_rate(self.rate)
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
            QUOTE_MEMBERS,
            dict(zip(QUOTE_MEMBERS, values, strict=True)),
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
    contract = "IFxSource"

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

    def require_enough(self, signatures: Signatures) -> None:
        """Refuse signatures that the contract would refuse, and say why.

        Raises:
            InvalidInput: if too few of the present signers signed, or somebody else did.
        """
        known = set(self.signers())
        strangers = [signer for signer, _ in signatures if signer not in known]
        if strangers:
            raise InvalidInput(
                f"0x{strangers[0].hex()} is not a signer of the rates, or not any more"
            )
        needed = self.threshold()
        if len(signatures) < needed:
            raise InvalidInput(
                f"{len(signatures)} of {needed} signatures: pass the quote on to another signer"
            )

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


def open_fx(node: Node, address: str) -> FxQuotesClient | ChainlinkFxClient:
    """Ask a source of rates for its kind, and return the right client.

    Raises:
        InvalidInput: if the address is malformed or has no contract.
        ChainError: if the contract is not a source that this library knows.
    """
    kinds: tuple[tuple[type[FxQuotesClient | ChainlinkFxClient], str], ...] = (
        (FxQuotesClient, "MAX_AGE"),
        (ChainlinkFxClient, "GRACE"),
    )
    for kind, member in kinds:
        client = kind(node, address)
        try:
            client._read(member)
        except NodeUnavailable:
            raise
        except ChainError:
            continue
        return client
    raise ChainError(f"the contract at {address} is not a source of rates that this library knows")


def deploy_fx_quotes(
    signers: Sequence[str],
    threshold: int,
    *,
    by: TransactionSender,
    governor: str | None = None,
    idempotency_key: str | None = None,
) -> FxQuotesClient:
    """Deploy a source of quotes whose signers are accounts.

    Args:
        signers: their addresses.
        threshold: how many of them must sign, two at least.
        by: who pays the gas.
        governor: who changes signers and threshold, such as a timelock; the account that pays by
            default.
        idempotency_key: the name of the intention.

    Raises:
        InvalidInput: if the threshold is below two or above the number of signers, or an address is
            malformed, 0 or named twice.
        ChainError: if the deployment fails.
    """
    raw = signers_of_group(signers, threshold)
    address, _ = deploy_contract(
        "FxQuotes",
        account_address("the governor", by.address if governor is None else governor),
        raw,
        threshold,
        by=by,
        idempotency_key=idempotency_key,
        work=PER_SIGNER * len(raw),
    )
    return FxQuotesClient(by.node, address)
