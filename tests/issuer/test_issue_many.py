"""A batch of orders: each is issued once, however often and wherever the batch is begun again."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from support.protocol.nouns import NOW, PASSWORD, card, record, seed

from zkcredit import units
from zkcredit.errors import (
    CredentialError,
    ExpiredCredential,
    InvalidInput,
    MachineError,
    OutOfRange,
    RevokedCredential,
    WalletError,
)
from zkcredit.issuer import IssueOrder, Issuer
from zkcredit.shared_vault import SharedVault
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import MAX_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkcredit.credential import Credential
    from zkcredit.issuer import IssueOutcome

LIGHT = KdfCost.light_unsafe()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "issuer"
    Issuer.create(path, PASSWORD, cost=LIGHT).close()
    return path


@pytest.fixture
def issuer(path: Path) -> Iterator[Issuer]:
    with Issuer.open(path, PASSWORD) as opened:
        yield opened


def order(number: int = 1, /, **changes: Any) -> IssueOrder:
    """What is ordered for one of several people."""
    values = {"record": record(), "person": f"person {number}", "to": card(number)} | changes
    return IssueOrder(**values)


def issue(issuer: Issuer, *orders: IssueOrder, **more: Any) -> list[IssueOutcome]:
    return list(issuer.issue_many(orders, **{"batch": "autumn", "now": NOW, **more}))


def opened(outcome: IssueOutcome, person: int = 1) -> Credential:
    assert outcome.envelope is not None
    return outcome.envelope.open(seed(person).envelope_key, card(person).holder)


def test_each_order_gets_a_credential(issuer: Issuer) -> None:
    outcomes = issue(issuer, order(1), order(2, valid_for=100), order(1, record=record(score=650)))
    assert [outcome.order.person for outcome in outcomes] == ["person 1", "person 2", "person 1"]
    for outcome, person in zip(outcomes, (1, 2, 1), strict=True):
        credential = opened(outcome, person)
        credential.verify(issuer=issuer.public_key, at=NOW)
        assert outcome.issued is not None
        assert credential.revocation_id == outcome.issued.revocation_id
        assert credential.record.person_tag == issuer.person_tag(f"person {person}")
        assert (outcome.refusal, outcome.repeated) == (None, False)
    assert opened(outcomes[1], 2).expires_at == NOW + 100
    assert opened(outcomes[2]).record.values()[0] == 650
    assert len(issuer.issued()) == 3


def test_an_equal_order_gets_the_same_credential_again(issuer: Issuer, path: Path) -> None:
    first = issue(issuer, order(1), order(2))
    with Issuer.open(path, PASSWORD) as again:
        second = issue(again, order(2), order(1), order(3), now=NOW + 50)
        assert [outcome.repeated for outcome in second] == [True, True, False]
        assert opened(second[1]) == opened(first[0])
        assert opened(second[0], 2) == opened(first[1], 2)
        assert len(again.issued()) == 3


def test_an_envelope_that_the_caller_has_is_not_sealed_again(issuer: Issuer) -> None:
    first = issue(issuer, order(1), order(2))
    assert first[0].issued is not None
    have = {first[0].issued.revocation_id}
    second = issue(issuer, order(1), order(2), have=have)
    assert [outcome.envelope is None for outcome in second] == [True, False]
    assert [outcome.issued for outcome in second] == [outcome.issued for outcome in first]


def test_a_new_credential_is_sealed_whatever_the_caller_has(issuer: Issuer) -> None:
    assert issue(issuer, order(), have=range(1 << 32))[0].envelope is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"record": record(score=721)},
        {"record": record(open_accounts=4)},
        {"valid_for": 91 * units.DAY},
        {"person": "person 1", "to": card(1), "record": record(subject_ref=78)},
    ],
)
def test_an_order_that_differs_is_another_one(issuer: Issuer, changed: dict[str, Any]) -> None:
    issue(issuer, order())
    assert issue(issuer, order(**changed))[0].repeated is False
    assert len(issuer.issued()) == 2


def test_another_batch_issues_equal_orders_anew(issuer: Issuer) -> None:
    issue(issuer, order())
    assert issue(issuer, order(), batch="winter")[0].repeated is False
    assert issue(issuer, order(), batch="autumn ")[0].repeated is False
    assert len(issuer.issued()) == 3


def test_a_refused_order_does_not_stop_the_others(issuer: Issuer) -> None:
    bad = [order(1, to=card(2)), order(3, to=card(1))]
    outcomes = issue(issuer, order(1), *bad, order(2))
    assert [outcome.refusal is None for outcome in outcomes] == [True, False, False, True]
    for outcome, words in zip(outcomes[1:3], ("another holder", "another person"), strict=True):
        assert isinstance(outcome.refusal, CredentialError)
        assert words in str(outcome.refusal)
        assert (outcome.issued, outcome.envelope) == (None, None)
    assert len(issuer.issued()) == 2


def test_a_credential_that_is_revoked_or_expired_is_not_sealed_again(issuer: Issuer) -> None:
    first = issue(issuer, order(1), order(2, valid_for=100), order(3))
    assert first[0].issued is not None
    issuer.revoke(first[0].issued.revocation_id)
    again = issue(issuer, order(1), order(2, valid_for=100), order(3), now=NOW + 100)
    refusals = [type(outcome.refusal) for outcome in again]
    assert refusals == [RevokedCredential, ExpiredCredential, type(None)]
    assert again[0].envelope is again[1].envelope is None
    assert "another batch" in str(again[0].refusal)
    assert len(issuer.issued()) == 3


def test_a_long_batch_is_read_no_further_than_needed(issuer: Issuer) -> None:
    read: list[int] = []

    def orders() -> Iterator[IssueOrder]:
        for number in range(1000):
            read.append(number)
            yield order(record=record(score=number))

    outcomes = issuer.issue_many(orders(), batch="long", now=NOW)
    assert not read
    next(outcomes)
    assert len(read) == 64
    assert len(issuer.issued()) == 64  # they are written down before the first is signed
    again = list(islice(issuer.issue_many(orders(), batch="long", now=NOW), 66))
    assert [outcome.repeated for outcome in again] == [True] * 64 + [False] * 2


@pytest.mark.parametrize("fault", [MachineError("the disk is full"), WalletError("locked")])
def test_a_fault_stops_the_batch_and_leaves_no_half_of_a_group(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    put, left = SharedVault.put, [3]

    def failing(self: SharedVault, *given: Any, **named: Any) -> None:
        left[0] -= 1
        if not left[0]:
            raise fault
        put(self, *given, **named)

    orders = [order(number) for number in range(1, 6)]
    monkeypatch.setattr(SharedVault, "put", failing)
    with pytest.raises(type(fault)):
        issue(issuer, *orders)
    monkeypatch.undo()
    assert issuer.issued() == []
    assert len(issue(issuer, *orders)) == 5
    assert len(issuer.issued()) == 5


@pytest.mark.parametrize("batch", ["", " ", "\n", None, 7, "x" * 257])
def test_a_batch_without_a_name_is_refused_at_once(issuer: Issuer, batch: Any) -> None:
    with pytest.raises(InvalidInput):
        issuer.issue_many([order()], batch=batch)
    assert issuer.issued() == []


@pytest.mark.parametrize("wrong", [None, "order", record()])
def test_what_is_not_an_order_is_refused(issuer: Issuer, wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="order"):
        issue(issuer, order(), wrong)
    assert issuer.issued() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"record": None},
        {"person": ""},
        {"person": 17},
        {"person": "a\0b"},
        {"to": None},
        {"valid_for": 0},
        {"valid_for": 1 << 40},
        {"valid_for": 1.5},
    ],
)
def test_an_order_is_checked_when_it_is_made(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        order(**changed)


@pytest.mark.parametrize("now", [-1, 1 << 40, "now"])
def test_an_impossible_time_is_refused_at_once(issuer: Issuer, now: Any) -> None:
    with pytest.raises(InvalidInput):
        issuer.issue_many([order()], batch="autumn", now=now)


def test_a_credential_that_would_outlive_the_calendar_is_refused(issuer: Issuer) -> None:
    with pytest.raises(OutOfRange, match="expire"):
        issue(issuer, order(valid_for=100), now=MAX_TIME - 99)
    assert issuer.issued() == []


def test_a_full_file_issues_nothing_more_and_still_revokes(
    issuer: Issuer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = issue(issuer, order())
    assert first.issued is not None
    monkeypatch.setattr("zkcredit.storage.database._LARGEST", path.stat().st_size + (1 << 25) - 1)
    with pytest.raises(WalletError, match="full"):
        issue(issuer, order(), order(2))
    with pytest.raises(WalletError, match="full"):
        issuer.issue(record(), person="person 2", to=card(2), now=NOW)
    assert len(issuer.issued()) == 1
    assert issue(issuer, order())[0].repeated  # what was issued can be sent again
    issuer.revoke(first.issued.revocation_id)
    assert issuer.publish(now=NOW).revoked == (first.issued.revocation_id,)
    Issuer.open(path, PASSWORD).close()


def test_a_closed_issuer_issues_no_batch(path: Path) -> None:
    issuer = Issuer.open(path, PASSWORD)
    issuer.close()
    with pytest.raises(WalletError):
        issue(issuer, order())


def test_an_order_shows_nothing_of_the_person() -> None:
    assert repr(order()) == "IssueOrder(…)"


def test_the_file_does_not_tell_what_a_batch_was(issuer: Issuer, path: Path) -> None:
    issue(issuer, order())
    with Issuer.open(path, PASSWORD) as other:
        ((id_, _),) = other._vault.all("order")
    assert id_.encode() in path.read_bytes()
    assert b"autumn" not in path.read_bytes()
    assert b"person 1" not in path.read_bytes()
    second = path.with_name("second")
    with Issuer.create(second, PASSWORD, cost=LIGHT) as another:
        issue(another, order())
        assert another._vault.all("order")[0][0] != id_  # keyed by the issuer
