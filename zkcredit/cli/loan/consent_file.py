"""The file in which a borrower and lenders agree to a restructuring; whoever has all carries them.

It is an object with ``type``, ``chain_id``, ``market``, ``loan``, ``product``, ``limit`` and
``consents``, a list of objects with ``position``, ``signer``, ``nonce``, ``deadline`` and
``signature``. Position 0 stands for the borrower. The nonce is text, because JSON readers round
large numbers.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.schema import AMOUNT_BITS, TIME_BITS

if TYPE_CHECKING:
    from zkcredit.chain.loans.consents import SignedConsent

__all__ = ["BORROWER", "Agreement", "combined"]

BORROWER: Final = 0
_TYPE: Final = "zkcredit/restructuring/1"
_WHAT: Final = "consents to a restructuring"
_TERMS: Final = ("chain_id", "market", "loan", "product", "limit")
_MAX_BYTES: Final = 1 << 16
_MOST: Final = 17  # the borrower and the 16 positions that a market takes
_HEX: Final = re.compile("([0-9a-f]{2}){1,4096}")


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
        content = {"type": _TYPE, **dict(zip(_TERMS, self.terms, strict=True))}
        listed = [
            {
                "position": position,
                "signer": consent.signer,
                "nonce": str(consent.nonce),
                "deadline": consent.deadline,
                "signature": consent.signature.hex(),
            }
            for position, consent in sorted(self.consents.items())
        ]
        return json.dumps({**content, "consents": listed}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the output of ``to_json``.

        Raises:
            MalformedFile: if the text is something else.
        """
        from zkcredit._internal.json import items, open_document

        given = open_document(text, _WHAT, _TYPE, (*_TERMS, "consents"), _MAX_BYTES)
        listed = items(given["consents"], _WHAT)
        if not 1 <= len(listed) <= _MOST:
            raise MalformedFile(f"{_WHAT}: 1 to {_MOST} consents are expected")
        consents = dict(map(_consent, listed))
        if len(consents) != len(listed):
            raise MalformedFile(f"{_WHAT}: two consents for one position")
        return cls(
            chain_id=_number(given["chain_id"], "chain_id", 64),
            market=_address(given["market"], "market"),
            loan=_number(given["loan"], "loan", 64),
            product=_address(given["product"], "product"),
            limit=_number(given["limit"], "limit", AMOUNT_BITS),
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
    from zkcredit._internal.json import decimal, members
    from zkcredit.chain.loans.consents import SignedConsent

    names = ("position", "signer", "nonce", "deadline", "signature")
    given = members(content, names, f"{_WHAT}: a consent")
    return _number(given["position"], "position", 64), SignedConsent(
        _address(given["signer"], "signer"),
        _number(decimal(given["nonce"], "nonce"), "nonce", 256),
        _number(given["deadline"], "deadline", TIME_BITS),
        _bytes(given["signature"]),
    )


def _number(value: object, name: str, bits: int) -> int:
    from zkcredit._internal.json import integer

    number = integer(value, f"{_WHAT}: {name}")
    if not 0 <= number < 1 << bits:
        raise MalformedFile(f"{_WHAT}: {name} is not a number of at most {bits} bits")
    return number


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise MalformedFile(f"{_WHAT}: a signature is in hexadecimal digits")
    return bytes.fromhex(value)


def _address(value: object, name: str) -> str:
    from zkcredit._internal.evm import checksum_address

    try:
        return checksum_address(name, value)  # type: ignore[arg-type]
    except InvalidInput as error:
        raise MalformedFile(f"{_WHAT}: {error}") from None
