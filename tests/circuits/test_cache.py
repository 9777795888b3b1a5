from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import zkcredit
from zkcredit.circuits import cache
from zkcredit.circuits.cache import cached_circuit, dumps, fingerprint, loads
from zkcredit.circuits.catalogue import circuit_names, get_circuit, get_statement
from zkcredit.errors import InvalidInput
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import Circuit, compile_gadget


class Factory:
    """Builds one small circuit and counts how often."""

    def __init__(self, name: str = "toy") -> None:
        self.name = name
        self.built = 0

    def __call__(self) -> Circuit:
        self.built += 1

        def relation(api, x):
            api.assert_equal(x.a * x.a, x.b)
            with api.gadget("wide"):
                range_check(api, x.a, 7)
            api.witness(x.c)

        return compile_gadget(
            relation, name=self.name, public={"b": 1}, private={"a": 1}, advice={"c": 1}
        )


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "zkcredit" / "circuits" / "toy.bin"


def _same(left: Circuit, right: Circuit) -> bool:
    arrays = [
        (getattr(getattr(x, owner), name), getattr(getattr(y, owner), name))
        for owner, names in (("tape", cache._TAPE_ARRAYS),)
        for name in names
        for x, y in ((left, right),)
    ]
    for part in "abc":
        x, y = getattr(left.system, part), getattr(right.system, part)
        arrays += [(getattr(x, name), getattr(y, name)) for name in cache._MATRIX_ARRAYS]
    plain = [
        (
            c.name,
            c.public_names,
            c.inputs,
            c.constraint_labels,
            c.constraint_sources,
            c.tape.n_inputs,
            c.system.n_wires,
        )
        for c in (left, right)
    ]
    return plain[0] == plain[1] and all(
        x.dtype == y.dtype and np.array_equal(x, y) for x, y in arrays
    )


def test_the_fingerprint_covers_every_source_of_a_circuit() -> None:
    program = (
        "import sys; from zkcredit.circuits.catalogue import get_statement; "
        "from zkcredit.r1cs import compile_statement; "
        "compile_statement(get_statement('ledger_eligibility')); "
        "print(*(m.__file__ for n, m in sys.modules.items() if 'zkcredit.' in n), sep='\\n')"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    package = Path(zkcredit.__file__).parent
    used = {Path(file).relative_to(package).as_posix() for file in loaded if file.endswith(".py")}
    covered = {
        path.relative_to(package).as_posix()
        for pattern in cache._SOURCES
        for path in package.glob(pattern)
    }
    beside = {name for name in used - covered if not name.startswith("_internal/")}
    assert beside <= {"errors.py", "language.py"}  # words alone


def test_a_circuit_survives_its_file(file: Path) -> None:
    factory = Factory()
    first = cached_circuit("toy", factory)
    second = cached_circuit("toy", factory)
    assert factory.built == 1
    assert _same(first, second)
    assert second.gadget_counts == {"wide": 7, "wide.range": 7}
    values = {"b": 25, "a": 5, "c": 3}
    assert np.array_equal(first.witness(values), second.witness(values))
    assert not list(file.parent.glob(".*"))


def test_every_kind_of_damage_leads_to_a_new_build(file: Path) -> None:
    factory = Factory()
    good = cached_circuit("toy", factory)
    whole = file.read_bytes()
    damaged = [b"", whole[:10], whole[:64], whole[:-1], whole + b"\0", os.urandom(len(whole))]
    for place in (0, 31, 32, 63, 64, 70, len(whole) // 2, len(whole) - 1):
        damaged.append(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    for number, data in enumerate(damaged):
        with pytest.raises(InvalidInput):
            loads(data)
        file.write_bytes(data)
        assert _same(cached_circuit("toy", factory), good)
        assert factory.built == number + 2
        assert file.read_bytes() == whole


def test_other_sources_lead_to_a_new_build(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    factory = Factory()
    cached_circuit("toy", factory)
    monkeypatch.setattr(cache, "fingerprint", lambda: hashlib.sha256(b"newer").digest())
    cached_circuit("toy", factory)
    assert factory.built == 2


def test_a_file_of_another_circuit_is_not_taken(file: Path) -> None:
    factory = Factory()
    cached_circuit("toy", factory)
    file.write_bytes(dumps(Factory("other")()))
    assert cached_circuit("toy", factory).name == "toy"
    assert factory.built == 2


def test_a_cache_that_cannot_be_used_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    factory = Factory()
    assert cached_circuit("toy", factory).name == "toy"
    assert cached_circuit("toy", factory).name == "toy"
    assert factory.built == 2


def test_the_fingerprint_is_stable() -> None:
    assert fingerprint() == fingerprint.__wrapped__()
    assert len(fingerprint()) == 32


def test_circuits_are_known_by_name() -> None:
    assert "eligibility" in circuit_names()
    assert get_circuit("eligibility") is get_circuit("eligibility")
    for name in ("", "Eligibility", "../eligibility", "nothing"):
        with pytest.raises(InvalidInput):
            get_circuit(name)
        with pytest.raises(InvalidInput):
            get_statement(name)
