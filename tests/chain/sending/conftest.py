"""An outbox in a file, and time that passes only when somebody sleeps."""

from __future__ import annotations

import pytest
from support.chain.faulty_chain import Clock

from zkcredit.chain.sending import transactions


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(transactions, "time", clock)
    return clock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outbox.sqlite"
