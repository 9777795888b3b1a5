"""From snarkjs's phase 1 through our initial key to snarkjs's phase 2, and back to our prover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.formats import ptau_case
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g
from support.groth16.known_powers import known_powers
from support.interop.snarkjs_tool import powers_of_tau, snarkjs

from zkcredit.audit import audit_proving_key
from zkcredit.errors import UnsafeKey
from zkcredit.formats import ptau, r1cs, zkey
from zkcredit.groth16 import (
    Endorsement,
    SinglePartyKeyWarning,
    VerifyingKey,
    initial_zkey,
    load_proving_key,
    load_ptau,
    prove,
    require_deployable,
    require_made_from,
    verify,
    verify_ceremony,
)
from zkcredit.groth16.ceremony.phase1_chain import phase1_chain
from zkcredit.r1cs.system import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def phase1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with powers of tau for 2^8 rows and the toy circuit."""
    folder = tmp_path_factory.mktemp("phase1")
    powers_of_tau(folder, 8, parties=2)
    (folder / "toy.r1cs").write_bytes(toy.data("toy.r1cs"))
    return folder


def in_fours(digest: bytes) -> str:
    """A hash as snarkjs prints it, on one line."""
    return " ".join(digest[i : i + 4].hex() for i in range(0, 64, 4))


def joined(printed: str) -> str:
    return " ".join(printed.split())


def same_sections(ours: bytes, theirs: bytes) -> None:
    one, other = dict(toy.sections(ours)), dict(toy.sections(theirs))
    assert one.keys() == other.keys()
    for number, body in other.items():
        assert one[number] == body, f"section {number}"


@pytest.mark.slow
def test_snarkjs_writes_what_we_read_and_write(phase1: Path) -> None:
    for name in ("0.ptau", "2.ptau", "final.ptau"):
        assert ptau.dumps(load_ptau(phase1 / name)) == (phase1 / name).read_bytes()


@pytest.mark.slow
def test_the_initial_key_is_the_same_and_goes_through_the_ceremony(phase1: Path) -> None:
    ours = initial_zkey(g.SYSTEM, load_ptau(phase1 / "final.ptau"))
    (phase1 / "ours0.zkey").write_bytes(zkey.dumps(ours))
    snarkjs(phase1, "groth16", "setup", "toy.r1cs", "final.ptau", "theirs0.zkey")
    same_sections((phase1 / "ours0.zkey").read_bytes(), (phase1 / "theirs0.zkey").read_bytes())
    with pytest.raises(UnsafeKey, match="anybody can forge"):
        load_proving_key(phase1 / "ours0.zkey")
    snarkjs(phase1, "zkey", "export", "verificationkey", "ours0.zkey", "vk0.json")
    with pytest.raises(UnsafeKey, match="anybody can forge"):  # so nothing verifies or deploys it
        VerifyingKey.from_json((phase1 / "vk0.json").read_bytes())

    snarkjs(phase1, "zkey", "contribute", "ours0.zkey", "ours1.zkey", "--name=one", "-e=x")
    verified = snarkjs(phase1, "zkey", "verify", "toy.r1cs", "final.ptau", "ours1.zkey")
    assert "ZKey Ok!" in verified
    assert ours.circuit_hash.hex()[:8] in verified  # its circuit hash, in words of four bytes
    from_init = snarkjs(phase1, "zkvi", "ours0.zkey", "final.ptau", "ours1.zkey")
    assert "ZKey Ok!" in from_init

    key = load_proving_key(phase1 / "ours1.zkey")
    assert key.origin == "single-party"
    require_made_from(key, ours)
    with pytest.warns(SinglePartyKeyWarning):
        proof = prove(key, g.WITNESS, system=g.SYSTEM)
    with pytest.warns(SinglePartyKeyWarning):
        verify(key.verifying_key, g.PUBLIC, proof)
    with pytest.raises(UnsafeKey, match="single-party key is refused on chain 1"):
        require_deployable(key.verifying_key, 1)

    snarkjs(phase1, "zkey", "contribute", "ours1.zkey", "ours2.zkey", "--name=two", "-e=y")
    snarkjs(phase1, "zkey", "beacon", "ours2.zkey", "ours3.zkey", "01" * 32, "10")
    final = load_proving_key(phase1 / "ours3.zkey")
    assert final.origin == "claimed"
    require_made_from(final, ours)
    ceremony = verify_ceremony(final, g.SYSTEM, load_ptau(phase1 / "final.ptau"))
    assert (ceremony.origin, ceremony.parties) == ("ceremony", (2, 2))
    printed = snarkjs(phase1, "zkvi", "ours0.zkey", "final.ptau", "ours3.zkey")
    assert all(in_fours(step.digest) in joined(printed) for step in ceremony.phase2)
    printed = snarkjs(phase1, "powersoftau", "verify", "final.ptau")
    assert all(in_fours(step.digest) in joined(printed) for step in ceremony.phase1)
    mine = (ceremony.phase1[1].digest, ceremony.phase2[0].digest)
    require_deployable(final.verifying_key, 1, Endorsement(ceremony, mine))
    verify(final.verifying_key, g.PUBLIC, prove(final, g.WITNESS, system=g.SYSTEM))
    report = audit_proving_key(
        (phase1 / "ours3.zkey").read_bytes(), "k", g.SYSTEM, load_ptau(phase1 / "final.ptau")
    )
    assert report.findings == ()


@pytest.mark.slow
@pytest.mark.parametrize("n_public", [0, 1, 3])
def test_circuits_of_other_shapes_have_the_same_initial_key(phase1: Path, n_public: int) -> None:
    """No public inputs, wires in no constraint, a domain that is just full."""
    rows = [{i % 7: i + 1, 7: 3} for i in range(15 - n_public)]
    system = ConstraintSystem(
        12, n_public, *(Matrix.from_rows(part) for part in (rows, rows[::-1], rows))
    )
    (phase1 / "other.r1cs").write_bytes(r1cs.dumps(system))
    snarkjs(phase1, "groth16", "setup", "other.r1cs", "final.ptau", "other.zkey")
    ours = zkey.dumps(initial_zkey(system, load_ptau(phase1 / "final.ptau")))
    same_sections(ours, (phase1 / "other.zkey").read_bytes())


@pytest.mark.slow
def test_a_file_with_unsorted_terms_and_zeros_keeps_them(phase1: Path) -> None:
    """circom writes terms in an order of its own, and `zkey verify` compares them in it."""
    file = ptau_case.reordered_circuit()
    (phase1 / "unsorted.r1cs").write_bytes(file)
    snarkjs(phase1, "groth16", "setup", "unsorted.r1cs", "final.ptau", "unsorted.zkey")
    powers = load_ptau(phase1 / "final.ptau")
    ours = zkey.dumps(initial_zkey(r1cs.loads(file), powers, written_as=file))
    same_sections(ours, (phase1 / "unsorted.zkey").read_bytes())


@pytest.mark.slow
def test_a_file_that_was_truncated_from_a_larger_ceremony_serves(phase1: Path) -> None:
    snarkjs(phase1, "powersoftau", "truncate", "final.ptau")
    small = load_ptau(phase1 / "final_04.ptau")
    assert (small.power, small.ceremony_power) == (4, 8)
    assert [step.is_beacon for step in phase1_chain(small)] == [False, False]
    snarkjs(phase1, "groth16", "setup", "toy.r1cs", "final_04.ptau", "small.zkey")
    made = initial_zkey(g.SYSTEM, small)
    same_sections(zkey.dumps(made), (phase1 / "small.zkey").read_bytes())
    assert ptau.dumps(small) == (phase1 / "final_04.ptau").read_bytes()


@pytest.mark.slow
def test_a_large_circuit_that_fills_the_powers_has_the_circuit_hash_of_snarkjs(
    tmp_path: Path,
) -> None:
    """From 2^15 rows on snarkjs hashes bytes that are no point; see ``groth16.circuit_hash``."""
    matrix = Matrix.from_rows([{i % 7: 1} for i in range((1 << 15) - 100)])
    system = ConstraintSystem(8, 2, matrix, matrix, matrix)
    file = known_powers(15, tau=3**100 + 15)
    (tmp_path / "large.ptau").write_bytes(ptau.dumps(file))
    (tmp_path / "large.r1cs").write_bytes(r1cs.dumps(system))
    snarkjs(tmp_path, "groth16", "setup", "large.r1cs", "large.ptau", "large.zkey")
    same_sections(zkey.dumps(initial_zkey(system, file)), (tmp_path / "large.zkey").read_bytes())
