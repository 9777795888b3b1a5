from __future__ import annotations

import pytest
from support.circuits.eligibility_case import Case

from zkcredit.circuits.eligibility import Eligibility
from zkcredit.r1cs import Circuit, compile_statement


@pytest.fixture(scope="session")
def circuit() -> Circuit:
    """`eligibility`, compiled afresh: no cache between the source and the test."""
    return compile_statement(Eligibility())


@pytest.fixture(scope="session")
def honest() -> dict:
    """The inputs of an honest borrower."""
    return Case().values()
