"""What an attestor signs equals a count from raw logs by a script that does not use the library."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import taken_back
from support.history.recount import recounted
from support.history.town import DAY, HistoryTown

from zkcredit.chain.history.bureau import BureauState, CreditBureauClient
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.history import HistoryRecord, attested_record, attested_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = (1_001, 1_002, 1_003)


@pytest.fixture(scope="module")
def built() -> Iterator[HistoryTown]:
    town = HistoryTown()
    with town.node:
        yield town


@pytest.fixture
def town(built: HistoryTown) -> Iterator[HistoryTown]:
    with taken_back(built) as town:
        yield town


def live(town: HistoryTown, bureau: CreditBureauClient, who: int, draw: random.Random) -> None:
    """One thing that can happen to a person."""
    standing = bureau.standing(who)
    if standing.free:
        town.start(who, draw.randrange(1, 100_000))
    elif standing.state is BureauState.OPEN:
        rows = draw.randrange(4), draw.choice((0, 0, 0, 1, 2))
        town.report("progress", who, *rows, town.node.now() + 60 * DAY)
        if draw.random() < 0.4:
            town.report("close", who, draw.choice((0, 0, 0, 1)))
    elif standing.state is BureauState.DEFAULTED:
        town.report("close", who, 2)
    town.node.advance(draw.randrange(1, 40) * DAY)


@pytest.mark.parametrize("seed", range(3))
def test_an_attestation_equals_a_recount(town: HistoryTown, seed: int) -> None:
    bureau = CreditBureauClient(town.node, town.bureau)
    draw = random.Random(seed)
    for who in PEOPLE:
        town.start(who)
    for _ in range(25):
        live(town, bureau, draw.choice(PEOPLE), draw)
    logs = town.node.logs(town.bureau, since=0)
    times = {log.block: town.node.time_of(log.block) for log in logs}
    for who in PEOPLE:
        now = town.node.now()
        record = bureau.record(who)
        if record.open and 0 < record.good_until < now // DAY:  # a lateness that nobody reported
            with pytest.raises(InvalidInput, match="the record expired on"):
                attested_record(record, today=now // DAY, currency=978)
            continue
        signed = attested_record(record, today=now // DAY, currency=978)
        expected = recounted(logs, times, who, now)
        assert {name: getattr(signed, name) for name in expected} == expected
        assert (signed.currency, signed.monthly_income) == (978, 0)


def test_nothing_is_attested_of_nobody() -> None:
    with pytest.raises(InvalidInput, match="nothing to attest"):
        attested_record(HistoryRecord(0), today=20_000, currency=978)
    with pytest.raises(InvalidInput, match="begins after"):
        attested_record(HistoryRecord(1, first_day=20_001), today=20_000, currency=978)
    with pytest.raises(OutOfRange):
        attested_record(HistoryRecord(1), today=1 << 16, currency=978)


def test_a_score_never_falls_by_a_row_in_time() -> None:
    for on_time in range(50):
        scores = [
            attested_record(
                HistoryRecord(1, on_time=rows, late=3), today=20_000, currency=978
            ).score
            for rows in (on_time, on_time + 1)
        ]
        assert scores == sorted(scores)


def test_a_running_loan_bounds_the_credential() -> None:
    running = HistoryRecord(1, open=1, good_until=20_000)
    for today in (19_999, 20_000):
        attested_record(running, today=today, currency=978)
    with pytest.raises(InvalidInput, match=r"expired on 2024-10-04.*pay what is due"):
        attested_record(running, today=20_001, currency=978)
    assert attested_until(running) == 20_001 * DAY - 1
    in_default = HistoryRecord(1, open=1, good_until=0, defaults=1)
    attested_record(in_default, today=20_001, currency=978)  # which is counted
    for free in (in_default, HistoryRecord(1, repaid=1)):
        assert attested_until(free) is None


def test_whole_months_are_counted() -> None:
    # 2024-01-31 is day 19753; 2024-02-29 is not yet a month later, 2024-03-31 is two
    record = HistoryRecord(1, first_day=19_753)
    for day, months in ((19_753, 0), (19_782, 0), (19_813, 2), (19_812, 1)):
        assert attested_record(record, today=day, currency=978).history_months == months
