"""``verify``: an answer to the verifier's own request, once, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import FOREVER, STRICT, run

from zkcredit.policy import Policy
from zkcredit.request import RequestBook

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk


def test_what_was_proved_verifies(shared_desk: Desk) -> None:
    verified = shared_desk.verify().json
    assert verified["valid"] is True
    signals = json.loads(shared_desk.path("shown.json").read_text())["publicSignals"]
    assert verified["pseudonym"] in signals
    text = run(
        "verify", shared_desk.path("shown.json"), "--request", shared_desk.path("request.json")
    )
    assert (text.code, text.out) == (0, "OK\n")


@pytest.mark.parametrize(
    "changed",
    [{"verifier": "another lender"}, {"purpose": "a tractor"}, {"nonce": 1235},
     {"expires_at": FOREVER + 1}, {"scope": 1}, {"registry_root": 1},
     {"policy": Policy(**STRICT).at(1_800_000_000)}],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_another_request_exits_with_3(
    shared_desk: Desk, tmp_path: Path, changed: dict[str, object]
) -> None:
    refused = shared_desk.verify(request=shared_desk.ask(tmp_path / "other.json", **changed))
    assert (refused.code, refused.out) == (3, "")
    assert json.loads(refused.err)["error"] == "InvalidProof"


def test_another_time_exits_with_3(shared_desk: Desk, tmp_path: Path) -> None:
    policy = shared_desk.request.policy
    later = shared_desk.ask(tmp_path / "later.json", policy=policy.at(policy.now + 1))
    assert shared_desk.verify(request=later).code == 3


def test_an_expired_request_exits_with_3(shared_desk: Desk, tmp_path: Path) -> None:
    refused = shared_desk.verify(request=shared_desk.ask(tmp_path / "old.json", expires_at=1_000))
    assert refused.code == 3
    assert json.loads(refused.err)["error"] == "ExpiredRequest"


def test_a_book_accepts_one_answer(shared_desk: Desk, tmp_path: Path) -> None:
    book = tmp_path / "book"
    unknown = shared_desk.verify(book=book)
    assert (unknown.code, "not in the book" in unknown.err) == (3, True)
    with RequestBook.open(book) as opened:
        opened.keep(shared_desk.request)
    assert run("verifier", "book", book, "--json").json["waiting"][0]["purpose"] == "a bicycle"
    assert shared_desk.verify(book=book).json["valid"] is True
    again = shared_desk.verify(book=book)
    assert again.code == 3
    assert json.loads(again.err)["error"] == "AnsweredRequest"
    assert run("verifier", "book", book).out == "no request waits for an answer\n"


def test_a_file_that_is_not_a_book_exits_with_1(shared_desk: Desk) -> None:
    refused = shared_desk.verify(book=shared_desk.path("registry.json"))
    assert refused.code == 1
    assert json.loads(refused.err)["error"] == "DamagedFile"


def test_a_tampered_proof_exits_with_3(shared_desk: Desk, tmp_path: Path) -> None:
    document = json.loads(shared_desk.path("shown.json").read_text())
    proof = document["proof"]
    proof["pi_a"], proof["pi_c"] = proof["pi_c"], proof["pi_a"]
    (tmp_path / "bad.json").write_text(json.dumps(document))
    assert shared_desk.verify(tmp_path / "bad.json").code == 3


def test_a_tampered_pseudonym_exits_with_3(shared_desk: Desk, tmp_path: Path) -> None:
    document = json.loads(shared_desk.path("shown.json").read_text())
    document["publicSignals"][4] = "5"
    (tmp_path / "bad.json").write_text(json.dumps(document))
    assert shared_desk.verify(tmp_path / "bad.json").code == 3


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"type": "zkcredit/presentation/1"}'])
def test_a_malformed_presentation_exits_with_2(
    shared_desk: Desk, tmp_path: Path, content: str
) -> None:
    (tmp_path / "bad.json").write_text(content)
    refused = shared_desk.verify(tmp_path / "bad.json")
    assert refused.code == 2
    assert json.loads(refused.err)["error"] == "MalformedFile"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"type": "zkcredit/consent/1"}', "\x00"])
def test_a_malformed_request_exits_with_2(shared_desk: Desk, tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    assert shared_desk.verify(request=tmp_path / "bad.json").code == 2


def test_a_missing_file_exits_with_2(shared_desk: Desk, tmp_path: Path) -> None:
    assert shared_desk.verify(tmp_path / "none.json").code == 2


def test_a_key_that_is_not_one_exits_with_2(shared_desk: Desk) -> None:
    assert shared_desk.verify(vk=shared_desk.path("policy.json")).code == 2


def test_a_model_is_for_requests_that_name_one(shared_desk: Desk) -> None:
    assert shared_desk.verify(model="bundled").code == 2
