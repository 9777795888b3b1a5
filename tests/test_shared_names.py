"""Two modules of one name mean one noun at different places, or they stand here with their nouns.

A reader who sees ``market.py`` twice must be able to say which is which. Names that follow a rule
need no entry: a command's file is named after the command, a story's parts after the parts of every
story, and a statement's samples after the statement.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import zkcredit

ROOT = Path(zkcredit.__file__).parent

SHARED = {
    "account": {
        "cli/account": "the account on a chain that a command acts from",
        "ledger/account": "a borrower's account at a credit ledger",
    },
    "book": {
        "ledger/book": "an issuer's book of ledger accounts, one for each person",
        "request/book": "a verifier's book of requests",
    },
    "cache": {
        "_internal/cache": "the folder of files that can be made again",
        "circuits/cache": "compiled circuits in that folder",
    },
    "circuit": {
        "r1cs/circuit": "a compiled circuit",
        "request/circuit": "the circuit that answers a request",
    },
    "curve": {
        "bn254/curve": "BN254, the curve of the proofs",
        "escrow/curve": "points of BabyJubJub as arbiters write them",
    },
    "edwards": {
        "audit/rules/edwards": "the rule that pins complete additions down",
        "gadgets/edwards": "complete additions in a circuit",
    },
    "keys": {
        "audit/keys": "audits of keys",
        "groth16/keys": "proofs and keys as values",
    },
    "ledger": {
        "chain/contracts/ledger": "the client of the ledger's contract",
        "wallet/ledger": "the wallet's account at ledgers",
    },
    "points": {
        "audit/rules/points": "the rule that pins points of a curve down",
        "bn254/points": "points of BN254 as numbers",
    },
    "record": {
        "history/record": "a pseudonym's record at a credit bureau",
        "published/record": "the published record of a statement",
        "record": "a borrower's record, as an issuer signs it",
    },
    "registry": {
        "chain/contracts/registry": "the client of the registry's contract",
        "registry": "the accepted issuers and what they revoked",
    },
    "scorecard": {
        "gadgets/scorecard": "a scorecard in a circuit",
        "scoring/scorecard": "a published scorecard",
    },
    "terms": {
        "audit/terms": "linear combinations in the form in which an audit compares them",
        "history/terms": "what a lender asks of a history",
        "r1cs/terms": "linear combinations of wires and their arithmetic",
    },
}
"""Base name → module → the noun that it means there."""

BY_RULE = ("cli/", "demo/", "published/samples/")


def modules() -> dict[str, set[str]]:
    found = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        place = path.relative_to(ROOT).with_suffix("").as_posix()
        package = place.split("/")[-2] if "/" in place else ""
        if path.stem in ("__init__", "__main__") or path.stem == package:
            continue
        if not place.startswith(BY_RULE) or place in SHARED.get(path.stem, {}):
            found[path.stem].add(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def test_every_shared_name_is_listed_with_its_nouns():
    assert modules() == {name: set(nouns) for name, nouns in SHARED.items()}


def test_no_two_nouns_of_a_name_are_the_same():
    for name, nouns in SHARED.items():
        assert len(set(nouns.values())) == len(nouns), name
