"""Every parser on its corpus, and on a bounded number of damaged files from a fixed seed.

Minutes of new damage are in ``test_minutes_of_damage.py``. The long runs are in ``fuzz/``; their
counts are in ``benchmarks/results/fuzz.json``.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from mutators import document, raw, sections
from parsers import CORPUS, PARSERS, Fault, Parser, judge

from zkcredit._internal.json import parse
from zkcredit.errors import MalformedFile
from zkcredit.formats import r1cs, wtns

RECORDED = Path(__file__).parents[2] / "benchmarks" / "results" / "fuzz.json"
EVERY = pytest.mark.parametrize("parser", PARSERS.values(), ids=lambda parser: parser.name)
# What costs about a millisecond or two each is tried less often every day.
FEW = {
    "proving_key", "phase1", "verification_key", "credential", "envelope", "revocation_list",
    "record_claim", "registry", "ledger_card", "sealed_entry", "proved_entry", "arbiter_commitment",
    "arbiter_group",
    "partial_opening", "keystore", "outbox", "wallet", "request", "request_book",
}  # fmt: skip

# Whose million inputs the record does not have yet; whoever brings one in takes it out here.
UNFINISHED = {
    "authorization_answer", "authorization_request", "authorization_url", "call_output",
    "deployment", "features", "inputs", "offer", "order_table", "payment_receipt", "phase1",
    "proposal", "proved_entry", "quote", "record_claim", "request", "request_book", "restructuring",
    "signals", "signed_step", "signed_transaction", "table_product", "unsigned_transaction",
    "verifiable_presentation",
}  # fmt: skip


def feed(parser: Parser, count: int, seed: int) -> dict[str, int]:
    rng, seeds = random.Random(seed), parser.seeds()
    said: dict[str, int] = {}
    for _ in range(count):
        verdict = judge(parser, parser.input(rng, seeds))
        said[verdict] = said.get(verdict, 0) + 1
    return said


@EVERY
def test_good_files_are_accepted_and_no_file_of_the_corpus_does_harm(parser: Parser) -> None:
    verdicts = {
        path.name: judge(parser, path.read_bytes())
        for path in sorted((CORPUS / parser.name).iterdir())
    }
    good = {said for name, said in verdicts.items() if name.startswith("good-")}
    # a key without a contribution reads as a file and fails as a key
    assert good == {"accepted"}
    assert all(said != "accepted" for name, said in verdicts.items() if not name.startswith("good"))


@pytest.mark.slow
@EVERY
def test_damaged_files_raise_typed_errors_only(parser: Parser) -> None:
    said = feed(parser, 300 if parser.name in FEW else 1500, seed=11)
    assert len(said) > 1


@pytest.mark.parametrize(
    "parser",
    # lines without an end
    [parser for name, parser in PARSERS.items() if name not in ("symbols", "order_table")],
    ids=lambda parser: parser.name,
)
def test_cut_at_every_place_a_file_is_refused(parser: Parser) -> None:
    data = parser.seeds()[0].rstrip()
    step = max(1, len(data) // 200)
    # an empty file is a new outbox, and one of a single byte is empty to SQLite
    first = 2 if parser.name == "outbox" else 0
    for size in range(first, len(data) - 1, step):
        assert judge(parser, data[:size]) != "accepted"


def test_every_parser_has_good_files_and_every_folder_a_parser() -> None:
    assert {path.name for path in CORPUS.iterdir()} == PARSERS.keys()
    for parser in PARSERS.values():
        assert (CORPUS / parser.name / "good-0").is_file()


def test_a_fault_is_noticed() -> None:
    def crash(_: bytes) -> bytes:
        raise KeyError

    with pytest.raises(Fault, match="untyped"):
        judge(Parser("bad", crash, raw), b"")
    counts = iter(range(9))
    with pytest.raises(Fault, match="reads back"):
        judge(Parser("bad", lambda data: data, raw, lambda _: bytes([next(counts)])), b"")
    with pytest.raises(Fault, match="MemoryError"):
        judge(Parser("bad", lambda _: bytearray(1 << 62), raw), b"")


def test_mutators_repeat_themselves_and_change_something() -> None:
    for parser in PARSERS.values():
        seeds = parser.seeds()
        made = [parser.input(random.Random(5), seeds) for _ in range(2)]
        assert made[0] == made[1]
        assert any(parser.input(random.Random(i), seeds) not in seeds for i in range(5))
    assert document(random.Random(1), b"no json") != b"no json"
    assert sections(random.Random(1), b"short") != b"short"


@pytest.mark.parametrize("depth", [40, 2_000, 200_000])
def test_a_lock_of_a_wallet_that_is_nested_deeply_does_not_crash_the_process(depth: int) -> None:
    # py_ecc raises the recursion limit, under which Python's JSON reader overruns its stack.
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(PARSERS["wallet"].seeds()[0])
        connection.execute("UPDATE lock SET body = ?", ("[" * depth + "]" * depth,))
        data = connection.serialize()
    assert judge(PARSERS["wallet"], data) == "DamagedFile"


@pytest.mark.parametrize(
    "text", ['["\\ud800"]', '{"\\uDFFF": 1}', '["\ud800"]', '["\\udc00\\ud800"]']
)
def test_half_of_a_surrogate_pair_is_no_text(text: str) -> None:
    with pytest.raises(MalformedFile, match="half of a surrogate pair"):
        parse(text, "it", 100)
    assert parse('["\\ud83d\\ude00"]', "it", 100) == ["\N{GRINNING FACE}"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["r1cs", "wtns"])
def test_a_large_file_takes_no_more_than_twice_its_size(name: str) -> None:
    data = large_system() if name == "r1cs" else large_witness()
    tracemalloc.start()
    try:
        (r1cs if name == "r1cs" else wtns).loads(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 2 * len(data) + (1 << 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["r1cs", "wtns", "zkey", "ptau"])
def test_counts_that_promise_much_cost_nothing(name: str) -> None:
    rng = random.Random(3)
    parser = PARSERS[name]
    good = parser.seeds()[0]
    for _ in range(200):
        at = 4 * rng.randrange(3, min(len(good), 400) // 4)
        data = good[:at] + b"\xff\xff\xff\x7f" + good[at + 4 :]
        tracemalloc.start()
        judge(parser, data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2 * len(data) + (1 << 20)


def large_system() -> bytes:
    """A ``.r1cs`` of some megabytes: three terms in each of many constraints."""
    from zkcredit.r1cs.system import ConstraintSystem, Matrix

    rows = [{i % 50: 1, 50 + i % 50: 2, 100: i + 1} for i in range(30_000)]
    matrix = Matrix.from_rows(rows)
    return r1cs.dumps(ConstraintSystem(101, 3, matrix, matrix, matrix))


def large_witness() -> bytes:
    from zkcredit.bn254.limbs import to_limbs

    return wtns.dumps(to_limbs([1, *range(200_000)]))


def test_the_recorded_run_fed_every_parser_and_found_no_fault() -> None:
    results = json.loads(RECORDED.read_text())["results"]
    assert results["parsers"].keys() <= PARSERS.keys()
    assert results["guided_by_coverage"].keys() <= PARSERS.keys()
    assert results["kernel"].keys() == {"tape", "constraint_system", "subgroup", "verification"}
    million = {name for name, found in results["parsers"].items() if found["inputs"] >= 1_000_000}
    assert PARSERS.keys() - million == UNFINISHED
    for found in results["parsers"].values():
        assert found["faults"] == []
        assert found["slowest_ms"] < 1_000
        assert found["memory_beyond_twice_the_file_kib"] < 64 * 1024
    for found in results["kernel"].values():
        assert found["inputs"] > 1_000
        assert found["faults"] == 0
