"""Loans as the words in which contracts keep them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from support.loan.life_cases import released

from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.loan import RunningLoan, Standing, loan_from_words, loan_words, product_address

ADDRESS = "0x" + "11" * 20
LOAN = released(random.Random("zkcredit/words"))
FULL = RunningLoan(
    LOAN.product, 0x010101010101, 0x020202020202, 0x030303030303, 0x2222222222,
    Standing.RECOVERED, 0x66, 0x040404040404, 0x050505050505, 0x0C0C0C0C0C, 0xEE, 0xDD, 0x77,
    0x0A0A0A0A0A0A, 0x0B0B0B0B0B0B, 0x080808080808, 0x090909090909, 0x4444, 0x3333333333,
)  # fmt: skip


def test_the_words_are_those_of_the_contracts_test():
    """``LoanEngineLife.t.sol`` has the same three words."""
    assert loan_words(FULL, ADDRESS) == (
        0x1111111111111111111111111111111111111111222222222233333333334444,
        0x0101010101010202020202020303030303030404040404040505050505056677,
        0x0808080808080909090909090A0A0A0A0A0A0B0B0B0B0B0B0C0C0C0C0CDDEE05,
    )


@pytest.mark.parametrize("loan", [LOAN, FULL, replace(LOAN, held=3, standing=Standing.REPAID)])
def test_a_loan_comes_back(loan):
    words = loan_words(loan, ADDRESS)
    assert loan_from_words(words, loan.product) == loan
    assert product_address(words) == ADDRESS


@pytest.mark.parametrize("name", ["balance", "received", "fees_owed", "level"])
def test_an_amount_of_two_to_the_48_does_not_fit(name):
    loan_words(replace(LOAN, **{name: 2**48 - 1}), ADDRESS)
    with pytest.raises(OutOfRange, match=name):
        loan_words(replace(LOAN, **{name: 2**48}), ADDRESS)


@pytest.mark.parametrize(("name", "most"), [("paid", 255), ("shift", 2**40 - 1), ("assessed", 255)])
def test_another_part_has_its_width(name, most):
    with pytest.raises(OutOfRange, match=name):
        loan_words(replace(LOAN, **{name: most + 1}), ADDRESS)


@pytest.mark.parametrize("words", [(), (1, 2), (1, 2, 3, 4)])
def test_a_loan_is_three_words(words):
    with pytest.raises(InvalidInput, match="3 words"):
        loan_from_words(words, LOAN.product)
    with pytest.raises(InvalidInput, match="3 words"):
        product_address(words)


@pytest.mark.parametrize("word", [-1, 2**256, "1", None, True])
def test_a_word_is_a_number_below_two_to_the_256(word):
    with pytest.raises(InvalidInput):
        loan_from_words((word, 0, 2), LOAN.product)


@pytest.mark.parametrize("standing", [0, 1, 6, 7, 255])
def test_only_a_released_loan_is_read(standing):
    with pytest.raises(MalformedFile, match=f"standing is {standing}"):
        loan_from_words((0, 0, standing), LOAN.product)


def test_an_address_is_one():
    with pytest.raises(InvalidInput, match="address"):
        loan_words(LOAN, "0x11")
