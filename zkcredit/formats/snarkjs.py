"""snarkjs's JSON documents: ``proof.json``, ``public.json``, ``verification_key.json``.

Where libraries diverge:

* Points are projective, [x, y, 1]. snarkjs accepts any third coordinate and divides by it, so
  one proof has many encodings; here it must be exactly "1" (["1", "0"] in G2). Infinity, which
  snarkjs writes as [0, 1, 0], has no place in any of the three documents.
* An F_q² element is [c0, c1] as in py_ecc; the EVM and its calldata have c1 first.
* snarkjs reads numbers, decimal and hexadecimal strings, and reduces nothing: x + q passes as x
  (45 of 297 mutated proofs were accepted). Here a coordinate is a string of decimal digits
  without leading zeros, below q; a public input is below r.
* snarkjs and rapidsnark call the curve "bn128", others call it "bn254". This module writes the
  first and accepts both; the name may be absent, as in files of snarkjs before 0.4.
* ``vk_alphabeta_12`` = e(α, β) is redundant, and other tools do not compare it with α and β. It
  may be absent; if it is present, its form is checked here and its value in ``groth16.keys``. Its
  tower is F_q² → v³ = 9 + u → w² = v, indexed [w][v][u], and its pairing is a fixed power of
  py_ecc's.
* Some tools write proof and public inputs into one document, ``{"proof": …, "pub_signals": […]}``
  (iden3) or with ``publicSignals``. Readers of a proof and of public inputs take it, too.
* We add the member "zkcredit" to verification keys; snarkjs ignores it. Other unknown members
  of a key are ignored here, too. In a proof, an unknown member is refused. A repeated member is
  refused everywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from zkcredit._internal.json import decimal, parse
from zkcredit._internal.refused.kinds import but_this_is, kind_of_document
from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "ProofPoints",
    "VerificationKeyDocument",
    "dump_proof",
    "dump_public",
    "dump_verification_key",
    "load_proof",
    "load_public",
    "load_verification_key",
]

ProofPoints: TypeAlias = tuple[G1Point, G2Point, G1Point]
"""The points A, B and C of a proof."""

Tower: TypeAlias = tuple[int, ...]
"""An element of F_q¹² as 12 integers in the order of ``vk_alphabeta_12``, flattened."""

_SIGNALS: Final = ("pub_signals", "publicSignals")
"""What the public inputs are called beside a proof in one document."""

MAX_BYTES: Final = 1 << 22
"""The largest document that is read: a verification key of about ten thousand public inputs."""


@dataclass(frozen=True, slots=True)
class VerificationKeyDocument:
    """The content of ``verification_key.json``: canonical numbers, points not checked.

    Attributes:
        alpha1: α·G₁; beta2, gamma2 and delta2 likewise, over G₂.
        ic: n_public + 1 points.
        alphabeta: e(α, β), or None if the file does not have it.
        extension: our own member "zkcredit", string to string; empty if the file does not have it.
    """

    alpha1: G1Point
    beta2: G2Point
    gamma2: G2Point
    delta2: G2Point
    ic: tuple[G1Point, ...]
    alphabeta: Tower | None
    extension: dict[str, str]


def load_proof(text: str | bytes) -> ProofPoints:
    """Read ``proof.json``, or the proof in a document that has its public inputs, too.

    Raises:
        MalformedFile: if the text is not exactly such a document (see above).
    """
    document = _object(_parse(text, "proof"), "proof", {"pi_a", "pi_b", "pi_c"})
    if _signals_name(document) is not None:
        document = _object(document["proof"], "proof")
    _protocol(document, "proof")
    unknown = document.keys() - {"pi_a", "pi_b", "pi_c", "protocol", "curve"}
    if unknown:
        raise MalformedFile(f"proof: unknown member {_shown(min(unknown))}")
    return (
        _g1(_member(document, "pi_a", "proof"), "pi_a"),
        _g2(_member(document, "pi_b", "proof"), "pi_b"),
        _g1(_member(document, "pi_c", "proof"), "pi_c"),
    )


def dump_proof(proof: ProofPoints) -> str:
    """Write ``proof.json``."""
    a, b, c = proof
    return _render(
        {
            "pi_a": _g1_json(a),
            "pi_b": _g2_json(b),
            "pi_c": _g1_json(c),
            "protocol": "groth16",
            "curve": "bn128",
        }
    )


def load_public(text: str | bytes) -> list[int]:
    """Read ``public.json``: the public inputs in order; or those in a document with the proof.

    Raises:
        MalformedFile: if the text is not a list of decimal strings below r.
    """
    values = _parse(text, "public inputs")
    if (name := _signals_name(values)) is not None:
        values = values[name]
    if not isinstance(values, list):
        raise MalformedFile(f"public inputs: a list is expected{but_this_is(values)}")
    return [_number(value, R, f"public input {i}") for i, value in enumerate(values)]


def dump_public(values: list[int] | tuple[int, ...]) -> str:
    """Write ``public.json``.

    Raises:
        InvalidInput: if a value is not an integer in [0, r).
    """
    for i, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < R:
            raise InvalidInput(f"public input {i} is not an integer in [0, r)")
    return _render([str(value) for value in values])


def load_inputs(text: str | bytes) -> dict[str, int | list[int]]:
    """Read ``input.json``: each field's number, or its numbers, by name.

    A number is decimal text, as snarkjs writes it, or a JSON integer. Its range is the circuit's
    matter.

    Raises:
        MalformedFile: if the text is anything else.
    """
    return {
        name: [_input(name, one) for one in value]
        if isinstance(value, list)
        else _input(name, value)
        for name, value in _object(_parse(text, "inputs"), "inputs").items()
    }


def load_verification_key(text: str | bytes) -> VerificationKeyDocument:
    """Read ``verification_key.json``.

    Raises:
        MalformedFile: if the text is not exactly such a document (see above).
    """
    expected = {"nPublic", "IC", "vk_alpha_1"}
    document = _object(_parse(text, "verification key"), "verification key", expected)
    _protocol(document, "verification key")
    n_public = _member(document, "nPublic", "verification key")
    ic = _member(document, "IC", "verification key")
    if isinstance(n_public, bool) or not isinstance(n_public, int) or not isinstance(ic, list):
        raise MalformedFile("verification key: nPublic must be a number and IC a list")
    if len(ic) != n_public + 1:
        raise MalformedFile(
            f"verification key: {n_public} public inputs need {n_public + 1} points in IC, "
            f"not {len(ic)}"
        )
    extension = _object(document.get("zkcredit", {}), "zkcredit")
    if not all(isinstance(value, str) for value in extension.values()):
        raise MalformedFile("verification key: the members of zkcredit must be strings")
    alphabeta = document.get("vk_alphabeta_12")
    return VerificationKeyDocument(
        alpha1=_g1(_member(document, "vk_alpha_1", "verification key"), "vk_alpha_1"),
        beta2=_g2(_member(document, "vk_beta_2", "verification key"), "vk_beta_2"),
        gamma2=_g2(_member(document, "vk_gamma_2", "verification key"), "vk_gamma_2"),
        delta2=_g2(_member(document, "vk_delta_2", "verification key"), "vk_delta_2"),
        ic=tuple(_g1(point, f"IC[{i}]") for i, point in enumerate(ic)),
        alphabeta=None if alphabeta is None else _tower(alphabeta),
        extension=extension,
    )


def dump_verification_key(key: VerificationKeyDocument) -> str:
    """Write ``verification_key.json``."""
    document: dict[str, Any] = {
        "protocol": "groth16",
        "curve": "bn128",
        "nPublic": len(key.ic) - 1,
        "vk_alpha_1": _g1_json(key.alpha1),
        "vk_beta_2": _g2_json(key.beta2),
        "vk_gamma_2": _g2_json(key.gamma2),
        "vk_delta_2": _g2_json(key.delta2),
    }
    if key.alphabeta is not None:
        c = [str(value) for value in key.alphabeta]
        document["vk_alphabeta_12"] = [
            [[c[i], c[i + 1]] for i in range(start, start + 6, 2)] for start in (0, 6)
        ]
    document["IC"] = [_g1_json(point) for point in key.ic]
    if key.extension:
        document["zkcredit"] = key.extension
    return _render(document)


def _render(document: object) -> str:
    return json.dumps(document, indent=1) + "\n"


def _parse(text: str | bytes, what: str) -> Any:
    return parse(text, what, MAX_BYTES, fractions=True)


def _object(value: Any, what: str, expected: Collection[str] = ()) -> dict[str, Any]:
    """Return an object; one with none of the members is refused by what it is."""
    if not isinstance(value, dict):
        raise MalformedFile(f"{what}: a JSON object is expected{but_this_is(value)}")
    kind = kind_of_document(value)
    if expected and kind and not value.keys() & {*expected} and _signals_name(value) is None:
        raise MalformedFile(f"{what}: the file is {kind}")
    return value


def _member(document: dict[str, Any], name: str, what: str) -> Any:
    if name not in document:
        raise MalformedFile(f"{what}: {name} is missing")
    return document[name]


def _signals_name(document: Any) -> str | None:
    """Return the member with the public inputs, if a document has them and a proof alone."""
    if isinstance(document, dict) and len(document) == 2 and "proof" in document:
        return next((name for name in _SIGNALS if name in document), None)
    return None


def _protocol(document: dict[str, Any], what: str) -> None:
    if "proof" in document and "protocol" not in document:
        others = ", ".join(sorted(map(_shown, document.keys() - {"proof"})))
        raise MalformedFile(
            f"{what}: the members are 'proof' and {others or 'no other'}; only what "
            "'proof' holds is expected here, in a file of its own"
        )
    if document.get("protocol") != "groth16":
        found = f", but {_shown(document['protocol'])}" if "protocol" in document else ""
        raise MalformedFile(f"{what}: the protocol is not groth16{found}")
    if document.get("curve", "bn128") not in ("bn128", "bn254"):
        raise MalformedFile(f"{what}: the curve is not bn128")


def _shown(value: object) -> str:
    return repr(value)[:60]


def _number(value: Any, modulus: int, what: str) -> int:
    _require_decimal(value, what)
    number = decimal(value, what)
    if number >= modulus:
        raise MalformedFile(f"{what}: the number is not below the modulus of its field")
    return number


def _require_decimal(value: Any, what: str) -> None:
    if isinstance(value, str) and value[:2] in ("0x", "0X"):
        raise MalformedFile(f"{what}: hexadecimal digits were found, decimal digits are expected")


def _input(name: str, value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 80:
        return int(value)
    raise MalformedFile(f"inputs: {name} must be an integer or decimal digits as text")


def _list(value: Any, length: int, what: str) -> list[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise MalformedFile(f"{what}: a list of {length} is expected")
    return value


def _g1(value: Any, what: str) -> G1Point:
    x, y, z = _list(value, 3, what)
    _require_decimal(x, what)
    if z != "1":
        raise MalformedFile(f'{what}: the third coordinate is not "1"')
    return G1Point(_number(x, Q, what), _number(y, Q, what))


def _g2(value: Any, what: str) -> G2Point:
    x, y, z = _list(value, 3, what)
    if isinstance(x, list) and x:
        _require_decimal(x[0], what)
    if z != ["1", "0"]:
        raise MalformedFile(f'{what}: the third coordinate is not ["1", "0"]')
    return G2Point(_fq2(x, what), _fq2(y, what))


def _fq2(value: Any, what: str) -> tuple[int, int]:
    c0, c1 = _list(value, 2, what)
    return _number(c0, Q, what), _number(c1, Q, what)


def _tower(value: Any) -> Tower:
    what = "vk_alphabeta_12"
    return tuple(
        coefficient
        for half in _list(value, 2, what)
        for element in _list(half, 3, what)
        for coefficient in _fq2(element, what)
    )


def _g1_json(point: G1Point) -> list[str]:
    return [str(point.x), str(point.y), "1"]


def _g2_json(point: G2Point) -> list[list[str]]:
    return [[str(c) for c in point.x], [str(c) for c in point.y], ["1", "0"]]
