"""A record counted again from a node's raw logs, without zkcredit: words, and nothing else.

Only what the bureau's interface says of its events is used: their signatures and their order.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eth_utils import keccak

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STARTED = keccak(text="LoanStarted(uint256,address,uint256)")
PROGRESSED = keccak(text="LoanProgressed(uint256,uint256,uint256,uint256)")
CLOSED = keccak(text="LoanClosed(uint256,address,uint8)")
DAY = 86_400


def words(data: bytes) -> list[int]:
    """The 32-byte words of an event's data."""
    return [int.from_bytes(data[i : i + 32]) for i in range(0, len(data), 32)]


def recounted(logs: Iterable[Any], times: Mapping[int, int], who: int, now: int) -> dict[str, int]:
    """Attributes that an attestor signs, from the logs of a bureau.

    Args:
        logs: every log of the bureau, in order, with topics, data and block.
        times: block → its time.
        who: the pseudonym.
        now: time of the attestation.
    """
    on_time = late = repaid = defaults = recovered = 0
    first = None
    for log in logs:
        if len(log.topics) < 2 or int.from_bytes(log.topics[1]) != who:
            continue
        kind, rest = bytes(log.topics[0]), words(bytes(log.data))
        if kind == STARTED and first is None:
            first = times[log.block]
        elif kind == PROGRESSED:
            on_time += rest[0]
            late += rest[1]
        elif kind == CLOSED:
            repaid += rest[0] == 0
            defaults += rest[0] == 1
            recovered += rest[0] == 2
    assert first is not None
    points = 500 + 8 * min(on_time, 40) + 20 * min(repaid, 9)
    points += 60 * recovered - 25 * late - 150 * defaults
    begun, ends = (datetime.fromtimestamp(t // DAY * DAY, UTC) for t in (first, now))
    months = 12 * (ends.year - begun.year) + ends.month - begun.month - (ends.day < begun.day)
    return {
        "score": max(0, min(1000, points)),
        "delinquencies_24m": late + 4 * defaults,
        "history_months": months,
    }
