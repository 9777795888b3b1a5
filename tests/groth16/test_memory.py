"""Memory: peaks that are stated hold, running out is a typed error, and nothing grows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.groth16.rlimit_case import run_limited

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20

MEASURE = """
from support.groth16 import squares
from zkcredit.groth16 import dev_setup, prove
key = dev_setup(squares.system({n}), 1)
key.resident
w = squares.witness({n}, 3)
for _ in range(2):  # the second proof under a key builds its tables, which stay with the key
    prove(key, w, 1)
limit({allowed})
for _ in range(3):
    prove(key, w, {threads})
print("proved")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("log_size", "mib"), [(12, 16), (14, 48), (16, 192)])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_proof_stays_within_what_is_stated(log_size: int, mib: int, threads: int) -> None:
    """3 KiB a constraint beyond the resident key, and 8 MiB with a stack for each thread."""
    allowed = (mib + threads * 32) * MIB  # addresses of the stacks of its threads and helpers
    code = MEASURE.format(n=(1 << log_size) - 2, allowed=allowed, threads=threads)
    assert run_limited(code) == ["proved"]


EXHAUST = """
from support.groth16 import squares
from zkcredit.errors import OutOfMemory
from zkcredit.groth16 import dev_setup, prove, verify_many, verify
n = (1 << 13) - 2
big = squares.system((1 << 15) - 2)
key = dev_setup(squares.system(n), 1)
key.resident
w = squares.witness(n, 3)
proof = prove(key, w, 1)
public = [int.from_bytes(w[1].tobytes(), "little")]
vk = key.verifying_key
many = [(public, proof)] * 5000  # before the limit, where this list alone could be too much
work = {work}
spare = [bytes(200) for _ in range(40_000)]
pins, spare = spare[::4000], None  # small objects, the error's own among them, find their room here
failed = 0
for extra in {extras}:
    limit(extra)
    try:
        work()
    except OutOfMemory as error:
        failed += 1
        error.__traceback__ = error.__cause__ = None
    unlimited()
work()
verify(vk, public, proof)
print("alive", failed)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [
        "lambda: prove(key, w, 1)",
        "lambda: prove(key, w, 2)",
        "lambda: dev_setup(big, 1)",
        "lambda: verify_many(vk, many, 2)",
    ],
)
def test_running_out_of_memory_is_a_typed_error(work: str) -> None:
    extras = "[k << 18 for k in range(0, 40, 6)]"
    (line,) = run_limited(EXHAUST.format(work=work, extras=extras))
    found = re.fullmatch(r"alive (\d+)", line)
    assert found, line
    assert int(found[1]) > 0


GROWTH = """
from support.groth16 import squares
from concurrent.futures import ThreadPoolExecutor
from zkcredit.groth16 import dev_setup, prove
key = dev_setup(squares.system(1000), 1)
w = squares.witness(1000, 3)

def rounds(count):
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(prove, key, w, 2) for _ in range(count)]:
            future.result()

for _ in range(20):  # each proof adds to the key's tables until they are whole
    before = allocated()
    rounds(40)
    if allocated() - before < 1 << 19:
        break
before = allocated()
rounds(160)
print(allocated() - before)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_proofs() -> None:
    # A proof that stayed would leave its 32 KiB witness at the least: 1.25 MiB in 40 rounds, so
    # that the tables would never seem whole, and 5 MiB in the last 160.
    (line,) = run_limited(GROWTH)
    assert int(line) < MIB


PHASE1 = """
from pathlib import Path
from support.groth16.known_powers import known_powers
from zkcredit.formats import ptau
from zkcredit.groth16 import load_ptau
from zkcredit.groth16.ceremony.phase1 import Phase1
path = Path({path!r})
path.write_bytes(ptau.dumps(known_powers({power})))
limit(2 * path.stat().st_size + (64 << 20) + {threads} * (32 << 20))
Phase1.of(load_ptau(path), {power}, {threads})
print("checked")
"""


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("power", [4, 13])
def test_all_of_a_phase_1_is_checked_in_twice_its_size_and_64_mib(
    tmp_path: Path, power: int, threads: int
) -> None:
    """The mapped file counts, as do the stacks of threads, which are allowed beside it."""
    code = PHASE1.format(path=str(tmp_path / "a.ptau"), power=power, threads=threads)
    assert run_limited(code) == ["checked"]
