"""The file in which a borrower and lenders agree to a restructuring; whoever has all carries them.

It is an object with ``type``, ``chain_id``, ``market``, ``loan``, ``product``, ``limit`` and
``consents``, a list of objects with ``position``, ``signer``, ``nonce``, ``deadline`` and
``signature``. Position 0 stands for the borrower. The nonce is text, because JSON readers round
large numbers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.schema import AMOUNT_BITS

if TYPE_CHECKING:
    from zkcredit.chain.loans.consents import SignedConsent

__all__ = ["BORROWER", "Agreement", "combined"]

BORROWER: Final = 0
_TYPE: Final = "zkcredit/restructuring/1"
_WHAT: Final = "consents to a restructuring"
_TERMS: Final = ("chain_id", "market", "loan", "product", "limit")
_MAX_BYTES: Final = 1 << 16
_MOST: Final = 17  # the borrower and the 16 positions that a market takes


@dataclass(frozen=True)
class Agreement:
    """What some people signed about one loan.

    Attributes:
        chain_id: EIP-155 number of the chain.
        market: EIP-55 address of the loan's market.
        loan: the loan's number.
        product: EIP-55 address of the product that it gets.
        limit: the most that the loan may owe then, minor units.
        consents: for each position its lender's consent, and for ``BORROWER`` the borrower's.
    """

    chain_id: int
    market: str
    loan: int
    product: str
    limit: int
    consents: "dict[int, SignedConsent]"

    @property
    def terms(self) -> tuple[int, str, int, str, int]:
        """What everybody must have agreed to."""
        return self.chain_id, self.market, self.loan, self.product, self.limit

    def to_json(self) -> str:
        """Return JSON text."""
        from zkcredit.chain.loans.signed_steps import consent_members

        content = {"type": _TYPE, **dict(zip(_TERMS, self.terms, strict=True))}
        listed = [
            {"position": position, **consent_members(consent)}
            for position, consent in sorted(self.consents.items())
        ]
        return json.dumps({**content, "consents": listed}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the output of ``to_json``.

        Raises:
            MalformedFile: if the text is something else.
        """
        from zkcredit._internal.evm import address_in
        from zkcredit._internal.json import items, number_in, open_document

        given = open_document(text, _WHAT, _TYPE, (*_TERMS, "consents"), _MAX_BYTES)
        listed = items(given["consents"], _WHAT)
        if not 1 <= len(listed) <= _MOST:
            raise MalformedFile(f"{_WHAT}: 1 to {_MOST} consents are expected")
        consents = dict(map(_consent, listed))
        if len(consents) != len(listed):
            raise MalformedFile(f"{_WHAT}: two consents for one position")
        return cls(
            chain_id=number_in(given["chain_id"], "chain_id", 64, _WHAT),
            market=address_in(given["market"], "market", _WHAT),
            loan=number_in(given["loan"], "loan", 64, _WHAT),
            product=address_in(given["product"], "product", _WHAT),
            limit=number_in(given["limit"], "limit", AMOUNT_BITS, _WHAT),
            consents=consents,
        )


def combined(agreements: Sequence[Agreement]) -> Agreement:
    """Return everything that was signed, in one agreement.

    Raises:
        InvalidInput: if the files are about different loans or terms, or none is given.
    """
    if len({one.terms for one in agreements}) != 1:
        raise InvalidInput("the files do not agree on chain, market, loan, product and limit")
    consents: dict[int, SignedConsent] = {}
    for one in agreements:
        consents |= one.consents
    return Agreement(*agreements[0].terms, consents=consents)


def _consent(content: object) -> "tuple[int, SignedConsent]":
    from zkcredit._internal.json import number_in
    from zkcredit.chain.loans.signed_steps import consent_from

    if not isinstance(content, dict) or "position" not in content:
        raise MalformedFile(f"{_WHAT}: a consent lacks position")
    rest = {name: value for name, value in content.items() if name != "position"}
    return number_in(content["position"], "position", 64, _WHAT), consent_from(rest, _WHAT)
