"""Running loans as the three words in which contracts keep them (``schema.LOAN_WORDS``).

The words name the product by the address of its data contract, so that whoever takes a loan apart
says which product is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import address_word
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.loan.life import Action
from zkcredit.loan.running import RunningLoan, Standing
from zkcredit.schema import LOAN_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.loan.table_product import TableProduct

__all__ = [
    "LOAN_ACTIONS",
    "NEVER_HELD",
    "STANDING_NUMBERS",
    "loan_from_words",
    "loan_words",
    "product_address",
]

NEVER_HELD: Final = 255
"""Stands for ``held`` = -1: no holiday was taken."""

LOAN_ACTIONS: Final = (
    Action.REPAY,
    Action.SETTLE,
    Action.PREPAY,
    Action.HOLIDAY,
    Action.RESTRUCTURE,
    Action.DEFAULT,
)
"""The steps of a loan in the order of ``ILoanEngine.Action``."""

STANDING_NUMBERS: Final = {
    Standing.ACTIVE: 2,
    Standing.REPAID: 3,
    Standing.DEFAULTED: 4,
    Standing.RECOVERED: 5,
}
"""The numbers of ``ILoanEngine.Standing``; the others are of applications."""


def loan_words(loan: RunningLoan, address: str) -> tuple[int, ...]:
    """Return the words of a loan.

    Args:
        loan: the loan.
        address: 0x-address of the data contract that holds its product.

    Raises:
        InvalidInput: if the loan is not a loan, or the address is malformed.
        OutOfRange: if a part exceeds its width.
    """
    require_instance("loan", loan, RunningLoan)
    special = {
        "product": int.from_bytes(address_word("address", address)),
        "held": NEVER_HELD if loan.held < 0 else loan.held,
        "standing": STANDING_NUMBERS[loan.standing],
    }
    words = []
    for parts in LOAN_WORDS:
        word = 0
        for name, bits in parts.items():
            value = special[name] if name in special else getattr(loan, name)
            word = word << bits | require_uint(name, value, bits)
        words.append(word)
    return tuple(words)


def loan_from_words(words: Sequence[int], product: TableProduct) -> RunningLoan:
    """Return the loan that these words hold.

    Args:
        words: as many as ``schema.LOAN_WORDS`` has.
        product: the product at ``product_address(words)``.

    Raises:
        InvalidInput: if a word is not an int, or there are more or fewer words.
        OutOfRange: if a word is not below 2^256.
        MalformedFile: if the words are not those of a released loan.
    """
    parts = _parts(words)
    del parts["product"]
    standing, held = parts.pop("standing"), parts.pop("held")
    for known, number in STANDING_NUMBERS.items():
        if number == standing:
            return RunningLoan(
                product, standing=known, held=-1 if held == NEVER_HELD else held, **parts
            )
    raise MalformedFile(f"the words are not those of a released loan: its standing is {standing}")


def product_address(words: Sequence[int]) -> str:
    """Return the 0x-address of the product that these words name, in lower case.

    Raises:
        InvalidInput: if a word is not an int, or there are more or fewer words.
        OutOfRange: if a word is not below 2^256.
    """
    return f"0x{_parts(words)['product']:040x}"


def _parts(words: Sequence[int]) -> dict[str, int]:
    if len(words) != len(LOAN_WORDS):
        raise InvalidInput(f"a loan is {len(LOAN_WORDS)} words, not {len(words)}")
    found = {}
    for word, parts in zip(words, LOAN_WORDS, strict=True):
        rest = require_uint("a word of a loan", word, 256)
        for name, bits in reversed(list(parts.items())):
            found[name] = rest & ((1 << bits) - 1)
            rest >>= bits
    return found
