"""Write ``signals.md``: what each public signal of each statement tells, and whom.

The statements and their signals come from the statements' declarations. A signal without words
here, and words without a signal, are errors; a test checks this, and that the page is fresh::

    python docs/reference/make_signals.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from zkcredit.circuits.catalogue import circuit_names, get_statement

PAGE: Final = Path(__file__).with_name("signals.md")


class Words(NamedTuple):
    """What one signal tells."""

    chosen: str
    tells: str
    whom: str


_VERIFIER: Final = "the verifier; at a market, everybody"
_LEDGER: Final = "everybody: the ledger shows it already"
_BUREAU: Final = "everybody: the bureau's storage shows it already"
_POINT: Final = "The second coordinate of the same point; nothing more."

WORDS: Final[dict[str, Words]] = {
    "policy": Words(
        "the verifier",
        "The conditions and the time of the check. That there is a proof tells that they all hold; "
        "neutral conditions tell nothing. Who sees several proofs of one pseudonym, for different "
        "conditions, learns all of them.",
        _VERIFIER,
    ),
    "context": Words(
        "the verifier",
        "The use for which the proof was made: a request, or an application to a market. It is a "
        "hash of public values and tells nothing about the borrower's data.",
        _VERIFIER,
    ),
    "registry_root": Words(
        "the verifier",
        "The registry at one time: the issuer is one of at most 64 in it, and the credential was "
        "not revoked then. It does not tell which issuer.",
        _VERIFIER,
    ),
    "scope": Words(
        "the verifier",
        "The place within which a borrower has one pseudonym.",
        _VERIFIER,
    ),
    "nullifier": Words(
        "the borrower's secret and the scope",
        "The pseudonym: the same borrower in the same scope has the same one, so that proofs in "
        "one scope can be linked. Those of two scopes cannot, and issuers cannot compute it.",
        _VERIFIER,
    ),
    "arbiters_x": Words(
        "the verifier",
        "The arbiters' key, to which the reference is escrowed.",
        _VERIFIER,
    ),
    "arbiters_y": Words("the verifier", _POINT, _VERIFIER),
    "sealed_x": Words(
        "the borrower, at random",
        "The point by which arbiters open the reference; new for each proof, it tells nothing.",
        _VERIFIER,
    ),
    "sealed_y": Words("the borrower, at random", _POINT, _VERIFIER),
    "sealed_value": Words(
        "the issuer's reference, encrypted",
        "The issuer's own reference to the borrower's file, to enough arbiters together; to "
        "fewer of them, and to everybody else, nothing.",
        "as many arbiters as the threshold says",
    ),
    "account_x": Words(
        "the borrower's ledger key",
        "The borrower's account on ledgers. It is one pseudonym for all of the account's entries, "
        "proofs and loans.",
        _LEDGER,
    ),
    "account_y": Words("the borrower's ledger key", _POINT, _LEDGER),
    "c1_x": Words(
        "the issuer of the entry, at random; in a total, the sum of entries",
        "The first half of the ciphertext. It tells the amounts to the account's owner alone.",
        _LEDGER,
    ),
    "c1_y": Words("as c1_x", _POINT, _LEDGER),
    "c2_x": Words(
        "the amounts, encrypted",
        "The second half of the ciphertext. It tells the amounts to the account's owner alone.",
        _LEDGER,
    ),
    "c2_y": Words("the amounts, encrypted", _POINT, _LEDGER),
    "terms": Words(
        "the verifier",
        "The conditions on a history and the day of the check. That there is a proof tells that "
        "they all hold; neutral conditions tell nothing.",
        _VERIFIER,
    ),
    "history_root": Words(
        "the bureau's tree",
        "The records of a bureau at one time: the borrower's is one of them. It does not tell "
        "which.",
        _VERIFIER,
    ),
    "history_scope": Words(
        "the verifier", "The bureau in which the borrower has the record.", _VERIFIER
    ),
    "other_scope": Words(
        "the verifier", "The second place within which a borrower has one pseudonym.", _VERIFIER
    ),
    "other_nullifier": Words(
        "the borrower's secret and the other scope",
        "The pseudonym there. Who sees both knows that they are one borrower's.",
        _VERIFIER,
    ),
    "old_root": Words("the bureau's tree", "The records before the updates.", _BUREAU),
    "new_root": Words("the bureau's records", "The records after the updates.", _BUREAU),
    **{
        f"nullifier_{i}": Words(
            "the bureau's list of changes", "The pseudonym whose record changed.", _BUREAU
        )
        for i in range(1, 13)
    },
    **{
        f"record_{i}": Words(
            "the bureau's storage",
            "The pseudonym's record, and its place in the tree.",
            _BUREAU,
        )
        for i in range(1, 13)
    },
}
"""Signal → what it tells; a signal means the same in every statement that has it."""

_INTRODUCTION: Final = """\
# Public signals

Made by `python docs/reference/make_signals.py` from the statements' declarations.

A proof consists of three points, which are random, and of the public signals below. This is all
that a verifier sees, and all that a chain keeps of the data behind a decision. That the proof
exists tells one more thing: that the statement holds. What the circumstances tell (an address, an
hour, the amount of a loan) is on the page of [limitations](../explanation/limitations.md).

Everything else stays private: the attributes, the features, the holder, the issuer's name, the
revocation id and the times of the credential.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *map(_statement, circuit_names())])


def _statement(name: str) -> str:
    statement = get_statement(name)
    rows = [
        f"| {place} | `{signal}` | {WORDS[signal].chosen} | {WORDS[signal].tells} | "
        f"{WORDS[signal].whom} |"
        for place, signal in enumerate(statement.public, 1)
    ]
    head = "| | signal | chosen by | tells | whom |\n|---|---|---|---|---|"
    return "\n".join([f"## {name}", "", head, *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
