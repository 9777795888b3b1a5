"""``zkcredit wallet delete``: it tells, asks, and never leaves half a wallet."""

from __future__ import annotations

import json
import shutil
import warnings
from typing import TYPE_CHECKING

import pytest
from support.chain.outbox_world import SIGNER, call, calm, refusing, sender
from support.cli.cli_desk import Desk, Ran, desk, run
from support.storage.tracing import WRITES, Call, follow

from zkcredit.chain import Outbox
from zkcredit.errors import ChainError, TransactionTimeout
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["desk"]

PASSWORD = "correct horse"


def delete(desk: Desk, *more: object, data: str | None = None) -> Ran:
    return run("wallet", "delete", desk.path("wallet"), *desk.password, *more, data=data)


def outbox(desk: Desk) -> Path:
    return desk.path("wallet.outbox")


def test_the_wallet_and_its_outbox_go_and_the_rest_stays(desk: Desk) -> None:
    Outbox(outbox(desk)).close()
    before = {path.name for path in desk.folder.iterdir()}
    ran = delete(desk, "--yes", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.json == {"deleted": [str(desk.path("wallet")), str(outbox(desk))]}
    assert {path.name for path in desk.folder.iterdir()} == before - {"wallet", "wallet.outbox"}
    told = ran.stderr
    assert "1 credential" in told
    assert "stays on a chain" in told


def test_without_an_outbox_the_wallet_goes(desk: Desk) -> None:
    assert delete(desk, "--yes", "--json").json == {"deleted": [str(desk.path("wallet"))]}
    assert delete(desk, "--yes").code == 2  # there is nothing more to delete


def test_without_a_terminal_it_wants_the_word(desk: Desk) -> None:
    refused = delete(desk)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert desk.path("wallet").exists()


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("\n", 1), ("y\n", 0)])
def test_the_owner_decides(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr("zkcredit.cli.output._at_terminal", lambda: True)
    Outbox(outbox(desk)).close()
    ran = delete(desk, data=answer)
    assert ran.code == code, ran.stderr
    assert ("nothing was deleted" in ran.stderr) == (code == 1)
    assert desk.path("wallet").exists() == outbox(desk).exists() == (code == 1)


def test_a_wrong_password_deletes_nothing(desk: Desk) -> None:
    assert run("wallet", "delete", desk.path("wallet"), *desk.wrong, "--yes").code == 7
    assert desk.path("wallet").exists()


@pytest.mark.parametrize("name", ["issuer", "card.json", "missing"])
def test_what_is_not_a_wallet_is_not_deleted(desk: Desk, name: str) -> None:
    there = desk.path(name).exists()
    assert run("wallet", "delete", desk.path(name), *desk.password, "--yes").code in (1, 2)
    assert desk.path(name).exists() == there


def test_a_transaction_on_its_way_is_ended_first(desk: Desk) -> None:
    chain = calm()
    refusing(chain, "try later")
    with pytest.raises((ChainError, TransactionTimeout)):
        sender(chain, outbox(desk)).send(call(1), idempotency_key="a payment")
    refused = delete(desk, "--yes", "--json")
    assert refused.code == 2, refused.stderr
    assert "1 of the wallet's transactions" in json.loads(refused.err)["message"]
    assert desk.path("wallet").exists()
    del chain.broadcast  # type: ignore[attr-defined]
    sender(chain, outbox(desk)).send(call(1), idempotency_key="a payment")
    with Outbox(outbox(desk)) as kept:
        assert [one.sender for one in kept.history("31337:model", SIGNER.address)]
    assert delete(desk, "--yes").code == 0


def test_a_damaged_outbox_stops_it(desk: Desk) -> None:
    outbox(desk).write_bytes(b"x" * 5000)
    assert delete(desk, "--yes").code == 2
    assert desk.path("wallet").exists()


def test_an_outbox_without_its_wallet_is_the_rest_of_a_deletion(desk: Desk) -> None:
    Outbox(outbox(desk)).close()
    desk.path("wallet").unlink()
    assert delete(desk).code == 2
    assert outbox(desk).exists()
    assert delete(desk, "--yes", "--json").json == {"deleted": [str(outbox(desk))]}
    assert not outbox(desk).exists()


def test_killed_anywhere_it_is_done_when_it_is_run_again(desk: Desk, tmp_path: Path) -> None:
    Outbox(outbox(desk)).close()
    kept = tmp_path.with_name(f"{tmp_path.name}-kept")
    shutil.copytree(desk.folder, kept)
    kills = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while True:
            shutil.rmtree(desk.folder)
            shutil.copytree(kept, desk.folder)
            code = follow(lambda: delete(desk, "--yes").code, _at(kills + 1)).code
            if desk.path("wallet").exists():
                assert outbox(desk).exists()  # nothing is lost that a wallet needs
                with Wallet.open(desk.path("wallet"), PASSWORD) as whole:
                    assert whole.check() == 3
            assert delete(desk, "--yes").code in (0, 2)
            assert not desk.path("wallet").exists()
            assert not outbox(desk).exists()
            if code is not None:
                assert code == 0
                break
            kills += 1
    assert kills >= 3


def _at(number: int) -> Callable[[Call], bool]:
    left = number

    def before(call: Call) -> bool:
        nonlocal left
        left -= call.name in WRITES
        return left == 0 and call.name in WRITES

    return before
