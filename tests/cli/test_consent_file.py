"""The file of consents to a restructuring: what is written is read, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from zkcredit.chain.loans.consents import SignedConsent
from zkcredit.cli.loan.consent_file import BORROWER, Agreement, combined
from zkcredit.errors import InvalidInput, MalformedFile

ONE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TWO = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


def consent(nonce: int) -> SignedConsent:
    return SignedConsent(ONE, nonce, 1_790_000_000, bytes(range(65)))


def agreement(*parts: int) -> Agreement:
    return Agreement(31337, ONE, 7, TWO, 90_000, {part: consent(1 << 250 | part) for part in parts})


GOOD = json.loads(agreement(BORROWER, 3).to_json())


def test_what_is_written_is_read() -> None:
    for parts in ((0,), (3,), (0, 3, 9), tuple(range(17))):
        made = agreement(*parts)
        assert Agreement.from_json(made.to_json()) == made


def test_files_of_several_people_are_combined() -> None:
    assert combined([agreement(0), agreement(3, 9)]) == agreement(0, 3, 9)
    assert combined([agreement(3), agreement(3)]) == agreement(3)


@pytest.mark.parametrize(
    "changed", [{"chain_id": 1}, {"market": TWO}, {"loan": 8}, {"product": ONE}, {"limit": 90_001}]
)
def test_files_about_different_terms_are_not_combined(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="do not agree"):
        combined([agreement(0), replace(agreement(3), **changed)])


def test_no_file_is_nothing() -> None:
    with pytest.raises(InvalidInput):
        combined([])


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "zkcredit/restructuring/2"}, {"loan": "7"}, {"loan": -1}, {"loan": 1 << 64},
        {"limit": 1 << 48}, {"limit": None}, {"market": "0x1"}, {"market": 7}, {"product": ""},
        {"consents": []}, {"consents": {}}, {"consents": GOOD["consents"] * 2},
        {"consents": GOOD["consents"] * 9}, {"chain_id": True}, {"more": 1},
    ],
)  # fmt: skip
def test_a_changed_file_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedFile):
        Agreement.from_json(json.dumps({**GOOD, **changed}))


@pytest.mark.parametrize(
    "changed",
    [
        {"position": "0"}, {"position": -1}, {"signer": "0x"}, {"nonce": 5}, {"nonce": "05"},
        {"nonce": str(1 << 256)}, {"deadline": 1 << 40}, {"deadline": "soon"}, {"signature": ""},
        {"signature": "0x00"}, {"signature": "AB"}, {"signature": "abc"}, {"signature": 5},
        {"signature": "00" * 4_097}, {"more": 1},
    ],
)  # fmt: skip
def test_a_changed_consent_is_refused(changed: dict[str, Any]) -> None:
    first = {**GOOD["consents"][0], **changed}
    with pytest.raises(MalformedFile):
        Agreement.from_json(json.dumps({**GOOD, "consents": [first]}))


@pytest.mark.parametrize("name", [*GOOD, "consents.signer"])
def test_a_file_without_a_member_is_refused(name: str) -> None:
    held = json.loads(json.dumps(GOOD))
    place = held["consents"][0] if "." in name else held
    del place[name.rpartition(".")[2]]
    with pytest.raises(MalformedFile):
        Agreement.from_json(json.dumps(held))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", b"\xff", '{"min_score": 3}'])
def test_what_is_no_such_file_is_refused(text: str | bytes) -> None:
    with pytest.raises(MalformedFile):
        Agreement.from_json(text)
