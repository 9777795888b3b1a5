"""Makes the fixtures of :mod:`support.cli` known to the tests of the command line."""

from __future__ import annotations

from support.cli.cli_desk import desk, shared_desk
from support.cli.loan_desk import shared_town, town

__all__ = ["desk", "shared_desk", "shared_town", "town"]
