"""One word, one thing: the glossary's names exist, and public names use no word for another."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import pytest
from support.words.names import Name, command_options, public_names, resolve
from support.words.sentences import ROOT

GLOSSARY = (ROOT / "docs" / "reference" / "glossary.md").read_text()


class Row(NamedTuple):
    """A row of the glossary."""

    words: tuple[str, ...]
    meaning: str
    names: tuple[str, ...]


@lru_cache
def rows() -> tuple[Row, ...]:
    found = []
    for line in GLOSSARY.split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] not in ("word", "---"):
            words, meaning, names = cells
            found.append(
                Row(tuple(words.split(", ")), meaning, tuple(re.findall("`(.+?)`", names)))
            )
    return tuple(found)


# --- the page -------------------------------------------------------------------------------------


def test_every_word_is_explained_once() -> None:
    words = [word for row in rows() for word in row.words]
    assert len(words) == len(set(words))
    assert len(words) >= 40
    for row in rows():
        assert row.meaning.endswith("."), row.words
        assert row.names, row.words


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.words[0])
def test_names_of_the_glossary_are_in_the_code(row: Row) -> None:
    simple = {name.text for name in public_names()}
    contracts = {path.stem for path in (ROOT / "contracts" / "src").rglob("*.sol")}
    for name in row.names:
        assert resolve(name) if name.startswith("zkcredit.") else name in simple | contracts, name


# --- the names ------------------------------------------------------------------------------------

FORBIDDEN_MODULES = {
    "checked": "checked_keys",
    "consent": "request",
    "context": "request or _internal.evm",
    "descent": "ceremony.phase2_check",
    "documents": "_internal.json",
    "hygiene": "key_checks",
    "initial": "ceremony.phase2_start",
    "origin": "trust",
    "presented": "presentation",
    "sealed_store": "vault",
    "secretbox": "password_lock",
    "sources": "source_lines",
    "strict_json": "_internal.json",
}
"""Module names that say nothing, or something else, and what the thing is called."""

HPKE = (
    "zkcredit._internal.hpke",
    "zkcredit.envelope",
    "zkcredit.escrow.deal",
    "zkcredit.ledger",
    "zkcredit.cli.ledger",
    "zkcredit.chain.contracts.ledger",  # it posts sealed entries
)
"""Where something is sealed: by HPKE, to one receiver."""

SETTLED_LOANS = (
    "zkcredit.chain.loans",
    "zkcredit.cli.loan",
    "zkcredit.demo",
    "zkcredit.loan",
)
"""Where a loan is settled."""

FORBIDDEN_NAMES = {
    "ApplicationRequest": "LoanRequest",
    "DamagedWallet": "DamagedFile",
    "KernelError": "InternalError or MachineError",
    "LedgerPresentation": "Presentation",
    "SealedPresentation": "Presentation",
    "eligibility_escrow": "escrow_eligibility",
    "prove_ledger": "Wallet.prove",
    "prove_sealed": "Wallet.prove",
    "verify_ledger": "verify",
    "verify_sealed": "verify",
}

FORBIDDEN_WORDS = {
    "demand": "request",
    "hygiene": "key_checks",
    "payload": "the thing's own name",
    "unseal": "open, or decrypt",
}

KEYS = re.compile(r"\b(ProvingKey|VerifyingKey|Point|str)\b")
"""Types of keys that have a name of their own: proving_key, verifying_key, account, …"""

STORED = {
    "zkcredit.chain.contracts.events.Escrowed.seal": "the contract's event",
    "zkcredit.chain.contracts.events.SealPlaced": "the contract's event",
    "zkcredit.chain.contracts.events.SealPlaced.seal": "the contract's event",
    "zkcredit.circuits.escrow_eligibility.EscrowWitness.seal_scalar": "an input of the circuit",
}
"""Names that published records and contracts have, so that they stay."""


def faults(name: Name) -> list[str]:
    """Say what is wrong with a public name."""
    found = []
    last = name.text.rpartition(".")[2]
    if name.kind == "module" and last in FORBIDDEN_MODULES:
        found.append(f"say {FORBIDDEN_MODULES[last]}")
    if last in FORBIDDEN_NAMES:
        found.append(f"say {FORBIDDEN_NAMES[last]}")
    for word in set(name.words) & FORBIDDEN_WORDS.keys():
        if not (word == "unseal" and name.where.startswith(HPKE)):
            found.append(f"say {FORBIDDEN_WORDS[word]}")
    if {"seal", "sealed"} & set(name.words) and not name.where.startswith(HPKE):
        found.append("only an HPKE envelope is sealed: say escrowed, encrypted or vault")
    if {"settle", "settled"} & set(name.words) and not name.where.startswith(SETTLED_LOANS):
        found.append("only a loan is settled: say snapshot or finish")
    if name.kind == "parameter" and last == "key" and KEYS.search(name.type):
        found.append("say proving_key, verifying_key, account or idempotency_key")
    if name.kind == "function" and last.startswith("check_"):
        found.append("say assert_ for a constraint, require_ for an exception")
    return found


def test_public_names_have_one_meaning() -> None:
    wrong = {
        name.where: faults(name)
        for name in public_names()
        if faults(name) and name.where not in STORED
    }
    assert STORED.keys() <= {name.where for name in public_names()}
    assert not wrong, "\n".join(f"{where}: {'; '.join(what)}" for where, what in wrong.items())


def test_options_have_one_meaning() -> None:
    options = command_options()
    assert len(options) > 50
    wrong = {
        command: option
        for command, option in options
        if re.search(r"seal|settle|hygiene|origin|presented|demand|\bdocument", option)
    }
    assert wrong == {}


# --- the test's own tools -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "where", "type_", "count"),
    [
        ("module", "zkcredit.groth16.hygiene", "", 2),
        ("module", "zkcredit.presented", "", 1),
        ("module", "zkcredit.presentation", "", 0),
        ("function", "zkcredit.storage.vault.seal", "", 1),
        ("function", "zkcredit.envelope.Envelope.seal", "", 0),
        ("function", "zkcredit.chain.sending.outbox.Outbox.settle", "", 1),
        ("function", "zkcredit.groth16.keys.check_points", "", 1),
        ("class", "zkcredit.escrow.SealedPresentation", "", 2),
        ("parameter", "zkcredit.groth16.prover.prove(key)", "ProvingKey", 1),
        ("parameter", "zkcredit.chain.send(key)", "str | None", 1),
        ("parameter", "zkcredit.gadgets.eddsa.sign(key)", "SigningKey", 0),
    ],
)
def test_wrong_names_are_noticed(kind: str, where: str, type_: str, count: int) -> None:
    assert len(faults(Name(kind, where, type_))) == count


def test_names_are_found() -> None:
    found = {name.where for name in public_names()}
    assert "zkcredit.policy" in found
    assert "zkcredit.policy.Policy.check" in found
    assert "zkcredit.groth16.verification.verify(proof)" in found
    assert "zkcredit.request.proof_request.ProofRequest.purpose" in found
