"""The comparison of provers: what it counts, that it verifies, and which tools it needs."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.groth16.groth16_toy import PROOF, PUBLIC, verifying_key

from zkcredit.errors import InvalidProof, ZkCreditError

if TYPE_CHECKING:
    from zkcredit.groth16 import VerifyingKey

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SERVE = """
import json, sys
ready, answer = sys.argv[1:]
print("a compiler talks")
print(ready, flush=True)
for line in sys.stdin:
    print(answer, flush=True)
"""


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import peers

    return peers


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("ZKCREDIT_CACHE", str(tmp_path / "caches"))
    import tools

    return tools


def words_of(key: VerifyingKey) -> list[str]:
    """What the drivers in Go and Rust print of their key."""
    g2 = [[p.x[1], p.x[0], p.y[1], p.y[0]] for p in (key.beta2, key.gamma2, key.delta2)]
    return [str(word) for point in (key.alpha1, *g2, *key.ic) for word in point]


def answered(peers, words: list[int], public: list[int], **ready: Any) -> float:
    """Let a driver answer with these words for a proof."""
    shown = json.dumps({"ready": ["prove"], **ready})
    answer = json.dumps({"ms": 3.5, "words": [str(word) for word in words], "peak_mib": 12.0})
    prover = peers.Prover("toy", [sys.executable, "-c", SERVE, shown, answer], 1).start()
    try:
        return prover.time("prove", {"credit": peers.Statement(verifying_key(), public)})
    finally:
        prover.stop()


def test_a_proof_of_a_driver_is_verified(peers) -> None:
    assert answered(peers, PROOF.to_words(), PUBLIC) == 3.5


def test_a_proof_for_other_inputs_ends_the_run(peers) -> None:
    with pytest.raises(InvalidProof):
        answered(peers, PROOF.to_words(), [PUBLIC[0] + 1, *PUBLIC[1:]])


def test_a_point_with_its_coordinates_exchanged_ends_the_run(peers) -> None:
    words = PROOF.to_words()
    words[2], words[3] = words[3], words[2]
    with pytest.raises(ZkCreditError):
        answered(peers, words, PUBLIC)


@pytest.mark.filterwarnings("ignore:zkcredit single-party key in use")
def test_a_proof_under_a_key_of_its_own_is_verified_under_that_key(peers) -> None:
    words = words_of(verifying_key())
    keys = {"credit": words}
    assert answered(peers, PROOF.to_words(), PUBLIC, keys=keys) == 3.5
    keys = {"credit": [*words[:10], *words[6:10], *words[14:]]}  # δ is γ
    with pytest.raises(ZkCreditError):
        answered(peers, PROOF.to_words(), PUBLIC, keys=keys)


def test_work_without_a_proof_is_only_timed(peers) -> None:
    assert answered(peers, [], PUBLIC) == 3.5


def test_a_driver_that_ends_is_named(peers) -> None:
    with pytest.raises(SystemExit, match="toy ended"):
        peers.Prover("toy", [sys.executable, "-c", "print('not ready')"], 1).start()


def test_a_ratio_compares_the_times_of_one_turn_with_each_unit(peers) -> None:
    times = {
        ("prove", "zkcredit ifma"): [10.0, 20.0, 10.0],
        ("prove", "zkcredit avx2"): [20.0, 40.0, 40.0],
        ("prove", "gnark"): [100.0, 100.0, 100.0],
    }
    row = peers._row(times, ("ifma", "avx2"), "prove", "gnark")
    assert (row["ratio_ifma_min"], row["ratio_ifma_median"], row["ratio_ifma_max"]) == (5, 10, 10)
    assert (row["ratio_avx2_min"], row["ratio_avx2_median"], row["ratio_avx2_max"]) == (2.5, 2.5, 5)
    assert peers._row(times, ("ifma",), "prove", "zkcredit avx2")["ratio_ifma_median"] == 2.0


def test_a_turn_that_is_missing_is_noticed(peers) -> None:
    times = {("prove", "zkcredit ifma"): [10.0], ("prove", "gnark"): [100.0, 100.0]}
    with pytest.raises(ValueError, match="longer"):
        peers._row(times, ("ifma",), "prove", "gnark")


def test_each_peer_is_named_with_its_version(peers) -> None:
    for name in peers.PEERS:
        told = peers._version(name).split()
        assert told[0] == name
        assert [part.isdigit() for part in told[1].split(".")] == [True] * 3


def test_a_missing_toolchain_builds_nothing(tools, tmp_path: Path) -> None:
    (tmp_path / "driver").mkdir()
    assert tools.built(tmp_path / "driver", "no such compiler", ["build"]) is None
    assert not (tmp_path / "caches").exists()


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A toolchain that writes down how often it ran, and fails on a source with the word wrong."""
    program = tmp_path / "bin" / "compiler"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho $1 $FLAGS >> ../../../ran\n! grep -q wrong main\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    (tmp_path / "driver").mkdir()
    (tmp_path / "driver" / "main").write_text("right")
    return tmp_path / "ran"


def test_a_driver_is_built_again_only_after_a_change(tools, compiler: Path, tmp_path: Path) -> None:
    source = tmp_path / "driver"
    folder = tools.built(source, "compiler", ["build"])
    assert folder == tmp_path / "caches" / "benchmarks" / "driver"
    assert tools.built(source, "compiler", ["build"]) == folder
    assert compiler.read_text() == "build\n"
    (source / "main").write_text("right again")
    tools.built(source, "compiler", ["build"])
    assert (folder / "main").read_text() == "right again"
    tools.built(source, "compiler", ["build"], FLAGS="fast")
    assert compiler.read_text() == "build\nbuild\nbuild fast\n"
    assert sorted(path.name for path in source.iterdir()) == ["main"]


def test_a_build_that_fails_is_tried_again(tools, compiler: Path, tmp_path: Path) -> None:
    source = tmp_path / "driver"
    (source / "main").write_text("wrong")
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            tools.built(source, "compiler", ["build"])
    assert compiler.read_text() == "build\nbuild\n"


def test_the_units_of_this_machine_are_those_that_run(
    tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools.units_here.cache_clear()
    assert tools.units_here()[-1] == "portable"
    monkeypatch.setattr(tools, "_runs", lambda unit: unit in {"avx2", "portable"})  # Haswell
    tools.units_here.cache_clear()
    assert tools.units_here() == ("avx2", "portable")
    tools.units_here.cache_clear()


def test_a_kernel_that_fails_otherwise_ends_the_run(tools) -> None:
    with pytest.raises(SystemExit, match="is not a unit of the kernel"):
        tools._runs("neon")
