"""What reads bytes or JSON is in the table of parsers, or here with the reason why not."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from parsers import PARSERS

import zkcredit

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(zkcredit.__file__).parent
READER = re.compile(
    r"from_(bytes|json|members|named|pem|tuple|values|words)"
    r"|loads?|parse|decode|(load|read|parse|decode)_\w+"
)

# Which parser of the table feeds a function that is not in it.
THROUGH = {
    "cli.options.load_verifying_key": "verification_key",
    "cli.options.read_as": "request",
    "cli.options.read_group": "arbiter_group",
    "cli.options.read_request": "request",
    "cli.fx.read_quote": "quote",
    "cli.verifier.read_key": "request_key",
    "policy.Policy.from_values": "policy",
    "chain.loans.signed_steps.SignedApplication.from_members": "signed_step",
    "chain.loans.signed_steps.SignedHoliday.from_members": "signed_step",
    "chain.loans.signed_steps.SignedPayment.from_members": "signed_step",
    "chain.deployment.Deployment.load": "deployment",
    "chain.deployment.LedgerDeployment.from_members": "deployment",
    "chain.deployment.StoodFor.from_members": "deployment",
    "cli.market.deploy.KeyOptions.load": "verification_key",
    "chain.loans.loan_state.PositionState.from_tuple": "call_output",
    "cli.options.load_entry_key": "proving_key",
    "cli.options.read_model": "scorecard",
    "cli.options.read_object": "policy",
    "cli.options.read_text": "policy",
    "cli.streams.read_stream": "policy",
    "_internal.json.parse": "request",
    "escrow.deal.Deal.from_members": "arbiter_deal",
    "escrow.roster.ArbiterCard.from_members": "arbiter_card",
    "escrow.signed.SeenDefault.from_members": "partial_opening",
    "_internal.files.read_limited": "policy",
    "formats.binfile.parse_sections": "r1cs",
    "formats.calldata.from_words": "calldata",
    "formats.snarkjs.load_proof": "proof",
    "formats.snarkjs.load_verification_key": "verification_key",
    "gadgets.babyjub.decode": "credential",
    "gadgets.eddsa.Signature.from_bytes": "credential",
    "groth16.keyfile.load_proving_key": "proving_key",
    "groth16.resident_key.load_resident_key": "proving_key",
    "groth16.resident_key.load_verifying_key": "proving_key",
    "groth16.resident_key.loads": "proving_key",
    "groth16.ceremony.phase1.load_ptau": "ptau",
    "groth16.keys.Proof.from_words": "proof",
    "groth16.setup.load_or_create_dev_key": "proving_key",
    "loan.table.Table.decode": "table_product",
    "published.record.load_manifest": "manifest",
    "scoring.scored_record.Features.from_named": "credential",
    "scoring.scored_record.ScoredRecord.from_values": "credential",
    "units.parse_time": "request",
}
# Why no stranger's bytes reach the others.
OURS = {
    "cli.account.read_account": "asks the ledger's client, whose calls and events are fed",
    "chain.nodes.revm.raw.read_transaction": "sent by this process to a chain inside it",
    "circom.program.CircomProgram.load": "read by wasmtime; tests/circom run strange ones",
    "circuits.cache.loads": "under the digest of what this installation itself wrote",
    "history.record.read_bureau_word": "an integer of a contract's storage; every width is tried",
    "cli.settings.read_settings": "the user's own file, read by tomllib of the standard library",
    "ledger.account.read_account": "opens envelopes: a sender is known, and sealed 25 bytes",
    "scoring.credit_data.load_credit_data": "a table of an installed package",
    "scoring.credit_data.load_table": "a table of an installed package",
    "scoring.german_credit.load_german_credit": "a table of this package",
    "scoring.german_credit.parse_rows": "a table of this package",
    "scoring.scorecard.load_scorecard": "a file of this package",
    "wallet.limits.read_limits": "the wallet's own records, under its key",
    "wallet.log.read_log": "the wallet's own records, under its key",
    "wallet.seed.Seed.from_words": "what a wallet's owner types",
}


def readers() -> Iterator[str]:
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield from _named(ast.parse(path.read_text()), module)


def _named(parent: ast.Module | ast.ClassDef, name: str) -> Iterator[str]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef):
            yield from _named(node, f"{name}.{node.name}")
        elif isinstance(node, ast.FunctionDef) and READER.fullmatch(node.name):
            yield f"{name}.{node.name}"


def test_every_reader_is_fed_or_has_a_reason() -> None:
    fed = {parser.covers.removeprefix("zkcredit.") for parser in PARSERS.values()}
    found = set(readers())
    new = sorted(found - fed - THROUGH.keys() - OURS.keys())
    assert not new, f"add {new} to PARSERS in fuzz/parsers.py, or a reason here"
    assert sorted((THROUGH.keys() | OURS.keys()) - found) == []  # gone from the library
    assert set(THROUGH.values()) <= PARSERS.keys()


def test_what_is_fed_is_a_function_of_the_library() -> None:
    names = [parser.covers for parser in PARSERS.values()]
    assert all(name.startswith("zkcredit.") for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def loads(data): ...", ["m.loads"]),
        ("def read_symbols(data): ...", ["m.read_symbols"]),
        ("class A:\n class B:\n  def from_json(cls, t): ...", ["m.A.B.from_json"]),
        ("def _loads(data): ...", []),
        ("def outer():\n def loads(data): ...", []),
        ("def reader(): ...\ndef loaded(): ...\ndef from_rows(): ...", []),
    ],
)
def test_a_reader_is_noticed(code: str, expected: list[str]) -> None:
    assert list(_named(ast.parse(code), "m")) == expected
