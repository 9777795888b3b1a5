"""From inputs to a proof: in Python and by the command, and what does not belong together."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.circom.programs import CHECKS, FIRST, FIRST_INPUTS, TOY, TOY_WASM
from support.cli.cli_desk import run

from zkcredit.circom import CircomProgram, full_prove
from zkcredit.errors import InvalidInput, UnsatisfiedWitness
from zkcredit.formats import r1cs, snarkjs
from zkcredit.groth16 import Proof, VerifyingKey, dev_setup, save_proving_key, verify
from zkcredit.groth16.resident_key import load_resident_key

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit single-party key:UserWarning")

KEY = TOY / "ceremony.zkey"
VK = VerifyingKey.from_json((TOY / "verification_key.json").read_bytes())
INPUTS = json.loads((TOY / "input.json").read_text())


def asked(folder: Path, *options: object, **given: Path) -> Any:
    files = {"inputs": TOY / "input.json", "wasm": TOY_WASM, "key": KEY} | given
    return run(
        "groth16", "fullprove", *files.values(), folder / "proof.json", folder / "public.json",
        *options,
    )  # fmt: skip


def test_a_proof_from_inputs_verifies() -> None:
    proof, public = full_prove(INPUTS, TOY_WASM, KEY)
    assert public == snarkjs.load_public((TOY / "public.json").read_bytes())
    verify(VK, public, proof)


def test_what_is_loaded_once_serves_many_proofs() -> None:
    program, key = CircomProgram.load(TOY_WASM), load_resident_key(KEY)
    for x in (3, 4):
        proof, public = full_prove({"x": x, "k": 7}, program, key, threads=1)
        verify(VK, public, proof)


def test_a_circuit_of_circom_1_is_proved(tmp_path: Path) -> None:
    system = r1cs.loads((FIRST.parent / "first.r1cs").read_bytes())
    key = dev_setup(system)
    save_proving_key(tmp_path / "first.zkey", key)
    proof, public = full_prove(FIRST_INPUTS, FIRST, tmp_path / "first.zkey")
    assert public == [61, 7]
    verify(key.verifying_key, public, proof)


def test_the_command_writes_what_verifies(tmp_path: Path) -> None:
    told = asked(tmp_path, "--json")
    assert (told.code, told.json["public_inputs"]) == (0, 3)
    verify(
        VK,
        snarkjs.load_public((tmp_path / "public.json").read_bytes()),
        Proof.from_json((tmp_path / "proof.json").read_bytes()),
    )


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('{"x": 3}', 2, "an input is missing"),
        ('{"x": 3, "k": 7, "j": 1}', 2, "no input signal j"),
        ('{"x": [3, 4], "k": 7}', 2, "x takes 1 number, not 2"),
        ('{"x": 3, "x": 4, "k": 7}', 2, "(line 1, column 10)"),
        ('{"x": 3.5, "k": 7}', 2, "(line 1, column 7)"),
        ('{"x": true, "k": 7}', 2, "input signal x must have integers"),
        ('{"x": "' + "9" * 78 + '", "k": 7}', 2, "input signal x has a number"),
        ("[3, 7]", 2, "an object with a member"),
        ("", 2, "this is empty"),
    ],
)
def test_inputs_that_are_refused_write_nothing(
    tmp_path: Path, text: str, code: int, said: str
) -> None:
    (tmp_path / "input.json").write_text(text)
    told = asked(tmp_path, inputs=tmp_path / "input.json")
    assert told.code == code
    assert said in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["input.json"]


def test_program_and_key_of_different_circuits_are_told(tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text(json.dumps(FIRST_INPUTS))
    told = asked(tmp_path, inputs=tmp_path / "input.json", wasm=FIRST)
    assert told.code == 2
    assert "computes 6 wires, the key's circuit has 11: they belong to different" in told.err


def test_circuits_of_one_size_that_differ_are_told(tmp_path: Path) -> None:
    """The same wires, and one constraint with another constant."""
    system = r1cs.loads((FIRST.parent / "first.r1cs").read_bytes())
    data = r1cs.dumps(system).replace((5).to_bytes(32, "little"), (6).to_bytes(32, "little"))
    assert data != r1cs.dumps(system)
    save_proving_key(tmp_path / "other.zkey", dev_setup(r1cs.loads(data)))
    with pytest.raises(UnsatisfiedWitness, match="another circuit than the key"):
        full_prove(FIRST_INPUTS, FIRST, tmp_path / "other.zkey")


@pytest.mark.parametrize("place", ["inputs", "wasm", "key"])
def test_files_in_the_wrong_place_are_told(tmp_path: Path, place: str) -> None:
    wrong = TOY / "toy.r1cs"
    told = asked(tmp_path, "--json", **{place: wrong})
    described = json.loads(told.err)
    assert (told.code, described["file"]) == (2, str(wrong))
    assert "this is a circuit (.r1cs)" in described["message"]
    assert not list(tmp_path.iterdir())


def test_a_circuits_assertion_exits_with_3(tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"amounts": [[500, 1, 1], [0, 0, 0]], "rate": 2}')
    told = asked(tmp_path, "--json", inputs=tmp_path / "input.json", wasm=CHECKS)
    assert told.code == 3
    assert json.loads(told.err)["gadget"].startswith("Inner")
    assert [line for line in told.stderr.splitlines() if line.startswith("part")]  # log()


def test_limits_are_options(tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text(json.dumps(FIRST_INPUTS))
    told = asked(tmp_path, "--memory", 64, inputs=tmp_path / "input.json", wasm=FIRST)
    assert (told.code, "may have 64 MiB" in told.err) == (2, True)


def test_one_file_cannot_be_both(tmp_path: Path) -> None:
    told = run("groth16", "fullprove", TOY / "input.json", TOY_WASM, KEY, *2 * [tmp_path / "a"])
    assert (told.code, "two different files" in told.err) == (2, True)
    (tmp_path / "wallet").write_bytes(b"SQLite format 3\0")
    told = run(
        "groth16", "fullprove", TOY / "input.json", TOY_WASM, KEY, tmp_path / "wallet",
        tmp_path / "public.json",
    )  # fmt: skip
    assert told.code == 2
    assert (tmp_path / "wallet").read_bytes() == b"SQLite format 3\0"


def test_bad_arguments_are_refused() -> None:
    for inputs in (None, [1], "a"):
        with pytest.raises(InvalidInput, match="mapping"):
            full_prove(inputs, TOY_WASM, KEY)
    with pytest.raises(InvalidInput, match="threads"):
        full_prove(INPUTS, TOY_WASM, KEY, threads=0)


WATCH = """
import sys
from zkcredit.cli.app import app
try:
    app(sys.argv[1:])
finally:
    loaded = {"numpy", "wasmtime", "web3"} & sys.modules.keys()
    print(sorted(loaded), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("command", "loaded"),
    [
        (("prove", KEY, TOY / "toy.wtns", "p.json", "q.json"), "[]"),
        (("verify", *(TOY / f"{n}.json" for n in ("verification_key", "public", "proof"))), "[]"),
        (("fullprove", TOY / "input.json", TOY_WASM, KEY, "p.json", "q.json"), "['wasmtime']"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_only_fullprove_loads_wasmtime_and_nothing_loads_numpy(
    tmp_path: Path, command: tuple[object, ...], loaded: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, "groth16", *map(str, command)], cwd=tmp_path,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == loaded, done.stderr
