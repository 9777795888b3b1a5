"""What every presentation shares: its JSON form, and the comparison with what is expected.

A presentation is a proof with its public inputs, in the members ``proof`` and ``publicSignals``
that snarkjs takes, beside the statement's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal import json
from zkcredit.errors import InvalidProof, MalformedFile
from zkcredit.groth16.keys import Proof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CONSENTED", "MAX_BYTES", "read", "require_expected", "write"]

MAX_BYTES: Final = 1 << 14

CONSENTED: Final = "verifier, purpose, expiry or nonce"
"""What the context of a presentation stands for, in words."""

_TYPE: Final = "zkcredit/presentation/1"
_WHAT: Final = "presentation"


def write(statement: str, signals: Sequence[int], proof: Proof, **more: str) -> str:
    """A presentation of a statement as JSON, with further members of its own."""
    return json.canonical(
        {
            "type": _TYPE,
            "statement": statement,
            "publicSignals": [str(value) for value in signals],
            "proof": json.parse(proof.to_json(), "proof", MAX_BYTES),
            **more,
        }
    )


def read(
    document: Any, statement: str, count: int, *more: str
) -> tuple[list[int], Proof, dict[str, Any]]:
    """Public inputs, proof and further members of a parsed presentation.

    Args:
        document: what ``json.parse`` made of the text.
        statement: the one that it must be of.
        count: how many public inputs that has.
        more: names of further members, which it must have.

    Raises:
        MalformedFile: not exactly such a document.
    """
    names = ("type", "statement", "publicSignals", "proof", *more)
    members = json.members(document, names, _WHAT)
    if members["type"] != _TYPE or members["statement"] != statement:
        raise MalformedFile(f"{_WHAT}: must be a {_TYPE} of the statement {statement}")
    signals = members["publicSignals"]
    if not isinstance(signals, list) or len(signals) != count:
        raise MalformedFile(f"{_WHAT}: {count} public signals are expected")
    proof = Proof.from_json(json.canonical(members["proof"]))
    return [_decimal(value) for value in signals], proof, {name: members[name] for name in more}


def require_expected(
    presentation: object, expected: Mapping[str, object], context: str = CONSENTED
) -> None:
    """Insist that each attribute is what the verifier expects.

    Args:
        presentation: what was shown.
        expected: attribute → value.
        context: what the attribute ``context`` is called in the error.

    Raises:
        InvalidProof: it is about something else.
    """
    for name, value in expected.items():
        if getattr(presentation, name) != value:
            meant = context if name == "context" else name
            raise InvalidProof(f"the presentation is for another {meant} than expected")


def _decimal(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 80:
        number = int(value)
        if str(number) == value:
            return number
    raise MalformedFile(f"{_WHAT}: a public signal must be decimal digits as text")
