"""A presentation as a W3C Verifiable Presentation (Verifiable Credentials Data Model 2.0).

The Verifiable Presentation has three members: ``@context``, ``type``, and ``creditPresentation``,
which is our own document. JSON-LD reads that member as a JSON literal (``@type`` is ``@json``), so
its members are not taken for terms of a vocabulary.

What the data model could say and this document does not, because it would be false:

* ``proof`` is a Data Integrity proof (section 4.12). Ours is a Groth16 proof, for which no
  cryptosuite is registered; the member has a name of its own (section 5.13 permits it).
* ``verifiableCredential`` needs an issuer and a subject. The proof hides both.
* ``holder`` is a URL of the borrower. The borrower is known by a pseudonym within one scope.

The proof secures its public inputs, and nothing else of the document. So a document with a further
member is refused: somebody could have added it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal import json
from zkcredit._internal.checks import require_instance
from zkcredit.errors import MalformedFile
from zkcredit.presentation import Presentation

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_BYTES",
    "presentation_in",
    "read_verifiable_presentation",
    "verifiable_presentation",
    "write_verifiable_presentation",
]

MAX_BYTES: Final = 1 << 15
"""The longest document that is read."""

_WHAT: Final = "verifiable presentation"
_MEMBER: Final = "creditPresentation"
_CONTEXT: Final = [
    "https://www.w3.org/ns/credentials/v2",
    {
        "CreditPresentation": "urn:zkcredit:v1#CreditPresentation",
        _MEMBER: {"@id": "urn:zkcredit:v1#creditPresentation", "@type": "@json"},
    },
]
_TYPES: Final = ["VerifiablePresentation", "CreditPresentation"]


def verifiable_presentation(presentation: Presentation) -> dict[str, Any]:
    """Return the Verifiable Presentation around a presentation, as an object of JSON.

    Raises:
        InvalidInput: if the argument is not a ``Presentation``.
    """
    text = require_instance("the presentation", presentation, Presentation).to_json()
    context = json.parse(json.canonical(_CONTEXT), _WHAT, MAX_BYTES)  # a copy for the caller
    return {
        "@context": context,
        "type": list(_TYPES),
        _MEMBER: json.parse(text, _WHAT, MAX_BYTES),
    }


def presentation_in(document: Mapping[str, Any]) -> Presentation:
    """Return the presentation in a Verifiable Presentation that ``verifiable_presentation`` made.

    Raises:
        MalformedFile: if it is not exactly such an object.
        OutOfRange: if a public input is not below r.
    """
    found = json.members(document, ("@context", "type", _MEMBER), _WHAT)
    if found["@context"] != _CONTEXT or found["type"] != _TYPES:
        raise MalformedFile(f"{_WHAT}: context or type is not that of a CreditPresentation")
    return Presentation.from_json(json.canonical(found[_MEMBER]))


def write_verifiable_presentation(presentation: Presentation) -> str:
    """Return a presentation as the JSON of a W3C Verifiable Presentation.

    Raises:
        InvalidInput: if the argument is not a ``Presentation``.
    """
    return json.canonical(verifiable_presentation(presentation))


def read_verifiable_presentation(text: str | bytes) -> Presentation:
    """Read what ``write_verifiable_presentation`` wrote. The proof is not verified.

    Raises:
        MalformedFile: if the text is anything else; also if it has a further member, which the
            proof would not secure.
        OutOfRange: if a public input is not below r.
    """
    return presentation_in(json.parse(text, _WHAT, MAX_BYTES))
