"""The page about soundness has the figures of the committed runs, and the annotations of today."""

from __future__ import annotations

import pytest
from support.soundness.soundness_page import PAGE, filled, results

from zkcredit.circuits import circuit_names, get_circuit


def test_the_page_is_fresh() -> None:
    page = PAGE.read_text()
    assert filled(page) == page  # otherwise: python -m support.soundness.soundness_page


@pytest.mark.slow
@pytest.mark.parametrize("name", circuit_names())
def test_the_recorded_audit_is_of_todays_circuit(name: str) -> None:
    recorded, system = results("statement-audit")[name], get_circuit(name).system
    assert (recorded["constraints"], recorded["wires"]) == (system.n_constraints, system.n_wires)
    for figure in ("unproved", "unnoticed_elsewhere", "findings"):
        assert recorded[figure] == 0
