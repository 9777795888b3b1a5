"""Damaged files for every parser, in rounds: the long form of ``test_minutes_of_damage``."""

from __future__ import annotations

from parsers import PARSERS
from random_run import run

INPUTS = 20_000
"""Most inputs a round; a slow parser stops at a minute."""


def round_of(number: int) -> dict[str, int]:
    """Feed one parser: each in turn, from a new seed."""
    parser = list(PARSERS.values())[number % len(PARSERS)]
    found = run(parser, INPUTS, 60, number)
    assert not found["faults"], f"{parser.name}: {'; '.join(found['faults'])}"
    return {parser.name: found["inputs"]}
