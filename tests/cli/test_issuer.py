"""``issuer`` and ``registry``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import run

if TYPE_CHECKING:
    from support.cli.cli_desk import Desk


def _issue(desk: Desk, *more: object, record: str = "record.json", to: str = "card.json") -> object:
    return run(
        "issuer", "issue", desk.path("issuer"), desk.path(record), "--person", "one",
        "--to", desk.path(to), "--out", desk.path("out.json"), *desk.password, "--json", *more,
    )  # fmt: skip


def test_an_issued_credential_arrives_in_the_wallet(desk: Desk) -> None:
    assert _issue(desk, "--valid-days", 30).code == 0  # type: ignore[attr-defined]
    received = run(
        "credential", "receive", desk.path("wallet"), desk.path("out.json"), *desk.password
    )
    assert received.code == 0


@pytest.mark.slow
def test_a_new_issuer_has_a_key_and_nothing_issued(desk: Desk) -> None:
    made = run("issuer", "init", desk.path("new"), *desk.password, "--json")
    shown = run("issuer", "show", desk.path("new"), *desk.password, "--json")
    assert shown.json == {"public_key": made.json["public_key"], "issued": []}


def test_a_revoked_credential_is_listed_and_cannot_prove(desk: Desk) -> None:
    revoked = run("issuer", "revoke", desk.path("issuer"), desk.revocation_id, *desk.password)
    assert revoked.code == 0
    listed = run(
        "issuer", "publish", desk.path("issuer"), "--out", desk.path("l.json"), *desk.password,
        "--json",
    )  # fmt: skip
    assert listed.json["revoked"] == 1
    assert run("registry", "build", desk.path("l.json"), "--out", desk.path("r.json")).code == 0
    root = int(run("registry", "show", desk.path("r.json"), "--json").json["root"])
    asked = desk.ask(desk.path("asked.json"), registry_root=root)
    refused = desk.prove(
        desk.path("shown.json"), "--yes", request=asked, registry=desk.path("r.json")
    )
    assert refused.code == 6
    assert refused.err.startswith("RevokedCredential: ")
    assert not desk.path("shown.json").exists()


def test_show_tells_revoked_from_valid(desk: Desk) -> None:
    run("issuer", "revoke", desk.path("issuer"), desk.revocation_id, *desk.password)
    assert "revoked" in run("issuer", "show", desk.path("issuer"), *desk.password).out


def test_a_registry_has_the_root_of_its_lists(shared_desk: Desk) -> None:
    shown = run("registry", "show", shared_desk.path("registry.json"), "--json")
    assert shown.json["root"] == shared_desk.root
    assert len(shown.json["issuers"]) == 1


def test_wrong_passwords_exit_with_7(desk: Desk) -> None:
    assert run("issuer", "show", desk.path("issuer"), *desk.wrong).code == 7
    assert run("issuer", "revoke", desk.path("issuer"), 1, *desk.wrong).code == 7
    refused = run(
        "issuer", "publish", desk.path("issuer"), "--out", desk.path("x.json"), *desk.wrong
    )
    assert refused.code == 7
    assert not desk.path("x.json").exists()


def test_a_wallet_is_not_an_issuer(desk: Desk) -> None:
    assert run("issuer", "show", desk.path("wallet"), *desk.password).code == 1


@pytest.mark.parametrize(
    "change",
    [{"score": 70_000}, {"score": "700"}, {"score": 7.5}, {"age": 40}, {"currency": 0}],
)
def test_a_record_outside_its_bounds_is_refused(desk: Desk, change: dict[str, object]) -> None:
    record = json.loads(desk.path("record.json").read_text()) | change
    desk.path("bad.json").write_text(json.dumps(record))
    refused = _issue(desk, record="bad.json")
    assert refused.code == 2  # type: ignore[attr-defined]
    assert not desk.path("out.json").exists()


def test_a_record_that_lacks_an_attribute_is_refused(desk: Desk) -> None:
    desk.path("bad.json").write_text("{}")
    refused = _issue(desk, record="bad.json")
    assert "lacks" in refused.stderr  # type: ignore[attr-defined]


def test_a_malformed_card_is_refused(desk: Desk) -> None:
    desk.path("bad.json").write_text('{"type": "zkcredit/holder-card/1"}')
    assert _issue(desk, to="bad.json").code == 2  # type: ignore[attr-defined]


@pytest.mark.slow
def test_one_person_cannot_get_a_second_holder(desk: Desk) -> None:
    run("wallet", "init", desk.path("other"), *desk.password)
    run("wallet", "card", desk.path("other"), "--out", desk.path("other.json"), *desk.password)
    refused = _issue(desk, to="other.json")
    assert refused.code == 1  # type: ignore[attr-defined]
    assert "another holder" in refused.stderr  # type: ignore[attr-defined]


@pytest.mark.parametrize("revocation_id", ["0", "-1", "7", "4294967296", "x"])
def test_ids_that_were_never_issued_are_refused(desk: Desk, revocation_id: str) -> None:
    assert (
        run("issuer", "revoke", desk.path("issuer"), *desk.password, "--", revocation_id).code == 2
    )


def test_a_list_with_a_changed_id_is_refused(desk: Desk) -> None:
    document = json.loads(desk.path("list.json").read_text())
    document["revoked"] = [5]
    desk.path("bad.json").write_text(json.dumps(document))
    refused = run("registry", "build", desk.path("bad.json"), "--out", desk.path("r.json"))
    assert refused.code == 1
    assert not desk.path("r.json").exists()


def test_one_issuer_is_not_listed_twice(desk: Desk) -> None:
    twice = (desk.path("list.json"), desk.path("list.json"))
    assert run("registry", "build", *twice, "--out", desk.path("r.json")).code == 2


def test_a_registry_with_another_root_is_refused(desk: Desk) -> None:
    text = desk.path("registry.json").read_text()
    root = json.loads(text)["root"]
    desk.path("bad.json").write_text(
        text.replace(root, root[:-1] + ("0" if root[-1] != "0" else "1"))
    )
    assert run("registry", "show", desk.path("bad.json")).code == 2
