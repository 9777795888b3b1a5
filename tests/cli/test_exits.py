"""One place maps errors to exit codes; text from outside cannot steer a terminal."""

from __future__ import annotations

import pytest

from zkcredit import errors
from zkcredit.cli.exits import describe, exit_code, one_line

CASES = [
    (errors.ZkCreditError("x"), 1),
    (errors.InvalidInput("x"), 2),
    (errors.OutOfRange("x"), 2),
    (errors.MalformedFile("x"), 2),
    (errors.InvalidProof("x"), 3),
    (errors.UnsatisfiedWitness("x", 7, "range"), 3),
    (errors.UnsafeKey("x"), 4),
    (errors.ChainError("x"), 5),
    (errors.NodeUnavailable("x"), 5),
    (errors.TransactionReverted("x", "ProofInvalid"), 5),
    (errors.TransactionTimeout("x"), 5),
    (errors.NotEligible("x", {"min_score": 3}), 6),
    (errors.ExpiredCredential("x"), 6),
    (errors.RevokedCredential("x"), 6),
    (errors.UnknownIssuer("x"), 6),
    (errors.WrongPassword("x"), 7),
    (errors.DamagedFile("x"), 1),
    (errors.InvalidSignature("x"), 1),
    (errors.CircuitError("x"), 1),
    (errors.KernelUnavailable("x"), 2),
    (errors.MissingExtra("x", "chain"), 2),
    (errors.OutOfMemory("x"), 1),
    (errors.MachineError("x"), 1),
    (errors.InternalError("x"), 1),
]


@pytest.mark.parametrize(("error", "code"), CASES, ids=lambda value: type(value).__name__)
def test_every_branch_of_the_tree_has_its_code(error: errors.ZkCreditError, code: int) -> None:
    assert exit_code(error) == code
    assert describe(error)["exit_code"] == code


def test_details_of_an_error_are_described() -> None:
    assert describe(errors.NotEligible("x", {"min_score": 3}))["shortfalls"] == {"min_score": 3}
    assert describe(errors.TransactionReverted("x", "AmountZero"))["contract_error"] == "AmountZero"
    assert describe(errors.UnsatisfiedWitness("x", 7, "range"))["constraint"] == 7
    assert describe(errors.MissingExtra("x", "chain"))["extra"] == "chain"
    placed = describe(errors.MalformedFile("x", 3, 14))
    assert (placed["line"], placed["column"]) == (3, 14)
    assert not {"line", "file"} & describe(errors.MalformedFile("x")).keys()
    assert "contract_error" not in describe(errors.TransactionReverted("x"))


@pytest.mark.parametrize("text", ["a\nb", "a \t b", "a\r\nb"])
def test_messages_stay_on_one_line(text: str) -> None:
    assert one_line(text) == "a b"


def test_control_characters_are_not_printed() -> None:
    assert "\x1b" not in one_line("\x1b[31mred")
    assert "\u202e" not in one_line("evil\u202etxt")
