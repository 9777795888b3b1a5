"""A finding names the line that emitted the wire's first constraint, and no path of a machine."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import zkcredit
from zkcredit.audit import audit_circuit, audit_system
from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.circuits.cache import dumps, loads
from zkcredit.gadgets import compare
from zkcredit.r1cs import Circuit, ConstraintSystem, Matrix, compile_gadget

if TYPE_CHECKING:
    from types import FrameType

    from zkcredit.r1cs import Api, Inputs, Signal

HERE = Path(__file__)
PACKAGE = Path(zkcredit.__file__).parent


def line_of(path: Path, text: str) -> str:
    """`file:line` of the only line with this text."""
    lines = path.read_text().splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if text in line and "line_of(" not in line]
    inside = path.is_relative_to(PACKAGE)
    return f"{path.relative_to(PACKAGE.parent) if inside else path.name}:{number}"


def root(api: Api, x: Inputs) -> None:
    with api.gadget("root"):
        y = api.witness(api.shadow(x.hint))
        sum_of_two = y + x.square  # emits nothing
        api.assert_product(y, y, x.square)
    sum_of_two * y


def without(circuit: Circuit, dropped: int) -> Circuit:
    """The circuit without one constraint."""
    kept = [i for i in range(circuit.system.n_constraints) if i != dropped]
    rows = [circuit.system.row(i) for i in kept]
    matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
    return replace(
        circuit,
        system=ConstraintSystem(circuit.system.n_wires, circuit.system.n_public, *matrices),
        constraint_labels=tuple(circuit.constraint_labels[i] for i in kept),
        constraint_sources=tuple(circuit.constraint_sources[i] for i in kept),
    )


def test_a_users_gadget_is_named_by_its_file_and_line() -> None:
    circuit = compile_gadget(root, private={"square": 1, "hint": 1})
    report = audit_circuit(circuit, inputs=[{"square": 49, "hint": 7}])
    first = report.findings[0]
    expected = line_of(HERE, "api.assert_product(y, y, x.square)")
    assert first.kind == "free wire"
    assert first.gadget == "root"
    assert first.sources == (expected,)
    assert f"wire 3 of root at {expected} (constraints " in first.text
    assert any(expected in line for line in report.lines())


def test_a_finding_lists_the_lines_of_all_its_wires_once() -> None:
    def choose(api: Api, x: Inputs) -> None:
        ones = [api.witness(api.shadow(x.x)) for _ in range(3)]
        for one in ones:
            api.assert_product(one, one, x.x)  # three times
        api.assert_product(ones[0], api.witness(api.shadow(x.x)), ones[1])  # once

    report = audit_circuit(compile_gadget(choose, private={"x": 1}))
    (finding,) = report.findings
    assert len(finding.wires) == 4
    assert finding.sources == (line_of(HERE, "# three times"), line_of(HERE, "# once"))


def test_a_missing_constraint_is_told_at_the_first_that_is_left() -> None:
    def zero(api: Api, x: Inputs) -> None:
        compare.is_zero(api, x.x).value * x.x

    whole = compile_gadget(zero, private={"x": 1})
    places = [line_of(Path(compare.__file__), text) for text in (
        "z = 1 - x * inverse", "api.assert_product(x, z, api.constant(0))")]  # fmt: skip
    assert whole.constraint_sources[:2] == tuple(places)
    assert audit_circuit(whole).findings == ()
    for dropped, shown in ((0, places[1]), (1, places[0])):
        findings = audit_circuit(without(whole, dropped)).findings
        assert shown in [source for finding in findings for source in finding.sources]
        assert shown.startswith("zkcredit/gadgets/compare.py:")


def test_a_patched_gadget_of_the_library_is_named_by_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = Path(compare.__file__).read_text()
    sound = "api.assert_product(x, z, api.constant(0))"
    broken = text.replace(sound, "api.assert_product(z, z, z)")
    namespace: dict[str, Any] = {"__name__": compare.__name__}
    exec(compile(broken, compare.__file__, "exec"), namespace)
    monkeypatch.setattr(compare, "is_zero", namespace["is_zero"])

    def zero(api: Api, x: Inputs) -> None:
        compare.is_zero(api, x.x)

    circuit = compile_gadget(zero, private={"x": 1})
    assert line_of(Path(compare.__file__), sound) in circuit.constraint_sources
    (finding,) = audit_circuit(circuit, inputs=[{"x": 5}]).findings
    assert finding.sources == (line_of(Path(compare.__file__), "z = 1 - x * inverse"),)


def test_an_operator_deep_in_a_helper_is_told_where_it_stands() -> None:
    def squared(value: Signal) -> Signal:
        return value * value  # the helper's product

    def twice(api: Api, x: Inputs) -> None:
        for value in (squared(v) for v in x.x):
            api.assert_zero(value)  # the assertion

    circuit = compile_gadget(twice, private={"x": 2})
    expected = [line_of(HERE, "# the helper's product"), line_of(HERE, "# the assertion")]
    assert circuit.constraint_sources == (*expected, *expected)


def test_text_that_is_no_file_is_called_what_python_calls_it() -> None:
    namespace: dict[str, Any] = {}
    exec("def define(api, x):\n    api.assert_product(x.x, x.x, x.y)\n", namespace)
    circuit = compile_gadget(namespace["define"], private={"x": 1, "y": 1})
    assert circuit.constraint_sources == ("<string>:2",)


@pytest.mark.slow
@pytest.mark.parametrize("name", circuit_names())
def test_every_constraint_of_a_statement_has_a_line_that_is_there(name: str) -> None:
    circuit = get_circuit(name)
    assert len(circuit.constraint_sources) == circuit.system.n_constraints
    for source in set(circuit.constraint_sources):
        file, _, line = source.partition(":")
        assert file.startswith(("zkcredit/gadgets/", "zkcredit/circuits/"))
        assert int(line) <= len((PACKAGE.parent / file).read_text().splitlines())


def test_a_circuit_from_the_cache_keeps_its_lines() -> None:
    circuit = get_circuit("ledger_eligibility")
    assert loads(dumps(circuit)).constraint_sources == circuit.constraint_sources


def test_no_path_of_a_machine_is_in_a_report() -> None:
    circuit = compile_gadget(root, private={"square": 1, "hint": 1})
    report = audit_circuit(circuit, inputs=[{"square": 49, "hint": 7}])
    text = json.dumps(report.as_dict()) + "\n".join(report.lines())
    frame: FrameType | None = inspect.currentframe()
    assert frame is not None
    assert str(Path(frame.f_code.co_filename).parent) not in text
    assert str(PACKAGE.parent) not in text


def test_nothing_is_said_about_lines_that_nobody_knows() -> None:
    circuit = compile_gadget(root, private={"square": 1, "hint": 1})
    report = audit_system(circuit.system, given=range(1, 3), title="file")
    assert report.findings
    assert all(finding.sources == () for finding in report.findings)
    assert all(" at " not in finding.text for finding in report.findings)
