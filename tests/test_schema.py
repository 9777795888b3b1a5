"""The schema is the only place that writes an order or a width out; everything else follows it."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import zkcredit
from zkcredit import schema
from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.circuits.conditions import PolicyTerms
from zkcredit.circuits.hashes import credential_message
from zkcredit.credential import Credential
from zkcredit.ledger import LedgerEntry, LedgerTotals
from zkcredit.policy import Policy
from zkcredit.record import CreditRecord
from zkcredit.request import proof_context
from zkcredit.scoring.scored_record import ScoredRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(zkcredit.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py") if path.name != "schema.py")

ORDERS: dict[str, tuple[str, ...]] = {
    "attributes": schema.ATTRIBUTE_NAMES,
    "credential header": tuple(schema.CREDENTIAL_HEADER),
    "policy": tuple(schema.POLICY_FIELDS),
    "slots": schema.LEDGER_SLOTS,
    "context": schema.LOAN_CONTEXT,
    "product": tuple(schema.PRODUCT_HEADER),
    **schema.PUBLIC_INPUTS,
}
WIDTHS: dict[str, Mapping[str, int]] = {
    "attributes": {spec.name: spec.bits for spec in schema.ATTRIBUTES},
    "policy": schema.POLICY_FIELDS,
}


def names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def test_the_typed_classes_have_the_fields_of_the_schema():
    assert names(CreditRecord) == schema.ATTRIBUTE_NAMES
    assert names(ScoredRecord)[1:] == schema.ATTRIBUTE_NAMES[1:]
    assert names(Policy) == names(PolicyTerms) == tuple(schema.POLICY_FIELDS)
    assert names(LedgerEntry) == names(LedgerTotals) == schema.LEDGER_SLOTS
    header = tuple(schema.CREDENTIAL_HEADER)
    assert names(Credential)[:3] == tuple(inspect.signature(credential_message).parameters)[:3]
    assert names(Credential)[:3] == header
    assert tuple(inspect.signature(proof_context).parameters) == schema.LOAN_CONTEXT


def test_the_statements_have_the_public_inputs_of_the_schema():
    assert {name: get_circuit(name).public_names for name in circuit_names()} == dict(
        schema.PUBLIC_INPUTS
    )


def test_a_product_stores_no_field_of_a_policy_shorter_than_it_is():
    stored = schema.POLICY_FIELDS.keys() & schema.PRODUCT_HEADER.keys() - {"currency"}
    assert len(stored) == 6
    for name in stored:
        assert 8 * schema.PRODUCT_HEADER[name] >= schema.POLICY_FIELDS[name]
    assert 8 * schema.PRODUCT_HEADER["policy_currency"] >= schema.POLICY_FIELDS["currency"]


def test_widths_fit_what_carries_them():
    assert schema.POLICY_BITS == 244
    assert schema.N_ATTRIBUTES == 12
    assert schema.N_SLOTS == 5
    assert schema.MAX_ENTRIES * (2**schema.ENTRY_BITS - 1) < 2**schema.SLOT_BITS


def spelled(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def longest_run(words: list[str | None], order: tuple[str, ...]) -> int:
    best = run = 0
    for before, word in zip([None, *words], words, strict=False):
        follows = (before, word) in set(pairwise(order))
        run = run + 1 if follows else int(word in order)
        best = max(best, run)
    return best


def written_out(tree: ast.AST):
    """(line, name of the order) of each sequence or table of widths that repeats the schema."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load):
            words = [spelled(element) for element in node.elts]
            for name, order in ORDERS.items():
                if longest_run(words, order) >= 4:
                    yield node.lineno, name
        if isinstance(node, ast.Dict):
            pairs = {
                (key.value, value.value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
            }
            for name, widths in WIDTHS.items():
                if len(pairs & widths.items()) >= 3:
                    yield node.lineno, name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_else_writes_an_order_or_a_width_out(path):
    assert list(written_out(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "text",
    [
        "x = (p.min_score, p.max_score, p.instalment, p.coverage_bps)",
        "x = ['score_points', 'monthly_income', 'monthly_expenses', 'monthly_debt_service']",
        "x = {'now': 40, 'currency': 16, 'instalment': 48}",
        "f([currency, token, token_unit, fee_recipient])",
    ],
)
def test_the_search_finds_what_is_written_out(text):
    assert list(written_out(ast.parse(text)))
