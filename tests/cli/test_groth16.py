"""``groth16`` and ``bench`` on the toy circuit that snarkjs compiled, and ``circuit``."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Ran, run
from support.formats import ptau_case
from support.formats.snarkjs_toy import FOLDER, sections
from support.groth16.known_powers import known_powers

from zkcredit._internal import files
from zkcredit.formats import ptau
from zkcredit.published import FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# snarkjs's documents do not say that several parties made the key
pytestmark = pytest.mark.filterwarnings("ignore:zkcredit single-party key:UserWarning")

KEY, WITNESS = FOLDER / "ceremony.zkey", FOLDER / "toy.wtns"
POWERS = ptau_case.FOLDER / "power4.ptau"
VK, PUBLIC, PROOF = (FOLDER / f"{name}.json" for name in ("verification_key", "public", "proof"))


def _prove(folder: Path, key: Path = KEY, witness: Path = WITNESS) -> Ran:
    return run("groth16", "prove", key, witness, folder / "proof.json", folder / "public.json")


def test_a_proof_of_ours_verifies_under_snarkjs_key(tmp_path: Path) -> None:
    assert _prove(tmp_path).code == 0
    verified = run("groth16", "verify", VK, tmp_path / "public.json", tmp_path / "proof.json")
    assert (verified.code, verified.out) == (0, "OK\n")


@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_proof_that_cannot_be_written_leaves_the_old_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    (tmp_path / "proof.json").write_text(PROOF.read_text())
    (tmp_path / "public.json").write_text(PUBLIC.read_text())
    with monkeypatch.context() as patch:
        real, made = getattr(os, call), []

        def failing(*args: Any, **kwargs: Any) -> Any:
            if ".zkcredit-" in str(args[0]) or call != "open":
                made.append(args)
                if len(made) == number:
                    raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **kwargs)

        patch.setattr(files.os, call, failing)
        ran = _prove(tmp_path)
    if len(made) < number:
        assert ran.code == 0
        assert (tmp_path / "proof.json").read_text() != PROOF.read_text()
        return
    assert (ran.code, "the machine failed" in ran.err) == (1, True)
    assert (tmp_path / "proof.json").read_text() == PROOF.read_text()
    assert (tmp_path / "public.json").read_text() == PUBLIC.read_text()
    assert len(list(tmp_path.iterdir())) == 2


def test_snarkjs_proof_verifies() -> None:
    assert run("groth16", "verify", VK, PUBLIC, PROOF, "--json").json["valid"] is True


def test_the_exported_key_is_the_one_that_verifies(tmp_path: Path) -> None:
    assert run("groth16", "export", KEY, tmp_path / "vk.json").code == 0
    assert run("groth16", "verify", tmp_path / "vk.json", PUBLIC, PROOF).code == 0


def test_setup_makes_a_dev_key_that_proves_with_a_warning(tmp_path: Path) -> None:
    made = run(
        "groth16", "setup", FOLDER / "toy.r1cs", tmp_path / "dev.zkey", "--dev", "--json"
    )  # fmt: skip
    assert made.json["origin"] == "dev"
    assert run("groth16", "export", tmp_path / "dev.zkey", tmp_path / "vk.json").code == 0
    assert _prove(tmp_path, key=tmp_path / "dev.zkey").code == 0


def test_setup_without_dev_says_what_to_do(tmp_path: Path) -> None:
    refused = run("groth16", "setup", FOLDER / "toy.r1cs", tmp_path / "k.zkey")
    assert refused.code == 2
    assert "ceremony" in refused.err
    assert not (tmp_path / "k.zkey").exists()


def test_setup_from_powers_of_tau_writes_what_snarkjs_writes(tmp_path: Path) -> None:
    key = tmp_path / "initial.zkey"
    made = run("groth16", "setup", FOLDER / "toy.r1cs", key, "--ptau", POWERS, "--json")
    assert made.code == 0
    assert made.json["domain"] == 16
    assert made.json["phase1_contributions"] == ["a", "b"]
    assert "everybody can forge" in made.json["origin"]
    theirs = (ptau_case.FOLDER / "initial.zkey").read_bytes()
    assert dict(sections(key.read_bytes())) == dict(sections(theirs))
    assert made.json["circuit_hash"] == theirs[-68:-4].hex()
    run("groth16", "setup", FOLDER / "toy.r1cs", key, "--ptau", POWERS)  # over itself


def test_the_initial_key_is_of_no_use(tmp_path: Path) -> None:
    key = tmp_path / "initial.zkey"
    assert run("groth16", "setup", FOLDER / "toy.r1cs", key, "--ptau", POWERS).code == 0
    for refused in (_prove(tmp_path, key=key), run("groth16", "export", key, tmp_path / "vk")):
        assert refused.code == 4
        assert "anybody can forge" in refused.err
    assert run("audit", "--zkey", key).code == 4
    assert [path.name for path in tmp_path.iterdir()] == ["initial.zkey"]


@pytest.mark.parametrize(
    ("powers", "said"),
    [
        (ptau_case.unprepared, "snarkjs powersoftau prepare phase2"),
        (lambda: ptau_case.data()[:-1], "section 15"),
        (lambda: ptau_case.with_section(12, None), "section 12 is missing"),
        (lambda: ptau.dumps(known_powers(3)), "this file has 2^3"),
        (lambda: ptau.dumps(known_powers(4, beyond=1)), "doubled domain"),
        (lambda: b"", "too few for the header"),
    ],
)
def test_powers_of_tau_that_do_not_serve_exit_with_2(
    tmp_path: Path, powers: Callable[[], bytes], said: str
) -> None:
    (tmp_path / "bad.ptau").write_bytes(powers())
    refused = run(
        "groth16", "setup", FOLDER / "toy.r1cs", tmp_path / "k", "--ptau", tmp_path / "bad.ptau"
    )
    assert refused.code == 2
    assert said in refused.err
    assert not (tmp_path / "k").exists()


def test_powers_of_tau_that_nobody_contributed_to_exit_with_4(tmp_path: Path) -> None:
    file = dataclasses.replace(known_powers(4, tau=1, alpha=1, beta=1), contributions=())
    (tmp_path / "new.ptau").write_bytes(ptau.dumps(file))
    refused = run(
        "groth16", "setup", FOLDER / "toy.r1cs", tmp_path / "k", "--ptau", tmp_path / "new.ptau"
    )
    assert refused.code == 4
    assert not (tmp_path / "k").exists()


def test_one_kind_of_setup_at_a_time(tmp_path: Path) -> None:
    both = ("--dev", "--ptau", POWERS)
    assert run("groth16", "setup", FOLDER / "toy.r1cs", tmp_path / "k", *both).code == 2
    (tmp_path / "wallet").write_bytes(b"SQLite format 3")
    over = run("groth16", "setup", FOLDER / "toy.r1cs", tmp_path / "wallet", "--ptau", POWERS)
    assert over.code == 2
    assert (tmp_path / "wallet").read_bytes() == b"SQLite format 3"


def test_calldata_is_what_snarkjs_prints() -> None:
    expected = (FOLDER / "calldata.txt").read_text()
    assert run("groth16", "calldata", PUBLIC, PROOF).out.split() == expected.split()


def test_a_key_without_contribution_exits_with_4(tmp_path: Path) -> None:
    for command in (
        ("prove", FOLDER / "uncontributed.zkey", WITNESS, tmp_path / "a", tmp_path / "b"),
        ("export", FOLDER / "uncontributed.zkey", tmp_path / "a"),
    ):
        refused = run("groth16", *command)
        assert refused.code == 4
        assert refused.err.startswith("UnsafeKey: ")
    assert not list(tmp_path.iterdir())


def test_a_changed_public_input_exits_with_3(tmp_path: Path) -> None:
    values = json.loads(PUBLIC.read_text())
    values[0] = str(int(values[0]) + 1)
    (tmp_path / "public.json").write_text(json.dumps(values))
    refused = run("groth16", "verify", VK, tmp_path / "public.json", PROOF)
    assert (refused.code, refused.out) == (3, "")


def test_a_witness_that_breaks_a_constraint_exits_with_3(tmp_path: Path) -> None:
    data = bytearray(WITNESS.read_bytes())
    data[-32] ^= 1
    (tmp_path / "bad.wtns").write_bytes(data)
    assert _prove(tmp_path, witness=tmp_path / "bad.wtns").code == 3
    assert not (tmp_path / "proof.json").exists()


@pytest.mark.parametrize("place", range(3))
def test_missing_and_malformed_files_exit_with_2(tmp_path: Path, place: int) -> None:
    (tmp_path / "bad").write_text('{"protocol": "plonk"}')
    for other in (tmp_path / "none", tmp_path / "bad", tmp_path):
        files = [VK, PUBLIC, PROOF]
        files[place] = other
        refused = run("groth16", "verify", *files)
        assert refused.code == 2
        assert "\n" not in refused.stderr.strip()


@pytest.mark.parametrize("name", ["setup", "prove", "export"])
def test_binary_files_that_are_something_else_exit_with_2(tmp_path: Path, name: str) -> None:
    arguments = {
        "setup": (PROOF, tmp_path / "k", "--dev"),
        "prove": (WITNESS, WITNESS, tmp_path / "a", tmp_path / "b"),
        "export": (WITNESS, tmp_path / "a"),
    }[name]
    assert run("groth16", name, *arguments).code == 2
    assert not list(tmp_path.iterdir())


def test_too_few_arguments_exit_with_2() -> None:
    assert run("groth16", "verify", VK, PUBLIC).code == 2


def test_bench_reports_the_documented_keys() -> None:
    for command in (("prove", KEY, WITNESS, "--threads", "1"), ("verify", VK, PUBLIC, PROOF)):
        measured = run("bench", *command, "--repeat", "3", "--json").json
        assert measured["min_ms"] <= measured["median_ms"] <= measured["max_ms"]
        assert (measured["threads"], measured["repeat"]) == (1, 3)
        assert measured["kernel"]


@pytest.mark.parametrize("option", [("--threads", "0"), ("--repeat", "0"), ("--repeat", "x")])
def test_bench_refuses_senseless_numbers(option: tuple[str, str]) -> None:
    assert run("bench", "prove", KEY, WITNESS, *option).code == 2


def test_bench_does_not_time_a_proof_that_fails(tmp_path: Path) -> None:
    (tmp_path / "public.json").write_text('["1", "2"]')
    assert run("bench", "verify", VK, tmp_path / "public.json", PROOF).code in (2, 3)


def test_the_statement_has_the_documented_shape() -> None:
    shown = run("circuit", "info", "eligibility", "--json").json
    assert shown["public_inputs"] == ["policy", "context", "registry_root", "scope", "nullifier"]
    assert shown["constraints"] + len(shown["public_inputs"]) + 1 <= shown["domain"] == 8192
    assert shown["wires"] > 0
    assert shown["gadgets"]["eddsa"] > 0
    assert "eligibility" in run("circuit", "list", "--json").json["circuits"]


def test_an_exported_statement_and_witness_prove(tmp_path: Path) -> None:
    from zkcredit.published.samples import samples

    values = next(iter(samples("eligibility").satisfied.values()))
    inputs = {
        name: str(value) if isinstance(value, int) else [str(entry) for entry in value]
        for name, value in values.items()
    }
    (tmp_path / "inputs.json").write_text(json.dumps(inputs))
    written = run(
        "circuit", "witness", "eligibility", tmp_path / "inputs.json", "--out", tmp_path / "w.wtns"
    )
    assert written.code == 0
    assert (tmp_path / "w.wtns").stat().st_mode & 0o077 == 0
    exported = run(
        "circuit", "export", "eligibility", "--out", tmp_path / "e.r1cs", "--json"
    )  # fmt: skip
    info = run("circuit", "info", "eligibility", "--json").json
    assert exported.json["digest"] == info["digest"]

    inputs["nullifier"] = "1"
    (tmp_path / "inputs.json").write_text(json.dumps(inputs))
    refused = run(
        "circuit", "witness", "eligibility", tmp_path / "inputs.json", "--out", tmp_path / "x.wtns"
    )
    assert refused.code == 3
    assert "nullifier" in refused.err
    assert not (tmp_path / "x.wtns").exists()


@pytest.mark.parametrize("inputs", ["[]", "{}", '{"policy": 1.5}', '{"policy": null}', "x"])
def test_malformed_inputs_exit_with_2(tmp_path: Path, inputs: str) -> None:
    (tmp_path / "inputs.json").write_text(inputs)
    refused = run(
        "circuit", "witness", "eligibility", tmp_path / "inputs.json", "--out", tmp_path / "w"
    )
    assert refused.code == 2


@pytest.mark.parametrize("command", ["info", "publish", "check"])
def test_an_unknown_statement_exits_with_2(command: str) -> None:
    assert run("circuit", command, "nothing").code == 2


@pytest.mark.slow
def test_a_record_is_published_and_a_stale_one_found(tmp_path: Path) -> None:
    folder = tmp_path / "eligibility"
    assert run("circuit", "publish", "eligibility", "--folder", folder).code == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    check = ("circuit", "check", "eligibility", "--folder", folder, "--json")
    assert run(*check).json["fresh"] is True
    (folder / "manifest.json").write_text("{}")
    stale = run(*check)
    assert (stale.code, stale.json["stale"]) == (1, ["manifest.json"])
