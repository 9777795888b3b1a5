"""Makes the fixtures of :mod:`support.cli.cli_desk` known to the tests of the command line."""

from __future__ import annotations

from support.cli.cli_desk import desk, shared_desk

__all__ = ["desk", "shared_desk"]
