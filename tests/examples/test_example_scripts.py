"""The example scripts, run as a user would run them, with their own files in one folder."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zkcredit import Policy, RegistrySnapshot, Wallet, units, unsafe_dev_key
from zkcredit.chain import AnvilNode, Outbox, TransactionSender, deploy_system, deploy_test_token
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import (
    AnsweredRequest,
    ExpiredRequest,
    InvalidInput,
    InvalidProof,
    NotEligible,
    RevokedCredential,
    WrongPassword,
)
from zkcredit.loan import TableProduct, consumer, months
from zkcredit.storage import vault
from zkcredit.storage.password_lock import KdfCost, lock

if TYPE_CHECKING:
    from types import ModuleType

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
PASSWORD = "for the examples"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def after_issuing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one credential was issued and received, under cheap passwords."""
    folder = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        cheap = KdfCost.light_unsafe()
        patch.setattr(vault, "lock", lambda password, cost: lock(password, cost or cheap))
        wallet, issuer = _load("wallet"), _load("issuer")
        wallet.create(PASSWORD, "card.json")
        issuer.issue(PASSWORD, "card.json", "envelope.json")
        wallet.receive(PASSWORD, "envelope.json")
        issuer.publish(PASSWORD, "list.json", "registry.json")
    return folder


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after_issuing: Path) -> Any:
    """Wallet, issuer and verifier, after one credential was issued and received."""
    shutil.copytree(after_issuing, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tuple(_load(name) for name in ("wallet", "issuer", "verifier"))


def test_a_request_is_answered_once(scripts: Any) -> None:
    wallet, _, verifier = scripts
    verifier.ask("request.json", "registry.json")
    wallet.prove(PASSWORD, "request.json", "registry.json", "shown.json")
    assert verifier.check("request.json", "shown.json") > 0
    with pytest.raises(AnsweredRequest):
        verifier.check("request.json", "shown.json")
    verifier.ask("other.json", "registry.json")
    with pytest.raises(InvalidProof, match="another"):
        verifier.check("other.json", "shown.json")


@pytest.mark.slow
def test_a_pseudonym_is_remembered_by_the_next_process(scripts: Any) -> None:
    wallet, _, verifier = scripts
    for name in ("first", "later"):
        verifier.ask(f"{name}.request", "registry.json")
        wallet.prove(PASSWORD, f"{name}.request", "registry.json", f"{name}.shown")
    verifier.check("first.request", "first.shown")
    again = _load("verifier")
    with pytest.raises(InvalidProof, match="applied already"):
        again.check("later.request", "later.shown")


@pytest.mark.slow
def test_a_refused_answer_uses_nothing_up(scripts: Any) -> None:
    wallet, _, verifier = scripts
    verifier.ask("request.json", "registry.json")
    verifier.ask("other.json", "registry.json")
    wallet.prove(PASSWORD, "request.json", "registry.json", "shown.json")
    with pytest.raises(InvalidProof, match="another"):
        verifier.check("other.json", "shown.json")
    assert verifier.check("request.json", "shown.json") > 0


def test_a_request_that_somebody_else_made_is_not_in_the_book(scripts: Any) -> None:
    wallet, _, verifier = scripts
    verifier.ask("request.json", "registry.json")
    milder = json.loads(Path("request.json").read_text()) | {"policy": {"now": units.now()}}
    Path("request.json").write_text(json.dumps(milder))
    wallet.prove(PASSWORD, "request.json", "registry.json", "shown.json")
    with pytest.raises(InvalidProof, match="made elsewhere"):
        verifier.check("request.json", "shown.json")


@pytest.mark.slow
def test_a_late_answer_is_refused(scripts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet, _, verifier = scripts
    verifier.ask("request.json", "registry.json")
    wallet.prove(PASSWORD, "request.json", "registry.json", "shown.json")
    later = units.now() + verifier.PATIENCE + 1
    monkeypatch.setattr(units, "now", lambda: later)
    with pytest.raises(ExpiredRequest):
        verifier.check("request.json", "shown.json")


@pytest.mark.slow
def test_a_revoked_credential_answers_nothing(
    scripts: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wallet, issuer, verifier = scripts
    verifier.ask("before.json", "registry.json")
    revocation_id = str(issuer.open_issuer(PASSWORD).issued()[0].revocation_id)
    issuer.revoke(PASSWORD, revocation_id)
    assert revocation_id in capsys.readouterr().out
    issuer.publish(PASSWORD, "list.json", "registry.json")
    verifier.ask("request.json", "registry.json")
    with pytest.raises(RevokedCredential):
        wallet.prove(PASSWORD, "request.json", "registry.json", "shown.json")
    with pytest.raises(InvalidInput, match="another registry"):
        wallet.prove(PASSWORD, "before.json", "registry.json", "shown.json")


def test_every_command_may_be_given_twice_in_one_folder(
    scripts: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wallet, issuer, verifier = scripts
    card = Path("card.json").read_text()
    capsys.readouterr()
    wallet.create(PASSWORD, "card.json")
    assert Path("card.json").read_text() == card
    assert capsys.readouterr().out == ""  # the words were shown when the wallet was made
    for _ in range(2):
        issuer.issue(PASSWORD, "card.json", "envelope.json")
        wallet.receive(PASSWORD, "envelope.json")
        issuer.publish(PASSWORD, "list.json", "registry.json")
        verifier.ask("request.json", "registry.json")
        wallet.prove(PASSWORD, "request.json", "registry.json", "shown.json")
    assert verifier.check("request.json", "shown.json") > 0


def test_a_wrong_password_opens_nothing(scripts: Any) -> None:
    with pytest.raises(WrongPassword):
        scripts[0].receive("guess", "envelope.json")


@pytest.mark.slow
@pytest.mark.node
def test_the_wallet_script_applies_and_repays(
    scripts: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet = scripts[0]
    with AnvilNode() as node:
        monkeypatch.setattr(wallet, "NODE", node.url)
        lender = TransactionSender(node, node.accounts[0], Outbox(None))
        deployment = deploy_system(node, unsafe_dev_key("eligibility").verifying_key, by=lender)
        deployment.save("market.json")
        system = deployment.open(node)
        snapshot = RegistrySnapshot.from_json(Path("registry.json").read_text())
        system.market.registry.post(snapshot.root, snapshot.data_hash, "", by=lender)
        token = deploy_test_token(node, by=lender)
        system.market.set_token_allowed(token.address, True, by=lender)
        offers = [
            TableProduct(
                consumer(120_000_000, months(2)), Policy(min_score=score), 10_000, 90_000,
                token.address,
            )
            for score in (600, 700)
        ]  # fmt: skip
        first, second = (system.book.publish(offer, by=lender).address for offer in offers)
        with Wallet.open(wallet.WALLET, PASSWORD) as opened:
            borrower = opened.evm_address
        lender.send(Call(borrower, b"", 21_000, 10**18))
        for account in (borrower, lender.address):
            token.mint(account, 10**9, by=lender)

        with pytest.raises(NotEligible, match="min_score"):
            wallet.apply(PASSWORD, "registry.json", second, "40000")
        wallet.apply(PASSWORD, "registry.json", first, "40000")
        loan = system.market.loan(1)
        system.market.allow_payment(loan, 40_000, by=lender)
        system.market.fund(loan, 40_000, by=lender)
        capsys.readouterr()
        instalment = str(system.market.row_owed(1, 1))
        wallet.repay(PASSWORD, "1", instalment)
        assert capsys.readouterr().out.startswith("remaining 2")
        assert system.market.loan(1).paid_rows == 1


def _run(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("wallet", "the market says: active"),
        ("issuer", "Ana's wallet refuses: the issuer revoked this credential"),
        ("verifier", "shown again, it is refused: the request was answered"),
    ],
)
def test_a_script_alone_rehearses_and_leaves_nothing_behind(
    name: str, last: str, tmp_path: Path
) -> None:
    done = _run(name, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == last
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


SCRIPTS = pytest.mark.parametrize("name", ["wallet", "issuer", "verifier"])


def _commands(name: str) -> list[list[str]]:
    lines = re.findall(
        rf"^    python examples/{name}\.py +(\w.*)$", _load(name).__doc__ or "", re.M
    )
    return [line.split() for line in lines]


@pytest.mark.slow
@SCRIPTS
@pytest.mark.parametrize("arguments", [["steal"], ["help", "me"]])
def test_an_unknown_command_gets_the_list_of_commands(
    name: str, arguments: list[str], tmp_path: Path
) -> None:
    done = _run(name, *arguments, folder=tmp_path)
    assert done.returncode == 1
    assert f"python examples/{name}.py" in done.stderr
    assert list(tmp_path.iterdir()) == []


@SCRIPTS
def test_the_scripts_name_every_command_in_their_first_lines(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, called = _load(name), []
    monkeypatch.setattr(script, "getpass", lambda: PASSWORD, raising=False)
    commands = _commands(name)
    for command, *_ in commands:
        monkeypatch.setattr(script, command, lambda *given: called.append(given))
    for command, *arguments in commands:
        script.main([command, *arguments])
        assert called.pop()[-len(arguments) :] == tuple(arguments)
        with pytest.raises(SystemExit, match="python examples"):
            script.main([command, *arguments, "one more"])
        with pytest.raises(SystemExit, match="python examples"):
            script.main([command, *arguments[1:]])
    in_main = re.findall(r'case \["(\w+)"', (EXAMPLES / f"{name}.py").read_text())
    assert [command for command, *_ in commands] == in_main


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("verifier", ["ask", "request.json", "registry.json"], "No such file"),
        ("verifier", ["check", "bad.json", "registry.json"], "not JSON"),
        ("verifier", ["check", "empty.json", "registry.json"], "request"),
    ],
)
def test_a_refusal_is_one_line(name: str, arguments: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("no JSON")
    (tmp_path / "empty.json").write_text("{}")
    done = _run(name, *arguments, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("refused: ")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
