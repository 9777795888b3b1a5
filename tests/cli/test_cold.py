"""``zkcredit tx prepare | sign | send``: no socket beside the key, no key beside a socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import PASSWORD, Ran, ok, run
from support.storage.tracing import WRITES, Call, calls_of, follow, killed_before

from zkcredit.chain.deploying import deploy_test_token
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.keystore import save_keystore
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call as Transaction
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.cli import account, output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.contracts.token import TokenClient

COLD = Signer(b"\x05" * 32)
PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
START = 1_900_000_000  # after today, so that nothing is expired by this machine's clock
OFFLINE = """
import sys
def watch(event, arguments):
    if event.startswith("socket."):
        print("SOCKET", event, file=sys.stderr)
        raise SystemExit(77)
sys.addaudithook(watch)
from zkcredit.cli.app import app
app(sys.argv[1:])
"""


class Desk:
    """A folder, a chain in this process, and a key."""

    def __init__(self, folder: Path, node: RevmNode) -> None:
        self.folder, self.node = folder, node
        people = TransactionSender(node, node.accounts[0], Outbox(None))
        self.token: TokenClient = deploy_test_token(node, by=people)
        people.send(Transaction(COLD.address, b"", 21_000, 10**18))
        self.token.mint(COLD.address, 10**9, by=people)
        (folder / "password").write_text(PASSWORD + "\n")
        (folder / "password").chmod(0o600)
        self.keystore = folder / "key.json"
        save_keystore(COLD, self.keystore, PASSWORD, light=True)

    def path(self, name: str) -> Path:
        return self.folder / name

    def prepare(self, name: str, tokens: int = 5, *more: object) -> Ran:
        return run(
            "tx", "prepare", self.token.address, "Token.transfer", PAYEE, tokens, "--json",
            "--from", COLD.address, "--node", "x", "--out", self.path(name), *more,
        )  # fmt: skip

    def signing(self, name: str, out: str, *more: object) -> list[object]:
        return [
            "tx", "sign", self.path(name), "--keystore", self.keystore, "--json",
            "--out", self.path(out), "--password-file", self.path("password"), *more,
        ]  # fmt: skip

    def sign(self, name: str, out: str, *more: object) -> Ran:
        return run(*self.signing(name, out, *(more or ("--yes",))))

    def send(self, name: str) -> Ran:
        return run("tx", "send", self.path(name), "--node", "x", "--outbox",
                   self.path("outbox"), "--json")  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with RevmNode(genesis_time=START) as node:
        monkeypatch.setattr(node, "close", lambda: None)
        monkeypatch.setattr(account, "_connect", lambda _: node)
        yield Desk(tmp_path, node)


def test_money_moves_once(desk: Desk) -> None:
    made = ok(desk.prepare("a.json"))
    told = desk.sign("a.json", "signed.json")
    assert "Pay 5 base units (0.000005 TUSD" in told.stderr
    assert f"to {PAYEE}." in told.stderr
    assert made["digest"] in told.stderr
    assert ok(told)["digest"] == made["digest"]
    first = ok(desk.send("signed.json"))
    assert ok(desk.send("signed.json")) == first
    assert desk.token.balance_of(PAYEE) == 5
    desk.path("outbox").unlink()
    assert desk.send("signed.json").code == 2
    assert desk.token.balance_of(PAYEE) == 5


def test_coins_are_paid_without_a_call(desk: Desk) -> None:
    out = desk.path("a.json")
    ok(run("tx", "prepare", PAYEE, "--value", 7, "--from", COLD.address, "--node", "x", "--out",
           out, "--json"))  # fmt: skip
    ok(desk.sign("a.json", "s.json"))
    before = desk.node.balance(PAYEE)
    ok(desk.send("s.json"))
    assert desk.node.balance(PAYEE) == before + 7


def test_a_changed_byte_is_refused_at_sending(desk: Desk) -> None:
    ok(desk.prepare("a.json"))
    ok(desk.sign("a.json", "signed.json"))
    text = desk.path("signed.json").read_text()
    for old, new in (('"value":"0"', '"value":"1"'), (PAYEE[2:].lower(), COLD.address[2:].lower())):
        assert old in text
        desk.path("changed.json").write_text(text.replace(old, new, 1))
        told = desk.send("changed.json")
        assert told.code == 2, told.stderr
    assert desk.token.balance_of(PAYEE) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Token.nothing"], "no function"),
        (["Token"], "CONTRACT.FUNCTION"),
        (["Token.transfer", PAYEE], "takes to"),
        (["LoanMarket.acceptDefaultAdminTransfer"], "--gas"),
        (["Nothing.transfer"], "no compiled contract"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused(desk: Desk, words: list[str], said: str) -> None:
    told = run("tx", "prepare", PAYEE, *words, "--from", COLD.address, "--node", "x", "--out",
               desk.path("a.json"))  # fmt: skip
    assert (told.code, said in told.stderr) == (2, True), told.stderr
    assert not desk.path("a.json").exists()


def test_nothing_is_signed_without_a_yes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ok(desk.prepare("a.json"))
    told = desk.sign("a.json", "signed.json", "--json")
    assert (told.code, "no terminal" in told.stderr) == (2, True)
    monkeypatch.setattr(output, "_at_terminal", lambda: True)
    for answer, code in (("n\n", 1), ("y\n", 0)):
        told = run(*desk.signing("a.json", "signed.json"), data=answer)
        assert told.code == code
        assert desk.path("signed.json").exists() == (code == 0)
        assert desk.path("key.json.journal").exists() == (code == 0)


@pytest.mark.parametrize("option", ["--blind", "--force"])
def test_there_is_no_way_to_sign_blindly(desk: Desk, option: str) -> None:
    assert desk.sign("a.json", "b.json", option).code == 2


def test_another_machine_with_the_same_nonce_is_told(desk: Desk) -> None:
    ok(desk.prepare("a.json", 5))
    ok(desk.prepare("b.json", 6))
    ok(desk.sign("a.json", "a.signed"))
    told = desk.sign("b.json", "b.signed")
    assert (told.code, "never signed" in told.stderr) == (2, True)
    assert not desk.path("b.signed").exists()
    ok(desk.prepare("b.json", 6, "--nonce", 1))
    ok(desk.sign("b.json", "b.signed"))


def test_an_expired_file_is_refused_before_the_password(desk: Desk) -> None:
    ok(desk.prepare("a.json"))
    document = json.loads(desk.path("a.json").read_text())
    desk.path("a.json").write_text(json.dumps(document | {"expires": 1_700_000_000}))
    desk.path("password").unlink()
    told = desk.sign("a.json", "s.json")
    assert (told.code, "expired" in told.stderr) == (2, True)


def test_a_key_of_another_account_is_refused(desk: Desk) -> None:
    ok(desk.prepare("a.json"))
    other = desk.path("other.json")
    made = ok(run("tx", "keygen", other, "--password-file", desk.path("password"), "--json"))
    assert made["address"] != COLD.address
    desk.keystore = other
    assert desk.sign("a.json", "s.json").code != 0
    assert not desk.path("s.json").exists()
    again = run("tx", "keygen", other, "--password-file", desk.path("password"))
    assert again.code == 2


# --- what the processes do, by the system's calls -------------------------------------------------


def test_signing_opens_no_socket_not_even_by_a_library(desk: Desk) -> None:
    ok(desk.prepare("a.json"))
    command = [str(word) for word in desk.signing("a.json", "signed.json", "--yes")]
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, *command],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "SOCKET" not in done.stderr
    refused = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['x']\n" + OFFLINE.replace(
            "from zkcredit.cli.app import app\napp(sys.argv[1:])", "import socket; socket.socket()"
        )],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert refused.returncode == 77  # the watch would notice


def action(*words: object) -> Any:
    def act() -> int:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        return run(*words).code

    return act


def test_the_system_sees_no_socket_at_signing(desk: Desk) -> None:
    ok(desk.prepare("a.json"))
    names, code = calls_of(action(*desk.signing("a.json", "s.json", "--yes")), b"\0none")
    assert code == 0
    assert {"socket", "connect", "sendto", "sendmsg", "recvfrom"}.isdisjoint(names)
    assert "openat" in names


def test_the_online_process_never_opens_the_keystore(desk: Desk) -> None:
    def opened(*words: object) -> list[str]:
        found: list[str] = []

        def before(call: Call) -> bool:
            if call.name == "openat":
                found.append(call.text(call.arguments[1]))
            return False

        assert follow(action(*words), before).code == 0
        return [name for name in found if Path(name).parent == desk.folder]

    prepared = opened("tx", "prepare", desk.token.address, "Token.transfer", PAYEE, 5, "--from",
                      COLD.address, "--node", "x", "--out", desk.path("a.json"))  # fmt: skip
    signed = opened(*desk.signing("a.json", "s.json", "--yes"))
    sent = opened("tx", "send", desk.path("s.json"), "--node", "x", "--outbox", desk.path("outbox"))
    assert str(desk.keystore) in signed
    assert str(desk.path("s.json")) in sent
    for name in prepared + sent:
        assert not name.startswith(str(desk.keystore))


@pytest.mark.slow
def test_a_kill_at_any_write_never_leads_to_two_signatures(desk: Desk) -> None:
    ok(desk.prepare("a.json", 5))
    ok(desk.prepare("b.json", 6))
    first = action(*desk.signing("a.json", "a.signed", "--yes"))
    names, code = calls_of(first, b"\0none")
    assert code == 0
    places = [place for place, name in enumerate(names, start=1) if name in WRITES]
    assert len(places) > 5
    outcomes = set()
    for place in places:
        for path in desk.folder.glob("*"):
            if path.name.startswith("key.json.") or path.suffix == ".signed":
                path.unlink()
        killed_before(first, place)
        given_out = desk.path("a.signed").exists()
        second = desk.sign("b.json", "b.signed").code
        if given_out:
            assert second == 2
        third = desk.sign("a.json", "a.signed").code
        outcomes.add((given_out, second, third))
        raws = {json.loads(path.read_text())["raw"] for path in desk.folder.glob("*.signed")}
        assert len(raws) == 1
    assert {second for _, second, _ in outcomes} == {0, 2}  # before and after it was stored
