"""Types, memory, threads and the dispatch at the edge between Python and the kernel."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.kernel.kernel_cases import MODULE_PATH, R, g1, g2, numbers

import zkcredit
from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs

GOOD = to_limbs([1, 2, 3, 4])
NOT_FIELD_VECTORS: dict[str, Any] = {
    "a list": [1, 2],
    "bytes": bytes(32),
    "a number": 7,
    "signed": GOOD.astype(np.int64),
    "floating": GOOD.astype(np.float64),
    "objects": GOOD.astype(object),
    "narrow": GOOD.astype(np.uint32),
    "big endian": GOOD.astype(">u8"),
    "flat": GOOD.reshape(-1),
    "eight columns": GOOD.reshape(-1, 8),
    "three axes": GOOD.reshape(2, 2, 4),
    "scalar array": np.array(5, dtype=np.uint64),
    "every other row": GOOD[::2],
    "reversed": GOOD[::-1],
    "transposed": np.asfortranarray(GOOD),
    "three columns": GOOD[:, :3],
}


@pytest.mark.parametrize("name", NOT_FIELD_VECTORS)
def test_only_contiguous_uint64_matrices_are_accepted(name: str) -> None:
    bad = NOT_FIELD_VECTORS[name]
    for call in (k.fr_inv, k.fq_neg, k.ntt, k.g1_mul_generator, k.fr_from_mont):
        with pytest.raises(ValueError, match=r"(a|values|scalars): expected"):
            call(bad)
    with pytest.raises(ValueError, match="b: expected"):
        k.fr_add(GOOD, bad)


def test_none_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        k.ntt(None)


def test_read_only_arrays_are_accepted_and_never_written() -> None:
    frozen = GOOD.copy()
    frozen.flags.writeable = False
    assert (k.ntt(k.ntt(frozen), True) == GOOD).all()
    assert (k.fr_mul(frozen, frozen) == to_limbs([1, 4, 9, 16])).all()


def test_results_own_their_memory() -> None:
    out = k.fr_neg(GOOD)
    again = k.fr_neg(GOOD)
    out[:] = 0
    assert (again == to_limbs([R - 1, R - 2, R - 3, R - 4])).all()


def test_empty_vectors_are_fine() -> None:
    empty = np.zeros((0, 4), np.uint64)
    assert k.fr_add(empty, empty).shape == k.fr_inv(empty).shape == (0, 4)
    assert k.g1_mul_generator(empty).shape == (0, 8)
    assert k.g2_mul_generator(empty).shape == (0, 16)
    assert not k.g1_msm(np.zeros((0, 8), np.uint64), empty).any()


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


NAME = "from zkcredit import _kernel; print(_kernel.kernel_name())"
DIGEST = """
import hashlib
from support.kernel.kernel_cases import Q, R, chain, edges, g1, g2, keys, numbers
from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs
digest = hashlib.sha256()
for p, mul, inv in ((R, k.fr_mul, k.fr_inv), (Q, k.fq_mul, k.fq_inv)):
    values = edges(p) + numbers(p, 40, 1)
    left = to_limbs([x for x in values for _ in values])
    right = to_limbs([y for _ in values for y in values])
    digest.update(mul(left, right).tobytes() + inv(left).tobytes())
digest.update(k.ntt(to_limbs(numbers(R, 1024, 2))).tobytes())
scalars = to_limbs(numbers(R, 200, 3))
digest.update(k.g1_msm(g1(numbers(R, 200, 4)), scalars).tobytes())
digest.update(k.g2_msm(g2(numbers(R, 200, 4)), scalars).tobytes())
digest.update(k.pairing(g1([5])[0], g2([7])[0]).tobytes())
key = keys(60, 5)
r, s = to_limbs(numbers(R, 2, 5))
for part in key.proving.prove_with_blinding_unsafe(to_limbs(key.toy.witness), r, s):
    digest.update(part.tobytes())
print(k.kernel_name(), digest.hexdigest())
"""


def test_a_unit_can_be_forced() -> None:
    assert run(NAME, ZKCREDIT_KERNEL="portable").stdout == "portable\n"
    best = run(NAME, ZKCREDIT_KERNEL="").stdout
    units = ["ifma\n", "avx2\n", "adx\n", "portable\n"]
    assert best in units
    for unit in units:
        name = unit.strip()
        forced = run(NAME, ZKCREDIT_KERNEL=name)
        if units.index(unit) >= units.index(best):  # each processor has those below its best
            assert forced.stdout == unit
        else:
            assert f"ZKCREDIT_KERNEL={name} does not run on this processor" in forced.stderr


@pytest.mark.slow
def test_units_agree_bit_for_bit() -> None:
    results = [
        run(DIGEST, ZKCREDIT_KERNEL=unit, PYTHONPATH=MODULE_PATH).stdout.split()
        for unit in ("portable", "")
    ]
    assert results[0][0] == "portable"
    assert results[0][1] == results[1][1]


REFUSED = """
import sys
from zkcredit.errors import KernelUnavailable
try:
    {use}
except KernelUnavailable as error:
    sys.stdout.buffer.write(str(error).encode())
"""
USES = {
    "a name of the module": "from zkcredit import _kernel; _kernel.kernel_name()",
    "a class from the module": "from zkcredit._kernel import R1cs",
    "a name that it never has": "from zkcredit import _kernel; _kernel.nonsense",
    "a key": "from zkcredit.published import dev_verifying_key as key; key('eligibility').resident",
}


@pytest.mark.slow
@pytest.mark.parametrize("use", USES)
def test_the_first_use_of_an_unknown_unit_is_a_typed_error(use: str) -> None:
    code = REFUSED.format(use=USES[use])
    result = run(code, ZKCREDIT_KERNEL="fastest")
    assert result.stdout.startswith("ZKCREDIT_KERNEL=fastest is not a unit of the kernel: ")
    assert (result.returncode, result.stderr) == (0, "")
    assert run(code, ZKCREDIT_KERNEL="portable").stdout == ""


@pytest.mark.parametrize(
    "name", ["ifma9", "Portable", "portable ", "ADX", "no such unit", "\udcff"]
)
def test_any_other_text_is_an_unknown_unit(name: str) -> None:
    shown = name.replace("\udcff", r"\xff")  # a byte that is no text
    refusal = run(REFUSED.format(use=USES["a name of the module"]), ZKCREDIT_KERNEL=name).stdout
    assert refusal.startswith(f"ZKCREDIT_KERNEL={shown} is not a unit of the kernel: ")
    assert f"this processor runs {', '.join(k.kernel_units())}; name one of these" in refusal


def test_a_kernel_that_was_refused_is_refused_again() -> None:
    code = REFUSED.format(use="from zkcredit import _kernel")  # the import alone uses nothing
    twice = code + REFUSED.format(use="_kernel.kernel_name()") * 2
    assert run(twice, ZKCREDIT_KERNEL="fastest").stdout.count("is not a unit") == 2


def test_what_needs_no_kernel_runs_with_an_unknown_unit() -> None:
    code = "import zkcredit; print(zkcredit.Policy.__name__)"
    assert run(code, ZKCREDIT_KERNEL="fastest").stdout == "Policy\n"


def test_running_out_of_memory_is_a_memory_error() -> None:
    code = """
import resource, numpy as np
from zkcredit import _kernel as k
a = np.zeros((1 << 21, 4), dtype=np.uint64)
used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (96 << 20),) * 2)
try:
    k.ntt(a, False, 2)
except MemoryError:
    print("refused")
small = np.zeros((4, 4), dtype=np.uint64)
assert not k.ntt(small).any()
"""
    result = run(code)
    assert result.stdout == "refused\n", result.stderr


@pytest.mark.slow
def test_other_python_threads_run_while_the_kernel_works() -> None:
    points, scalars = g1(numbers(R, 4000, 1)), to_limbs(numbers(R, 4000, 2))
    points, scalars = np.tile(points, (16, 1)), np.tile(scalars, (16, 1))
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.wait(0.002):
            ticks += 1

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        most = 0
        for _ in range(2000):  # other work on the machine may delay the ticker for many calls
            before = ticks
            k.g1_msm(points, scalars)
            most = max(most, ticks - before)
            if most > 2:  # one that held the lock would let a tick pass before it and one after
                break
    finally:
        done.set()
        ticker.join()
    assert most > 2


def test_concurrent_calls_give_the_same_answer() -> None:
    points, scalars = g2(numbers(R, 300, 1)), to_limbs(numbers(R, 300, 2))
    want = k.g2_msm(points, scalars)
    results: list[Any] = []
    workers = [
        threading.Thread(target=lambda: results.append(k.g2_msm(points, scalars, 2)))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    assert all((r == want).all() for r in results)


def test_the_stub_names_exactly_what_the_module_has() -> None:
    stub = ast.parse((Path(zkcredit.__file__).parent / "_kernel.pyi").read_text())
    declared = {
        node.name: node for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    declared.pop("SetupPoints")
    assert set(declared) == {name for name in dir(k) if not name.startswith("_")}
    for name, node in declared.items():
        if isinstance(node, ast.ClassDef):
            members = {n.name for n in node.body if isinstance(n, ast.FunctionDef)} - {"__init__"}
            actual = {n for n, _ in inspect.getmembers(getattr(k, name)) if not n.startswith("_")}
            assert members == actual
