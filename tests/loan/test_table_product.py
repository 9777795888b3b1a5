"""Products that are tables: their bytes, what the policy judges, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak
from support.loan.table_cases import DAY, monthly

from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.history import HistoryTerms
from zkcredit.loan import Burden, Rounding, TableProduct
from zkcredit.policy import Policy
from zkcredit.schema import PRODUCT_HEADER, ROW_BYTES

TOKEN, RECIPIENT = "0x" + "ab" * 20, "0x" + "cd" * 20
LEVEL = monthly("L" * 11 + "R")
PRODUCT = TableProduct(
    table=LEVEL,
    policy=Policy.score_range(600, 900) & Policy(coverage_bps=12_500, currency=978),
    min_principal=10_000,
    max_principal=500_000,
    token=TOKEN,
    token_unit=10_000,
    currency=978,
    burden=Burden.LEVEL,
    late_fee=500,
    late_fee_cap=2_000,
    holidays=2,
    origination_bps=150,
    fee_recipient=RECIPIENT,
    max_credential_age=86_400,
    issuers="5a" * 26,
)
HEADER = sum(PRODUCT_HEADER.values())


def offset(name):
    names = list(PRODUCT_HEADER)
    return sum(PRODUCT_HEADER[before] for before in names[: names.index(name)])


def with_bytes(name, value):
    data, at, width = bytearray(PRODUCT.encode()), offset(name), PRODUCT_HEADER[name]
    data[at : at + width] = value.to_bytes(width)
    return bytes(data)


def field(data, name):
    return int.from_bytes(data[offset(name) : offset(name) + PRODUCT_HEADER[name]])


# --- bytes --------------------------------------------------------------------------------------


def test_a_product_reads_back():
    data = PRODUCT.encode()
    assert len(data) == HEADER + 12 * ROW_BYTES == 201 + 192
    assert TableProduct.decode(data) == PRODUCT
    assert TableProduct.decode(data).encode() == data
    assert data[HEADER:] == LEVEL.encode()
    assert PRODUCT.digest == keccak(data)


def test_every_field_of_the_header_is_at_its_place():
    data = PRODUCT.encode()
    assert [field(data, name) for name in ("version", "row_count", "rounding", "burden")] == [
        1,
        12,
        Rounding.UP,
        Burden.LEVEL,
    ]
    assert field(data, "token") == int(TOKEN, 16)
    assert field(data, "fee_recipient") == int(RECIPIENT, 16)
    assert field(data, "issuers") == int("5a" * 26, 16)
    assert field(data, "policy_currency") == field(data, "currency") == 978
    assert (field(data, "min_score"), field(data, "max_score")) == (600, 900)
    for name in PRODUCT_HEADER.keys() & {"holidays", "late_fee_cap", "proof_age", "token_unit"}:
        assert field(data, name) == getattr(PRODUCT, name)


def test_a_product_without_fee_and_issuers_reads_back():
    plain = TableProduct(LEVEL, Policy(), 1_000, 9_000, TOKEN)
    assert TableProduct.decode(plain.encode()) == plain


@pytest.mark.parametrize("name", ["history_terms", "history_source"])
def test_terms_of_a_history_need_a_source_and_no_terms_need_none(name):
    with pytest.raises(InvalidInput, match="need"):
        TableProduct.decode(with_bytes(name, 1))


def test_a_product_that_asks_for_a_history_reads_back():
    terms = HistoryTerms(min_repaid=2, max_late=0).pack()
    asking = replace(PRODUCT, min_cycle=3, history_terms=terms, history_source="0x" + "5a" * 20)
    assert TableProduct.decode(asking.encode()) == asking
    assert asking.digest != PRODUCT.digest


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"history_terms": HistoryTerms(today=1).pack()}, "today"),
        ({"history_terms": 1 << 164}, "history_terms"),
        ({"history_source": "0x" + 40 * "0"}, "history_source"),
        ({"history_source": "somewhere"}, "history_source"),
        ({"min_cycle": 1 << 16}, "min_cycle"),
        ({"min_cycle": -1}, "min_cycle"),
    ],
)
def test_a_history_that_cannot_be_asked_for_is_refused(changes, says):
    fitting = {"history_terms": HistoryTerms().pack(), "history_source": "0x" + "5a" * 20}
    with pytest.raises((InvalidInput, OutOfRange), match=says):
        replace(PRODUCT, **{**fitting, **changes})


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", MalformedFile, "not a product"),
        (b"\2" + PRODUCT.encode()[1:], MalformedFile, "version 1"),
        (PRODUCT.encode()[:-1], MalformedFile, "length"),
        (PRODUCT.encode() + bytes(16), MalformedFile, "length"),
        (PRODUCT.encode()[:100], MalformedFile, "length"),
        (with_bytes("row_count", 11), MalformedFile, "length"),
        (with_bytes("rounding", 0), MalformedFile, "rounding"),
        (with_bytes("burden", 4), MalformedFile, "burden"),
        (with_bytes("holidays", 13), OutOfRange, "holidays"),
        (with_bytes("origination_bps", 1_001), OutOfRange, "origination_bps"),
        (with_bytes("fee_recipient", 0), InvalidInput, "fee_recipient"),
        (with_bytes("min_principal", 0), OutOfRange, "min_principal"),
        (with_bytes("coverage_bps", 1 << 20), OutOfRange, "coverage_bps"),
        (with_bytes("min_score", 901), InvalidInput, "min_score"),
        (with_bytes("token_unit", 0), OutOfRange, "token_unit"),
        ("text", InvalidInput, "bytes"),
    ],
)
def test_other_bytes_are_not_a_product(data, error, says):
    with pytest.raises(error, match=says):
        TableProduct.decode(data)


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"min_principal": 0}, OutOfRange, "min_principal"),
        ({"min_principal": 600_000}, OutOfRange, "min_principal"),
        ({"min_principal": 11}, InvalidInput, "last row would ask for nothing"),
        ({"max_principal": 2**48}, OutOfRange, "max_principal"),
        ({"max_principal": 2**48 - 1}, OutOfRange, "reach 2"),
        ({"late_fee": 10**14, "late_fee_cap": 2**48 - 1}, OutOfRange, "late fees reach"),
        ({"token": "0x12"}, InvalidInput, "token must be an address"),
        ({"token_unit": 0}, OutOfRange, "token_unit"),
        ({"late_fee": 2_001}, InvalidInput, "late_fee_cap"),
        ({"grace": DAY - 1}, OutOfRange, "grace must be at least a day"),
        ({"default_after": 0}, OutOfRange, "default_after must be at least a day"),
        ({"default_after": 6 * DAY - 1}, InvalidInput, "a day longer than grace"),
        ({"proof_age": 3_600}, OutOfRange, "proof_age must be at least a day"),
        ({"funding_window": 1}, OutOfRange, "funding_window must be at least a day"),
        ({"funding_window": 91 * DAY}, OutOfRange, "at most 90 days"),
        ({"grace": 2**32}, OutOfRange, "grace"),
        ({"holidays": 13}, OutOfRange, "holidays"),
        ({"origination_bps": 1_001}, OutOfRange, "origination_bps"),
        ({"origination_bps": 0}, InvalidInput, "no fee needs none"),
        ({"fee_recipient": ""}, InvalidInput, "needs a fee_recipient"),
        ({"fee_recipient": "0x" + "0" * 40}, InvalidInput, "address 0"),
        ({"fee_recipient": "0x5"}, InvalidInput, "fee_recipient must be an address"),
        ({"policy": Policy(now=5)}, InvalidInput, "leave instalment, now"),
        ({"policy": Policy(currency=840), "currency": 0}, InvalidInput, "policy has a currency"),
        ({"policy": None}, InvalidInput, "policy"),
        ({"table": ()}, InvalidInput, "table"),
        ({"burden": 1}, InvalidInput, "burden"),
        ({"issuers": "5a"}, InvalidInput, "52 hexadecimal digits"),
        ({"issuers": "5A" * 26}, InvalidInput, "52 hexadecimal digits"),
        ({"issuers": "zz" * 26}, InvalidInput, "52 hexadecimal digits"),
        ({"issuers": "00" * 26}, InvalidInput, "52 hexadecimal digits"),
        ({"max_credential_age": 2**40}, OutOfRange, "max_credential_age"),
    ],
)
def test_a_product_that_somebody_would_regret_is_refused(changes, error, says):
    with pytest.raises(error, match=says):
        replace(PRODUCT, **changes)


@pytest.mark.parametrize(
    ("table", "burden", "says"),
    [
        (monthly("L" * 11 + "R", gap=7 * DAY), Burden.LEVEL, "less than 25 days"),
        (monthly("L" * 11 + "R", gap=7 * DAY), Burden.PEAK, "less than 25 days"),
        (monthly("IIIR"), Burden.LEVEL, "LEVEL rows alone"),
        (monthly("LLSLR", shares=(0, 0, 10**8)), Burden.LEVEL, "LEVEL rows alone"),
        (monthly("R"), Burden.LEVEL, "LEVEL rows alone"),
    ],
)
def test_a_burden_that_understates_a_month_is_refused(table, burden, says):
    with pytest.raises(InvalidInput, match=says):
        replace(PRODUCT, table=table, burden=burden)
    replace(PRODUCT, table=table, burden=Burden.AVERAGE)


# --- what the policy judges -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "level", "peak", "average"),
    [
        (LEVEL, 8_885, 8_885, 8_885),
        (monthly("IIIIIR"), 0, 101_000, 17_667),
        (monthly("D" * 6 + "L" * 11 + "R"), 9_432, 9_432, 6_288),
    ],
)
def test_three_burdens(table, level, peak, average):
    product = replace(PRODUCT, table=table, burden=Burden.PEAK)
    assert product.policy_for(100_000, 5).instalment == peak
    assert table.level(100_000) == level
    product = replace(PRODUCT, table=table, burden=Burden.AVERAGE)
    assert product.policy_for(100_000, 5).instalment == average


def test_the_policy_of_an_application_has_its_times():
    policy = PRODUCT.policy_for(100_000, 1_790_000_000)
    assert (policy.now, policy.min_issued_at) == (1_790_000_000, 1_790_000_000 - 86_400)
    assert policy.instalment == 8_885
    assert replace(PRODUCT, max_credential_age=0).policy_for(100_000, 7).min_issued_at == 0


def test_the_origination_fee_is_rounded_down():
    assert PRODUCT.origination_fee(100_000) == 1_500
    assert PRODUCT.origination_fee(10_001) == 150


@pytest.mark.parametrize("principal", [9_999, 500_001, 0, -5, None, "10000"])
def test_amounts_outside_the_offer_are_refused(principal):
    for ask in (PRODUCT.schedule, PRODUCT.origination_fee, lambda p: PRODUCT.policy_for(p, 5)):
        with pytest.raises(InvalidInput, match="principal"):
            ask(principal)


def test_late_fees_end_at_the_cap():
    assert PRODUCT.most_late_fees == 2_000
    assert replace(PRODUCT, late_fee_cap=50_000).most_late_fees == 6_000
