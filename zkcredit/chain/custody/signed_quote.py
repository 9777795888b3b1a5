"""Quotes as files: the EIP-712 message of an exchange rate, and the signatures so far.

A quote goes from signer to signer, and then to whoever applies for a loan with it. Whoever reads it
makes the message again from its parts, and refuses a file that says something else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import checksum_address
from zkcredit._internal.json import canonical, decimal, members, open_document
from zkcredit.chain.custody.quotes import QUOTE_MEMBERS, FxQuote
from zkcredit.chain.custody.typed import (
    Signatures,
    require_signatures,
    signatures_from,
    signatures_in_hex,
    with_signature,
)
from zkcredit.chain.sending.accounts import typed_data_digest
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.request.exchange import ExchangeRate, rate_in_words
from zkcredit.units import format_time

if TYPE_CHECKING:
    from zkcredit.chain.sending.accounts import Signer

__all__ = ["SignedQuote"]

_TYPE: Final = "zkcredit-quote/1"
_MOST_BYTES: Final = 1 << 19


@dataclass(frozen=True, slots=True)
class SignedQuote:
    """A quote for one contract ``FxQuotes``, with the signatures so far.

    Attributes:
        quote: the rate and its time.
        chain_id: EIP-155 number of the chain.
        contract: EIP-55 address of the contract.
        signatures: signers and signatures, by rising hash of the signer.

    Raises:
        InvalidInput: if a part is malformed, a signer signs twice, or an account did not sign this.
    """

    quote: FxQuote
    chain_id: int
    contract: str
    signatures: Signatures = ()

    def __post_init__(self) -> None:
        require_instance("the quote", self.quote, FxQuote)
        if checksum_address("the contract", self.contract) != self.contract:
            raise InvalidInput("the address of the contract must have its EIP-55 capitals")
        digest = self.digest
        if self.signatures:
            require_signatures(self.signatures, digest)

    @property
    def digest(self) -> bytes:
        """What is signed."""
        return typed_data_digest(self.quote.message(self.chain_id, self.contract))

    def in_words(self) -> str:
        """Return what is signed, line by line."""
        quote = self.quote
        return "\n".join(
            [
                f"Exchange rate: {rate_in_words(quote.base, quote.quote, quote.rate)}.",
                f"From {format_time(quote.begins)} until {format_time(quote.until)}.",
                f"For the source of rates {self.contract} on chain {self.chain_id}.",
                f"Digest of the message: {self.digest.hex()}",
            ]
        )

    def exchange(self) -> ExchangeRate:
        """Return the rate for a request, with the quote as evidence."""
        quote = self.quote
        return ExchangeRate(
            self.contract,
            quote.base,
            quote.quote,
            quote.rate,
            quote.until,
            quote.evidence(self.signatures),
        )

    def signed_by(self, signer: Signer) -> SignedQuote:
        """Return the quote with an account's signature beside the others."""
        pair = self.quote.signed_by(signer, self.chain_id, self.contract)
        return replace(self, signatures=with_signature(self.signatures, pair))

    def joined(self, other: SignedQuote) -> SignedQuote:
        """Return the quote with the signatures of another copy.

        Raises:
            InvalidInput: if the copy has another message.
        """
        if require_instance("the copy", other, SignedQuote).digest != self.digest:
            raise InvalidInput("the files are of different quotes, and cannot be joined")
        signatures = self.signatures
        for pair in other.signatures:
            signatures = with_signature(signatures, pair)
        return replace(self, signatures=signatures)

    def to_json(self) -> str:
        """Return the file's canonical text."""
        return canonical(
            {
                "type": _TYPE,
                "typed_data": self._shown(),
                "signatures": signatures_in_hex(self.signatures),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> SignedQuote:
        """Read a file, and make its message anew.

        Raises:
            MalformedFile: if it is malformed, or its message is not a quote.
            InvalidInput: if a part is not acceptable, or a signature is not for this message.
            OutOfRange: if a number is outside its range.
        """
        what = "quote"
        document = open_document(text, what, _TYPE, ("typed_data", "signatures"), _MOST_BYTES)
        typed = members(document["typed_data"], ("types", "primaryType", "domain", "message"), what)
        domain = members(
            typed["domain"], ("name", "version", "chainId", "verifyingContract"), "domain"
        )
        said = members(typed["message"], tuple(QUOTE_MEMBERS), "message")
        if not isinstance(domain["verifyingContract"], str):
            raise MalformedFile("verifyingContract: text is expected")
        quote = cls(
            FxQuote(*(decimal(said[name], name) for name in QUOTE_MEMBERS)),
            domain["chainId"],
            domain["verifyingContract"],
            signatures_from(document["signatures"]),
        )
        if canonical(typed) != canonical(quote._shown()):
            raise MalformedFile("quote: the message is not a quote of an exchange rate")
        return quote

    def _shown(self) -> dict[str, Any]:
        """The message with numbers as text, because a rate can be above 2^53."""
        typed = self.quote.message(self.chain_id, self.contract)
        return typed | {"message": {name: str(n) for name, n in typed["message"].items()}}
