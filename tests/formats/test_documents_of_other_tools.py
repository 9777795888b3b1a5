"""Files as other tools write them: what is taken, and what is refused by its name."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.cli.cli_desk import run
from support.formats.snarkjs_toy import FOLDER

from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import InvalidInput, MalformedFile, UnsatisfiedWitness
from zkcredit.formats import r1cs, snarkjs, wtns, zkey
from zkcredit.groth16 import load_proving_key, prove

if TYPE_CHECKING:
    from pathlib import Path

MARK = b"\xef\xbb\xbf"
FILES = ("verification_key.json", "public.json", "proof.json")
PROOF = json.loads((FOLDER / "proof.json").read_text())


@pytest.mark.filterwarnings("ignore:zkcredit single-party key")
def test_a_byte_order_mark_before_json_is_skipped(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(MARK + (FOLDER / name).read_bytes())
    assert run("groth16", "verify", *(tmp_path / name for name in FILES)).code == 0


def test_a_second_mark_is_not_json() -> None:
    with pytest.raises(MalformedFile, match=r"proof: the text is not JSON \(line 1, column 1\)"):
        snarkjs.load_proof(2 * MARK + (FOLDER / "proof.json").read_bytes())


def test_an_error_names_line_and_column() -> None:
    with pytest.raises(MalformedFile, match=r"not JSON \(line 3, column 2\)"):
        snarkjs.load_public('[\n "1",\n ,"2"]')


def as_hex(value: object) -> object:
    if isinstance(value, list):
        return [as_hex(element) for element in value]
    return hex(int(str(value)))


@pytest.mark.parametrize("member", ["pi_a", "pi_b", "pi_c"])
def test_hexadecimal_digits_are_told(member: str) -> None:
    text = json.dumps(PROOF | {member: as_hex(PROOF[member])})
    with pytest.raises(MalformedFile, match=f"{member}: hexadecimal digits were found"):
        snarkjs.load_proof(text)


def test_hexadecimal_public_inputs_are_told() -> None:
    with pytest.raises(MalformedFile, match="public input 1: hexadecimal digits were found"):
        snarkjs.load_public('["1", "0x2"]')


@pytest.mark.parametrize("name", ["pub_signals", "publicSignals"])
@pytest.mark.filterwarnings("ignore:zkcredit single-party key")
def test_proof_and_signals_in_one_document_are_read(tmp_path: Path, name: str) -> None:
    signals = json.loads((FOLDER / "public.json").read_text())
    both = tmp_path / "both.json"
    both.write_text(json.dumps({"proof": PROOF, name: signals}))
    assert snarkjs.load_proof(both.read_bytes()) == snarkjs.load_proof(json.dumps(PROOF))
    assert snarkjs.load_public(both.read_bytes()) == [int(one) for one in signals]
    vk = FOLDER / "verification_key.json"
    assert run("groth16", "verify", vk, both).code == 0
    assert run("groth16", "verify", vk, both, FOLDER / "proof.json").code == 0
    said = run("groth16", "calldata", both).out
    assert said == run("groth16", "calldata", FOLDER / "public.json", FOLDER / "proof.json").out
    both.write_text(json.dumps({"proof": PROOF, name: [*signals[:-1], "8"]}))
    assert run("groth16", "verify", vk, both).code == 3


@pytest.mark.filterwarnings("ignore:zkcredit single-party key")
def test_one_file_must_have_both() -> None:
    vk = FOLDER / "verification_key.json"
    for name, said in (("public.json", "proof: a JSON object"), ("proof.json", "a list is")):
        told = run("groth16", "verify", vk, FOLDER / name)
        assert (told.code, said in told.err) == (2, True)


@pytest.mark.parametrize("change", [{"pi_d": []}, {"pi_a": ["1", "2", "0"]}, {"protocol": "plonk"}])
def test_a_proof_beside_signals_is_read_as_strictly(change: dict[str, object]) -> None:
    with pytest.raises(MalformedFile):
        snarkjs.load_proof(json.dumps({"proof": PROOF | change, "pub_signals": ["1"]}))
    for signals in (1, {"a": 1}, ["x"], [1], None):
        with pytest.raises(MalformedFile, match="public input"):
            snarkjs.load_public(json.dumps({"proof": PROOF, "pub_signals": signals}))


@pytest.mark.parametrize("other", ["public_inputs", "inputs", "signals"])
def test_a_proof_beside_something_else_is_told(other: str) -> None:
    text = json.dumps({"proof": PROOF, other: ["1"]})
    with pytest.raises(MalformedFile, match=f"the members are 'proof' and '{other}'"):
        snarkjs.load_proof(text)
    with pytest.raises(MalformedFile, match="the members are 'proof' and no other"):
        snarkjs.load_proof(json.dumps({"proof": PROOF}))


@pytest.mark.parametrize("protocol", ["plonk", "fflonk"])
def test_another_protocol_is_told(protocol: str) -> None:
    with pytest.raises(MalformedFile, match=f"not groth16, but '{protocol}'"):
        snarkjs.load_proof(json.dumps(PROOF | {"protocol": protocol}))


@pytest.mark.parametrize(("number", "name"), [(2, "PLONK"), (10, "FFLONK")])
def test_a_key_of_another_protocol_is_told(number: int, name: str) -> None:
    data = bytearray((FOLDER / "ceremony.zkey").read_bytes())
    at = 12
    while struct.unpack_from("<I", data, at)[0] != 1:
        at += 12 + struct.unpack_from("<Q", data, at + 4)[0]
    struct.pack_into("<I", data, at + 12, number)
    with pytest.raises(MalformedFile, match=f"not for Groth16, but for {name}"):
        zkey.loads(bytes(data))


GOLDILOCKS = (1 << 64) - (1 << 32) + 1
BLS12_381 = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


@pytest.mark.parametrize(
    ("modulus", "size", "said"),
    [
        (BLS12_381, 32, "it belongs to BLS12-381"),
        (Q, 32, "it belongs to BN254's coordinates"),
        (GOLDILOCKS, 8, "not of 8, and the field is that of Goldilocks"),
        (R - 2, 32, r"not that of BN254$"),
        (12345, 8, "not of 8$"),
    ],
)
def test_a_circuit_over_another_field_is_told(modulus: int, size: int, said: str) -> None:
    header = struct.pack("<I", size) + modulus.to_bytes(size, "little") + bytes(28)
    data = b"r1cs" + struct.pack("<II", 1, 2)
    for number, section in ((1, header), (2, b"")):
        data += struct.pack("<IQ", number, len(section)) + section
    with pytest.raises(MalformedFile, match=said):
        r1cs.loads(data)


# --- a witness of another circuit -----------------------------------------------------------------


def test_a_witness_of_another_size_names_both(tmp_path: Path) -> None:
    values = wtns.loads((FOLDER / "toy.wtns").read_bytes())
    longer = tmp_path / "longer.wtns"
    longer.write_bytes(wtns.dumps(np.concatenate([values, values[:3]])))
    ran = run("groth16", "prove", FOLDER / "ceremony.zkey", longer, tmp_path / "p", tmp_path / "q")
    assert ran.code == 2
    said = f"has {len(values) + 3} wires, the key's circuit has {len(values)}: they belong to"
    assert said in ran.err
    assert not (tmp_path / "p").exists()


def test_a_witness_of_another_circuit_of_this_size_is_told_as_such() -> None:
    key = load_proving_key(FOLDER / "ceremony.zkey")
    values = from_limbs(wtns.loads((FOLDER / "toy.wtns").read_bytes()))
    values[-1] = (values[-1] + 1) % R
    with pytest.raises(UnsatisfiedWitness, match="another circuit than the key, or to another"):
        prove(key, to_limbs(values))


@pytest.mark.parametrize("shape", [(4,), (4, 3), (2, 4, 4)])
def test_an_array_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    key = load_proving_key(FOLDER / "ceremony.zkey")
    with pytest.raises(InvalidInput, match="four limbs a wire"):
        prove(key, np.zeros(shape, dtype=np.uint64))
