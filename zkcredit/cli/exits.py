"""The exit code and the one line of text for each typed error."""

from __future__ import annotations

from typing import Final

import zkcredit.errors as errors

INTERRUPTED: Final = 130

# The first match decides, so a class stands before the classes that it derives from.
_CODES: Final[tuple[tuple[type[errors.ZkCreditError], int], ...]] = (
    (errors.InvalidInput, 2),
    (errors.KernelUnavailable, 2),
    (errors.MissingExtra, 2),
    (errors.InvalidProof, 3),
    (errors.UnsatisfiedWitness, 3),
    (errors.UnsafeKey, 4),
    (errors.ChainError, 5),
    (errors.NotEligible, 6),
    (errors.CostAboveLimit, 6),
    (errors.ExpiredCredential, 6),
    (errors.RevokedCredential, 6),
    (errors.UnknownIssuer, 6),
    (errors.WrongPassword, 7),
    (errors.ZkCreditError, 1),
)


def exit_code(error: errors.ZkCreditError) -> int:
    """Return the exit code that the package's docstring documents for this error."""
    return next(code for kind, code in _CODES if isinstance(error, kind))


def describe(error: errors.ZkCreditError) -> dict[str, object]:
    """Return what ``--json`` prints about an error: its name, text, code and details."""
    named = next(kind for kind in type(error).__mro__ if not kind.__name__.startswith("_"))
    described: dict[str, object] = {
        "error": named.__name__,
        "message": one_line(str(error)),
        "exit_code": exit_code(error),
    }
    if error.file:
        described["file"] = error.file
    if isinstance(error, errors.MalformedFile) and error.line:
        described |= {"line": error.line, "column": error.column}
    if isinstance(error, errors.MissingExtra):
        described["extra"] = error.extra
    if isinstance(error, errors.NotEligible):
        described |= {"shortfalls": error.shortfalls, "in_words": shortfalls_in_words(error)}
    if isinstance(error, errors.LoanError) and error.possible_at is not None:
        described["possible_at"] = error.possible_at
    if isinstance(error, errors.TransactionReverted) and error.error:
        described["contract_error"] = error.error
    if isinstance(error, errors.WrongShare):
        described |= {"dealer": error.dealer, "name": error.name}
    if isinstance(error, errors.WrongOpening):
        described["arbiters"] = list(error.arbiters)
    if isinstance(error, errors.InvalidProof) and error.differs:
        described["differs"] = list(error.differs)
    if isinstance(error, errors.UnsatisfiedWitness):
        described |= {"constraint": error.constraint, "gadget": error.gadget}
    return described


def shortfalls_in_words(error: errors.NotEligible) -> list[str]:
    """Return what a borrower misses, one sentence for each condition."""
    from zkcredit.policy import shortfall_words

    return shortfall_words(error.shortfalls, error.currency)


def one_line(text: str) -> str:
    """Return the text as one printable line, because a hostile file must not control a terminal."""
    joined = " ".join(text.split())
    return "".join(char if char.isprintable() else "�" for char in joined)
