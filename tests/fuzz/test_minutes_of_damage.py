"""Each parser on damaged files for a second, the same files each time.

A failure names the seed and the file that showed it. ``ZKCREDIT_NEW_EXAMPLES=1`` draws another seed
and ``ZKCREDIT_FUZZ_SECONDS=120`` makes it as many seconds as ``Parser.seconds`` says; `make long
PART=parsers` feeds each thousands of other files.
"""

from __future__ import annotations

import os
import random
import secrets
import time
import tracemalloc
from pathlib import Path

import pytest
from mutators import raw
from parsers import LONG, PARSERS, SHORT, Fault, Parser
from random_run import HANG, run

FAULTS = Path(__file__).parents[2] / "fuzz" / "faults"
LIMIT = int(os.environ.get("ZKCREDIT_FUZZ_SECONDS", "1"))
ENDLESS = 10**9  # inputs: the seconds end it


@pytest.mark.slow
@pytest.mark.parametrize("parser", PARSERS.values(), ids=lambda parser: parser.name)
def test_new_damage_raises_typed_errors_only_and_soon(parser: Parser) -> None:
    seed = secrets.randbelow(2**32) if os.environ.get("ZKCREDIT_NEW_EXAMPLES") else 1
    found = run(parser, ENDLESS, min(parser.seconds, LIMIT), seed, FAULTS)
    assert not found["faults"], (
        f"{parser.name}, seed {seed}: {'; '.join(found['faults'])}; see it again with "
        f"python fuzz/random_run.py --parser {parser.name} --replay FILE"
    )
    assert len(found["said"]) > 1


def test_what_verifiers_and_wallets_depend_on_gets_two_minutes() -> None:
    named = {
        "r1cs", "wtns", "zkey", "proving_key", "proof", "public", "verification_key", "calldata",
        "credential", "envelope", "wallet", "request", "presentation",
    }  # fmt: skip
    assert LONG >= 120
    assert {name for name, parser in PARSERS.items() if parser.seconds == LONG} >= named
    assert {parser.seconds for parser in PARSERS.values()} == {LONG, SHORT}


def test_an_untyped_error_ends_the_run_and_its_input_is_saved(tmp_path: Path) -> None:
    bad = _like("r1cs", lambda data: 1 // (len(data) % 7))
    found = run(bad, 1_000, 60, 3, tmp_path)
    (path,) = tmp_path.iterdir()
    assert found["inputs"] < 1_000
    assert "ZeroDivisionError" in found["faults"][0]
    assert str(path) in found["faults"][-1]
    assert len(path.read_bytes()) % 7 == 0


def test_an_input_of_more_than_a_second_of_work_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1_000, 2))
    monkeypatch.setattr(time, "process_time", lambda: float(next(clock)))
    found = run(_like("r1cs", bytes), 1_000, 60, 3, tmp_path)
    assert found["inputs"] == 1
    assert found["faults"][0] == "2.0 s for one input"
    assert HANG == 1.0
    assert len(list(tmp_path.iterdir())) == 1


def test_too_much_memory_is_a_fault(tmp_path: Path) -> None:
    greedy = _like("r1cs", lambda _: tracemalloc.is_tracing() and len(bytearray(65 << 20)))
    found = run(greedy, 1_000, 60, 3, tmp_path)
    assert found["inputs"] == 100  # the first that is measured
    assert "bytes of memory" in found["faults"][0]


def test_a_run_without_a_good_file_is_refused(tmp_path: Path) -> None:
    def refuse(data: bytes) -> None:
        raise Fault(f"{len(data)}")

    with pytest.raises(Fault):
        run(_like("r1cs", refuse), 10, 60, 3, tmp_path)
    nothing = Parser("r1cs", PARSERS["wtns"].read, raw)
    with pytest.raises(Fault, match="no file of the corpus"):
        run(nothing, 10, 60, 3, tmp_path)


def test_the_same_seed_makes_the_same_run(tmp_path: Path) -> None:
    first, again, other = (run(PARSERS["calldata"], 50, 60, seed, tmp_path) for seed in (5, 5, 6))
    assert first["said"] == again["said"]
    rng, seeds = random.Random(5), PARSERS["calldata"].seeds()
    assert PARSERS["calldata"].input(rng, seeds) == PARSERS["calldata"].input(
        random.Random(5), seeds
    )
    assert (first["inputs"], first["seed"], other["seed"]) == (50, 5, 6)


def _like(name: str, read: object) -> Parser:
    return Parser(name, read, raw)  # type: ignore[arg-type]  # any function will do here
