"""A story is told once in a run, and each file of tests asks about one: its ``STORY``."""

from __future__ import annotations

from typing import Any

import pytest
from support.demo.telling import Telling, told


@pytest.fixture(scope="module")
def telling(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Telling:
    """The story of the file, and what it left."""
    return told(request.module.STORY, tmp_path_factory)


@pytest.fixture(scope="module")
def document(telling: Telling) -> dict[str, Any]:
    """What the command printed about it with ``--json``."""
    return telling.document
