"""The book refuses what the library refuses, and publishes what the library encodes."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from eth_abi import decode, encode
from support.contracts.engine_world import world
from support.loan.life_cases import random_product
from support.loan.loan_vectors import FOLDER, products
from support.loan.table_cases import DAY, monthly

from zkcredit.chain.contracts.abi import signature_hash
from zkcredit.chain.contracts.artifacts import artifact
from zkcredit.errors import InvalidInput, TransactionReverted
from zkcredit.loan import Burden, TableProduct
from zkcredit.policy import Policy
from zkcredit.schema import PRODUCT_HEADER, ROW_BYTES, ROW_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = sum(PRODUCT_HEADER.values())
NUMBERS = (
    0, 1, 2, 3, 5, 12, 13, 600, 978, 1_000, 1_001, DAY - 1, DAY, DAY + 1, 6 * DAY, 25 * DAY,
    90 * DAY, 90 * DAY + 1, 10**9, 10**9 + 1, 2**20 - 1, 2**20, 2**32 - 1, 2**32,
)  # fmt: skip


@cache
def token() -> str:
    code = artifact("TestToken").bytecode
    return world().create(code + encode(["string", "string", "uint8"], ["Dollar", "TUSD", 6]))


@cache
def book() -> str:
    engine = encode(["address", "uint256"], [world().engine, DAY])
    return world().create(artifact("ProductBook").bytecode + engine)


def refusal(data: bytes) -> str:
    """The error with which the book refuses these bytes, or nothing."""
    call = signature_hash("publish", ("bytes",))[:4] + encode(["bytes"], [data])
    try:
        world().node.call(book(), call)
    except TransactionReverted as error:
        return error.error or "without a reason"
    return ""


def library_refuses(data: bytes) -> bool:
    try:
        product = TableProduct.decode(data)
    except InvalidInput:
        return True
    assert product.encode() == data
    return False


def agreed(data: bytes) -> str:
    """The book's refusal, which the library must share."""
    found = refusal(data)
    assert found != "without a reason", data.hex()
    assert bool(found) == library_refuses(data), (found, data.hex())
    return found


def changed(data: bytes, fields: Mapping[str, int], start: int, name: str, value: int) -> bytes:
    """The same bytes with one field changed, cut to its width."""
    at = start
    for field, width in fields.items():
        if field == name:
            new = (value & ((1 << 8 * width) - 1)).to_bytes(width)
            return data[:at] + new + data[at + width :]
        at += width
    raise KeyError(name)


def test_products_of_every_kind_are_published() -> None:
    for product in products():
        assert agreed(replace(product, token=token().lower()).encode()) == ""


def test_rows_that_are_not_a_table_are_refused() -> None:
    document = json.loads((FOLDER / "tables.json").read_text())
    plain = TableProduct(monthly("LR"), Policy(), 1_000, 10**6, token().lower()).encode()[:HEADER]
    seen: Counter[str] = Counter()
    for test in (test for group in document["testGroups"] for test in group["tests"]):
        if "NotATable" in test["flags"]:
            rows = bytes.fromhex(test["rows"])
            count = len(rows) // ROW_BYTES
            data = changed(plain, PRODUCT_HEADER, 0, "row_count", count) + rows
            seen[agreed(data)] += 1
    assert seen[""] == 0
    assert seen["RowInvalid"] >= 14
    assert seen["FieldInvalid"] == 2  # no rows, and 121


@pytest.mark.parametrize("name", [name for name in PRODUCT_HEADER if name != "token"])
def test_each_field_of_the_header(name: str) -> None:
    bases = [
        replace(product, token=token().lower()).encode()
        for product in (
            TableProduct(monthly("LLR"), Policy(), 1_000, 10**6, token()),
            TableProduct(monthly("LLR"), Policy(), 1_000, 10**6, token(), burden=Burden.LEVEL,
                         late_fee=500, late_fee_cap=600, currency=978),
        )
    ]  # fmt: skip
    for base in bases:
        for value in (*NUMBERS, (1 << 8 * PRODUCT_HEADER[name]) - 1):
            agreed(changed(base, PRODUCT_HEADER, 0, name, value))


@pytest.mark.parametrize("name", ROW_FIELDS)
def test_each_part_of_a_row(name: str) -> None:
    table = monthly("SDLR", shares=(3 * 10**8, 0, 0, 0))
    base = TableProduct(table, Policy(), 1_000, 10**6, token().lower()).encode()
    for row in range(4):
        start = HEADER + ROW_BYTES * row
        for value in (*NUMBERS, 4, 6, 30 * DAY + 1, (1 << 8 * ROW_FIELDS[name]) - 1):
            agreed(changed(base, ROW_FIELDS, start, name, value))


def random_change(draw: random.Random, data: bytes) -> bytes:
    """One field of the header or of a row changed."""
    value = draw.choice((*NUMBERS, draw.randrange(2**48), draw.randrange(40 * DAY)))
    if draw.random() < 0.5:
        name = draw.choice([field for field in PRODUCT_HEADER if field != "token"])
        return changed(data, PRODUCT_HEADER, 0, name, value)
    row = draw.randrange((len(data) - HEADER) // ROW_BYTES)
    return changed(data, ROW_FIELDS, HEADER + ROW_BYTES * row, draw.choice([*ROW_FIELDS]), value)


def compare(draw: random.Random, count: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for _ in range(count):
        product = replace(random_product(draw), token=token().lower())
        found[agreed(product.encode())] += 1
        found[agreed(random_change(draw, product.encode()))] += 1
    return found


def test_random_products_and_changes_of_them() -> None:
    found = compare(random.Random("zkcredit/book"), 60)
    assert found[""] > 60
    assert found["FieldInvalid"] > 5
    assert found["RowInvalid"] > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_more_random_products(seed: int) -> None:
    compare(random.Random(f"zkcredit/book/{seed}"), 200)


def test_the_book_publishes_the_bytes_as_code() -> None:
    product = TableProduct(monthly("LLR"), Policy(), 1_000, 10**6, token().lower())
    call = signature_hash("publish", ("bytes",))[:4] + encode(["bytes"], [product.encode()])
    (address,) = decode(["address"], world().node.call(book(), call))
    assert int(address, 16)


def test_the_book_is_small(artifacts: dict[str, Any]) -> None:
    assert len(artifacts["ProductBook"]["deployedBytecode"]) // 2 - 1 <= 9_000
