"""The engine of mutation testing, and mutants that the tests once did not notice.

`make long` tries all mutants: `make long PART=contract-mutants-ledger`, and likewise
`PART=contract-mutants-verifier`, `PART=contract-mutants-openings`, `PART=contract-mutants-gates`,
`PART=contract-mutants-registry`, `PART=contract-mutants-engine`, `PART=contract-mutants-records`
and `PART=contract-mutants-market`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.contracts.mutant_build import CONTRACTS, Sources
from support.contracts.mutant_rounds import REVIEW, outcomes
from support.contracts.mutant_targets import CONSTRUCTING, FAMILIES, TARGETS, mutated, target_of

if TYPE_CHECKING:
    from support.contracts.mutants import Mutant

pytestmark = pytest.mark.node

ONCE_UNNOTICED = {
    "src/Groth16Verifier.sol": (
        "Groth16Verifier._weights: missing part: abi.encode(seed, i) -> abi.encode(i)",
        "Groth16Verifier._weights: cut: uint128(uint256(keccak256(abi.encode(seed, i))))"
        " -> uint8(uint256(keccak256(abi.encode(seed, i))))",
    ),
    "src/OpeningVerifier.sol": (
        "OpeningVerifier._check: part of a condition: opening.answer < BabyJubJubScalars.ORDER &&"
        " -> nothing",
        "OpeningVerifier._check: part of a condition: && _isOnCurve(opening.announcedPoint)"
        " -> nothing",
    ),
    "src/IssuerRegistry.sol": ("IssuerRegistry.constructor: constant: 0 -> 1",),
    "src/gates/RegistryGate.sol": (
        "RegistryGate._credentialInputs: zero argument: registry.isFresh(evidence.registryRoot,"
        " maxRootAge) -> registry.isFresh(evidence.registryRoot, 0)",
    ),
    "src/market/MarketApplications.sol": ("MarketApplications.cancel: never: !may -> false",),
}
"""Source → some mutants that a trial found to survive."""


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources()


@pytest.fixture(scope="module")
def mutants(sources: Sources) -> dict[str, list[Mutant]]:
    return {file: sources.mutants(file) for file in mutated(sources)}


def test_every_source_with_code_of_its_own_is_in_one_part(sources: Sources) -> None:
    files = [file for _, family in FAMILIES.values() for file in family]
    assert sorted(files) == mutated(sources)
    assert set(TARGETS) <= set(files)
    for file in files:
        assert target_of(file, sources).tests, file


def test_what_a_target_names_is_there() -> None:
    for target in TARGETS.values():
        assert all((CONTRACTS / file).is_file() for file in target.contracts)
        for test in (*target.tests, *target.inlined):
            assert (CONTRACTS / "test" / f"{test}.t.sol").is_file(), test


def test_what_a_target_compiles_contains_its_file(sources: Sources) -> None:
    for file, target in TARGETS.items():
        for root in (*target.contracts, *(f"test/{test}.t.sol" for test in target.inlined)):
            assert file in sources.reached([root]), (file, root)


def test_a_mutant_changes_its_place_and_has_a_name_of_its_own(
    sources: Sources, mutants: dict[str, list[Mutant]]
) -> None:
    for file, found in mutants.items():
        assert len({mutant.name for mutant in found}) == len(found) > 0, file
        for mutant in found:
            changed = mutant.applied(sources.text[file])
            assert changed != sources.text[file]
            assert len(changed) - len(sources.text[file]) == len(mutant.after) - len(mutant.before)


def test_every_kind_of_change_is_made(mutants: dict[str, list[Mutant]]) -> None:
    made = {mutant.operator for found in mutants.values() for mutant in found}
    assert made >= {
        "+", "<", "==", "&&", "+=", "constant", "text", "bool", "not", "swapped", "missing part",
        "zero argument", "cut", "no check", "no write", "no call", "no event", "no modifier",
        "part of a condition", "always", "never", "choice", "answer", "mulmod", "lt", "iszero",
    }  # fmt: skip


def test_the_files_that_expect_a_constructor_to_revert_are_known(sources: Sources) -> None:
    tests = {name: text for name, text in sources.text.items() if name.startswith("test/")}
    makes = re.compile(r"function (\w+)\([^;{}]*\{[^{}]*\bnew [A-Z]\w*\(")
    makers = sorted({name for text in tests.values() for name in makes.findall(text)} - {"setUp"})
    expects = re.compile(
        r"(vm\.expect\w*Revert|\bexpect[A-Z]\w*)\([^;{}]*;"
        rf"\s*(?:\w+ = )?(?:new [A-Z]\w*|{'|'.join(makers)})\("
    )
    found = {
        Path(name).name.removesuffix(".t.sol")
        for name, text in tests.items()
        if name.endswith(".t.sol") and expects.search(text)
    }
    assert found == set(CONSTRUCTING)


def test_a_mutant_of_another_version_is_refused(
    sources: Sources, mutants: dict[str, list[Mutant]]
) -> None:
    mutant = mutants["src/CreditLedger.sol"][0]
    with pytest.raises(ValueError, match="has changed"):
        mutant.applied("// one line more\n" + sources.text["src/CreditLedger.sol"])


def test_each_review_is_of_a_mutant_that_exists_and_has_a_reason(
    mutants: dict[str, list[Mutant]],
) -> None:
    reviews = tomllib.loads(REVIEW.read_text())["survivor"]
    names = [(review["file"], review["name"]) for review in reviews]
    assert len(set(names)) == len(names)
    for review in reviews:
        assert review["verdict"] in ("equivalent", "open")
        assert len(review["reason"].split()) >= 5
        existing = {mutant.name for mutant in mutants[review["file"]]}
        assert review["name"] in existing, review["name"]


def test_an_open_survivor_is_the_markets() -> None:
    market = FAMILIES["market"][1]
    for review in tomllib.loads(REVIEW.read_text())["survivor"]:
        assert review["verdict"] == "equivalent" or review["file"] in market


def test_a_change_that_is_not_a_program_is_told_apart(sources: Sources) -> None:
    target = TARGETS["src/gates/EligibilityGate.sol"]
    first, *rest = sources.mutants("src/gates/EligibilityGate.sol")
    broken = type(first)(first.file, first.place, "typo", first.before, "(", start=first.start)
    plain, no_program, other = sources.compiled([None, broken, rest[0]], target.contracts)
    assert no_program is None
    assert plain is not None
    assert other is not None
    assert other != plain


@pytest.mark.slow
def test_mutants_that_once_survived_are_noticed(mutants: dict[str, list[Mutant]]) -> None:
    for file, names in ONCE_UNNOTICED.items():
        chosen = [mutant for mutant in mutants[file] if mutant.name in names]
        assert len(chosen) == len(names), file
        for outcome in outcomes(file, chosen):
            assert outcome.kind == "killed", outcome.mutant.name
