from __future__ import annotations

import copy
import json
import sys
from typing import Any

import pytest
from support.formats import snarkjs_toy as toy

from zkcredit._internal.json import parse
from zkcredit.bn254 import Q, R
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.formats import calldata, snarkjs

PROOF: dict[str, Any] = json.loads(toy.text("proof.json"))
KEY: dict[str, Any] = json.loads(toy.text("verification_key.json"))
PUBLIC: list[str] = json.loads(toy.text("public.json"))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> str:
    document = copy.deepcopy(document)
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(document)


def without(document: dict[str, Any], name: str) -> str:
    return json.dumps({k: v for k, v in document.items() if k != name})


NOT_NUMBERS = [
    1, 1.0, True, False, None, [], {}, ["1"], "", " 1", "1 ", "+1", "-1", "01", "00", "0x1",
    "1e3", "1.0", "1_0", "٣", "1\n", "１", "9" * 78, "9" * 79, "9" * 5000, "NaN",
]  # fmt: skip


@pytest.mark.parametrize("bad", [*NOT_NUMBERS, str(Q), str(Q + 1), str(2**256)])
@pytest.mark.parametrize(
    "path", [("pi_a", 0), ("pi_a", 1), ("pi_b", 0, 0), ("pi_b", 1, 1), ("pi_c", 0), ("pi_c", 1)]
)
def test_a_coordinate_is_a_canonical_decimal_string(path: tuple[Any, ...], bad: object) -> None:
    with pytest.raises(MalformedFile, match=str(path[0])):
        snarkjs.load_proof(replaced(PROOF, path, bad))


@pytest.mark.parametrize("bad", [*NOT_NUMBERS, str(R), str(Q), str(2**256)])
def test_a_public_input_is_a_canonical_decimal_string(bad: object) -> None:
    with pytest.raises(MalformedFile, match="public input 1"):
        snarkjs.load_public(json.dumps(["0", bad]))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("pi_a", 2), "2"),
        (("pi_a", 2), "0"),
        (("pi_a", 2), 1),
        (("pi_a", 2), str(Q + 1)),
        (("pi_b", 2), ["0", "1"]),
        (("pi_b", 2), ["1"]),
        (("pi_b", 2), "1"),
        (("pi_c", 2), "01"),
        (("pi_a",), ["1", "2"]),
        (("pi_a",), ["1", "2", "1", "1"]),
        (("pi_a",), {"0": "1"}),
        (("pi_b", 0), ["1"]),
        (("pi_b", 0), "12"),
        (("pi_c",), None),
        (("protocol",), "plonk"),
        (("protocol",), None),
        (("protocol",), ["groth16"]),
        (("curve",), "bls12381"),
        (("curve",), 1),
        (("curve",), ["bn128"]),
        (("extra",), 1),
        (("__proto__",), {}),
    ],
)
def test_another_shape_of_a_proof_is_refused(path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(MalformedFile):
        snarkjs.load_proof(replaced(PROOF, path, value))


@pytest.mark.parametrize("name", ["pi_a", "pi_b", "pi_c", "protocol"])
def test_a_proof_without_a_member_is_refused(name: str) -> None:
    with pytest.raises(MalformedFile):
        snarkjs.load_proof(without(PROOF, name))


def test_the_curve_may_be_absent_or_called_bn254() -> None:
    expected = snarkjs.load_proof(toy.text("proof.json"))
    assert snarkjs.load_proof(without(PROOF, "curve")) == expected
    assert snarkjs.load_proof(replaced(PROOF, ("curve",), "bn254")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "1", '"a"', "{", "{}", "\ufeff{}", b"\xff\xfe", b"\x80", "[" * 100_000,
        '{"a":' * 50_000, "NaN", "1" * 10_000, "{" + " " * (1 << 22),
        '{"protocol": "groth16", "protocol": "groth16"}',
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "load", [snarkjs.load_proof, snarkjs.load_public, snarkjs.load_verification_key]
)
def test_what_is_no_such_document_gives_the_typed_error(load: Any, text: str | bytes) -> None:
    if load is snarkjs.load_public and text == "[]":
        assert load(text) == []
        return
    with pytest.raises(MalformedFile):
        load(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("nPublic",), 2),
        (("nPublic",), 4),
        (("nPublic",), "3"),
        (("nPublic",), True),
        (("nPublic",), -1),
        (("nPublic",), 3.0),
        (("IC",), []),
        (("IC",), {}),
        (("IC", 1), ["1", "2"]),
        (("IC", 2, 2), "0"),
        (("vk_alpha_1", 0), str(Q)),
        (("vk_beta_2", 1, 1), "x"),
        (("vk_gamma_2", 2), ["1", "1"]),
        (("vk_delta_2",), None),
        (("vk_alphabeta_12",), []),
        (("vk_alphabeta_12", 0, 0, 0), str(Q)),
        (("vk_alphabeta_12", 1, 2), ["1"]),
        (("protocol",), "fflonk"),
        (("curve",), "bls12381"),
        (("zkcredit",), "dev"),
        (("zkcredit",), {"origin": 1}),
    ],
)
def test_another_shape_of_a_key_is_refused(path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(MalformedFile):
        snarkjs.load_verification_key(replaced(KEY, path, value))


@pytest.mark.parametrize(
    "name", ["nPublic", "IC", "vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2", "protocol"]
)
def test_a_key_without_a_member_is_refused(name: str) -> None:
    with pytest.raises(MalformedFile):
        snarkjs.load_verification_key(without(KEY, name))


def test_documents_are_written_as_snarkjs_writes_them() -> None:
    proof = snarkjs.load_proof(toy.text("proof.json"))
    key = snarkjs.load_verification_key(toy.text("verification_key.json"))
    assert json.loads(snarkjs.dump_proof(proof)) == PROOF
    assert json.loads(snarkjs.dump_verification_key(key)) == KEY
    assert json.loads(snarkjs.dump_public(snarkjs.load_public(toy.text("public.json")))) == PUBLIC


@pytest.mark.parametrize("bad", [-1, R, 2**256, True, 1.0, "1", None])
def test_a_bad_public_input_is_not_written(bad: Any) -> None:
    with pytest.raises(InvalidInput, match="public input 1"):
        snarkjs.dump_public([0, bad])


def test_calldata_agrees_with_snarkjs_and_round_trips() -> None:
    proof = snarkjs.load_proof(toy.text("proof.json"))
    public = snarkjs.load_public(toy.text("public.json"))
    assert calldata.snarkjs_text(proof, public) == toy.text("calldata.txt").strip()
    assert calldata.from_words(calldata.to_words(proof)) == proof
    assert calldata.from_bytes(calldata.to_bytes(proof)) == proof
    assert calldata.to_bytes(proof)[64:96] == proof[1].x[1].to_bytes(32, "big")


@pytest.mark.parametrize("index", range(8))
@pytest.mark.parametrize("bad", [Q, -1, 2**256, True, 1.0, "1", None])
def test_calldata_words_are_canonical(index: int, bad: Any) -> None:
    words: list[Any] = [1] * 8
    words[index] = bad
    with pytest.raises(MalformedFile):
        calldata.from_words(words)


@pytest.mark.parametrize("data", [b"", bytes(255), bytes(257), b"\xff" * 256])
def test_calldata_bytes_are_256(data: bytes) -> None:
    with pytest.raises(MalformedFile):
        calldata.from_bytes(data)
    with pytest.raises(MalformedFile):
        calldata.from_words([1] * 7)


def test_calldata_is_not_made_of_bad_numbers() -> None:
    a, b, c = snarkjs.load_proof(toy.text("proof.json"))
    with pytest.raises(OutOfRange):
        calldata.to_words((a._replace(x=Q), b, c))
    with pytest.raises(OutOfRange):
        calldata.snarkjs_text((a, b, c), [R])


@pytest.mark.parametrize(
    "text",
    ["[" * 33 + "]" * 33, '{"a":' * 33 + "1" + "}" * 33, "[" * 200_000, '{"a":[' * 60_000],
)
def test_nesting_is_bounded_even_where_python_is_told_to_recurse_without_end(text: str) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)  # importing py_ecc does much the same
    try:
        with pytest.raises(MalformedFile, match="nested"):
            parse(text, "it", 1 << 22)
    finally:
        sys.setrecursionlimit(before)
    assert parse("[" * 32 + "]" * 32, "it", 100)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', '{"a": 1, "a": 1}'])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(MalformedFile, match="it: "):
        parse(text, "it", 100)
