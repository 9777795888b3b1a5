"""One number for a history, so that it can be compared; the formula is fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zkcredit.history.record import HistoryRecord

__all__ = ["MAX_REPUTATION", "reputation"]

MAX_REPUTATION: Final = 1000
"""The best reputation; the worst is 0."""

_START: Final = 500
_ON_TIME: Final = (8, 40)  # points a row, most rows that count
_REPAID: Final = (20, 9)  # points a loan, most loans that count
_LATE: Final = 25
_DEFAULT: Final = 150
_RECOVERED: Final = 60


def reputation(record: HistoryRecord) -> int:
    """Return 500 + 8·min(on_time, 40) + 20·min(repaid, 9) − 25·late − 150·defaults + 60·recovered.

    It is cut to 0 .. 1000. A row paid in time never lowers it, and a late row or a default never
    raises it. A recovered loan takes back less than half of what its default cost.
    """
    points = (
        _START
        + _ON_TIME[0] * min(record.on_time, _ON_TIME[1])
        + _REPAID[0] * min(record.repaid, _REPAID[1])
        - _LATE * record.late
        - _DEFAULT * record.defaults
        + _RECOVERED * record.recovered
    )
    return min(max(points, 0), MAX_REPUTATION)
