"""Consents that people sign without a coin for gas, and that anybody may carry to a market.

A consent is EIP-712 typed data. It names the market, everything that the market will do, the
signer's series, a number and a deadline, so it serves once, for one deed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.schema import AMOUNT_BITS, PURPOSE_BITS, TIME_BITS

if TYPE_CHECKING:
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["ConsentsClient", "SignedConsent"]

_DOMAIN: Final = ("name", "string"), ("version", "string"), ("chainId", "uint256"), (
    "verifyingContract", "address",
)  # fmt: skip
_COMMON: Final = ("series", "uint256"), ("nonce", "uint256"), ("deadline", "uint256")
_TYPES: Final = {
    "Application": (
        ("market", "address"),
        ("borrower", "address"),
        ("product", "address"),
        ("principal", "uint256"),
        ("purpose", "uint16"),
    ),
    "Holiday": (("market", "address"), ("borrower", "address"), ("loanId", "uint256")),
    "Restructuring": (
        ("market", "address"),
        ("signer", "address"),
        ("loanId", "uint256"),
        ("product", "address"),
        ("limit", "uint256"),
    ),
}
_NONCE_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class SignedConsent:
    """A signed consent, as ``IConsents.Consent`` takes it.

    Attributes:
        signer: whose consent it is, an EIP-55 address.
        nonce: the number, which serves once.
        deadline: the last second at which it can be used, Unix seconds.
        signature: of the signer's key, or what the signer's contract accepts.
    """

    signer: str
    nonce: int
    deadline: int
    signature: bytes

    def to_tuple(self) -> tuple[str, int, int, bytes]:
        """Return the members in the contract's order."""
        return self.signer, self.nonce, self.deadline, self.signature


class ConsentsClient(ContractClient):
    """A ``Consents`` contract. To sign sends nothing; to revoke is a transaction of the signer."""

    contract = "Consents"

    def sign_application(
        self,
        market: str,
        product_address: str,
        principal: int,
        *,
        by: Signer,
        deadline: int,
        purpose_code: int = 0,
        nonce: int | None = None,
    ) -> SignedConsent:
        """Sign that the market applies for a loan in the signer's name.

        Args:
            market: the market.
            product_address: the product.
            principal: minor currency units.
            by: the borrower's key.
            deadline: last second at which the consent can be used, Unix seconds.
            purpose_code: number of the loan's purpose.
            nonce: the consent's number, which serves once; a random one by default. Give
                alternatives one number, so that only one of them serves.

        Raises:
            InvalidInput: if an address is malformed.
            OutOfRange: if a number is outside its range.
        """
        deed = {
            "market": checksum(market),
            "borrower": by.address,
            "product": checksum(product_address),
            "principal": require_uint("principal", principal, AMOUNT_BITS),
            "purpose": require_uint("purpose_code", purpose_code, PURPOSE_BITS),
        }
        return self._sign("Application", deed, by, nonce, deadline)

    def sign_holiday(
        self, market: str, loan_id: int, *, by: Signer, deadline: int, nonce: int | None = None
    ) -> SignedConsent:
        """Sign that the market gives the signer's loan a payment holiday.

        Arguments and errors are as in ``sign_application``.
        """
        deed = {
            "market": checksum(market),
            "borrower": by.address,
            "loanId": require_uint("the loan's number", loan_id, 256),
        }
        return self._sign("Holiday", deed, by, nonce, deadline)

    def sign_restructuring(
        self,
        market: str,
        loan_id: int,
        product_address: str,
        limit: int,
        *,
        by: Signer,
        deadline: int,
        nonce: int | None = None,
    ) -> SignedConsent:
        """Sign, as the borrower or as a lender, that the loan gets another product's table.

        A lender with several positions signs once for each, with different numbers.

        Args:
            market: the market.
            loan_id: the loan.
            product_address: the other product.
            limit: the most that the loan may owe then, minor currency units.
            by: the borrower's key, or a lender's.
            deadline: last second at which the consent can be used, Unix seconds.
            nonce: see ``sign_application``.

        Raises:
            InvalidInput: if an address is malformed.
            OutOfRange: if a number is outside its range.
        """
        deed = {
            "market": checksum(market),
            "signer": by.address,
            "loanId": require_uint("the loan's number", loan_id, 256),
            "product": checksum(product_address),
            "limit": require_uint("limit", limit, AMOUNT_BITS),
        }
        return self._sign("Restructuring", deed, by, nonce, deadline)

    def series_of(self, signer: str) -> int:
        """Return the series that a signer's consents name; ``revoke_all`` begins the next."""
        return int(self._read("seriesOf", checksum(signer)))

    def is_used(self, signer: str, nonce: int) -> bool:
        """Return whether a number was used or revoked."""
        return bool(self._read("isUsed", checksum(signer), require_uint("nonce", nonce, 256)))

    def revoke(
        self, nonce: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Revoke the sender's consents with this number, whether or not one exists.

        Raises:
            TransactionReverted: if the contract answers with ConsentUsed.
        """
        number = require_uint("nonce", nonce, 256)
        return self._send(by, "revoke", number, idempotency_key=idempotency_key)

    def revoke_all(self, *, by: TransactionSender, idempotency_key: str | None = None) -> Receipt:
        """Revoke all consents of the sender that were not used."""
        return self._send(by, "revokeAll", idempotency_key=idempotency_key)

    def _sign(
        self, kind: str, deed: dict[str, Any], by: Signer, nonce: int | None, deadline: int
    ) -> SignedConsent:
        number = secrets.randbits(_NONCE_BITS) if nonce is None else nonce
        message = {
            **deed,
            "series": self.series_of(by.address),
            "nonce": require_uint("nonce", number, 256),
            "deadline": require_uint("deadline", deadline, TIME_BITS),
        }
        signed = by.sign_typed_data(
            {
                "types": {
                    "EIP712Domain": _named(_DOMAIN),
                    kind: _named((*_TYPES[kind], *_COMMON)),
                },
                "primaryType": kind,
                "domain": {
                    "name": "zkcredit consents",
                    "version": "1",
                    "chainId": self.node.chain_id,
                    "verifyingContract": self.address,
                },
                "message": message,
            }
        )
        return SignedConsent(by.address, number, deadline, signed)


def _named(members: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in members]
