"""Damaged JSON of a proof, its public inputs and its key: wrong types, notations and members."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from zkcredit.bn254 import Q, R
from zkcredit.errors import ZkCreditError
from zkcredit.formats import snarkjs
from zkcredit.groth16 import Proof, VerifyingKey, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

Texts = tuple[str, str, str]
"""verification_key.json, proof.json, public.json."""

# How a number may be written instead: (kind, what to make of the decimal text).
_NOTATIONS = (
    ("a JSON number", int),
    ("a float", float),
    ("hexadecimal", lambda text: hex(int(text))),
    ("a leading zero", lambda text: "0" + text),
    ("a plus sign", lambda text: "+" + text),
    ("a space", lambda text: text + " "),
    ("an underscore", lambda text: text[:1] + "_" + text[1:]),
    ("full-width digits", lambda text: "".join(chr(0xFF10 + int(digit)) for digit in text)),
    ("+ q", lambda text: str(int(text) + Q)),
    ("+ r", lambda text: str(int(text) + R)),
    ("negative", lambda text: str(int(text) - Q)),
    ("empty", lambda _: ""),
    ("a word", lambda _: "one"),
    ("null", lambda _: None),
    ("true", lambda _: True),
    ("a list", lambda text: [text]),
    ("an object", lambda text: {"0": text}),
)


def verdict(texts: Texts) -> str:
    """What this library says: "accepted", the name of a typed error, or "untyped …"."""
    key, proof, public = texts
    try:
        verify(VerifyingKey.from_json(key), snarkjs.load_public(public), Proof.from_json(proof))
    except ZkCreditError as error:
        return type(error).__name__
    except Exception as error:  # whatever it is, it is counted as a fault
        return f"untyped {type(error).__name__}"
    return "accepted"


def mutants(good: Texts) -> Iterator[tuple[str, Texts]]:
    """Kind, and the three documents with one of them damaged. None means what it meant."""
    for which, document in enumerate(("key", "proof", "public inputs")):
        value = json.loads(good[which])
        for kind, changed in _damaged(value):
            text = changed if isinstance(changed, str) else json.dumps(changed)
            yield f"{document}: {kind}", _with(good, which, text)
        for kind, text in _texts(good[which]):
            yield f"{document}: {kind}", _with(good, which, text)


def _with(good: Texts, which: int, text: str) -> Texts:
    first, second, third = (text if i == which else old for i, old in enumerate(good))
    return first, second, third


def _damaged(document: Any) -> Iterator[tuple[str, Any]]:
    for path in _paths(document):
        value = _at(document, path)
        # what a key says about itself, and e(α, β), are not part of what every tool reads
        if path and path[0] in {"zkcredit", "curve", "vk_alphabeta_12", "protocol", "nPublic"}:
            continue
        if isinstance(value, str):
            for kind, change in _NOTATIONS:
                yield f"a number as {kind}", _put(document, path, change(value))
        elif path:
            yield "a part missing", _without(document, path)
            for kind, other in (("null", None), ("text", "x"), ("empty", type(value)())):
                yield f"a part as {kind}", _put(document, path, other)
            if isinstance(value, list):
                yield "an element too many", _put(document, path, [*value, value[-1]])
                yield "an element too few", _put(document, path, value[:-1])
    if isinstance(document, dict):
        yield "the protocol plonk", {**document, "protocol": "plonk"}
        yield "the curve bls12381", {**document, "curve": "bls12381"}
        yield "no protocol", {k: v for k, v in document.items() if k != "protocol"}


def _texts(text: str) -> Iterator[tuple[str, str]]:
    yield "no JSON", text[:-3]
    yield "empty", ""
    yield "null", "null"
    yield "text after the end", text + "x"
    yield "deep", "[" * 200 + text + "]" * 200
    if text.startswith("{"):
        member = text.strip()[1:].split(",", 1)[0]
        yield "a member repeated", "{" + member + "," + text.strip()[1:]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in steps:
            yield from _paths(inner, (*path, step))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def _put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _without(document: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(document)
    del _at(changed, path[:-1])[path[-1]]
    return changed
