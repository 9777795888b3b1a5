"""The example scripts, run as a user would run them, with their own files in one folder."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zkcredit import Policy, Product, RegistrySnapshot, Terms, Wallet, units
from zkcredit.chain import AnvilNode, Outbox, TransactionSender, deploy_system, deploy_test_token
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import ExpiredRequest, InvalidProof, RevokedCredential, WrongPassword
from zkcredit.published import dev_verifying_key

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


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Wallet, issuer and verifier, after one credential was issued and received."""
    monkeypatch.chdir(tmp_path)
    wallet, issuer, verifier = (_load(name) for name in ("wallet", "issuer", "verifier"))
    wallet.create(PASSWORD, "card.json")
    issuer.issue(PASSWORD, "card.json", "envelope.json")
    wallet.receive(PASSWORD, "envelope.json")
    issuer.publish(PASSWORD, "list.json", "registry.json")
    return wallet, issuer, verifier


def test_a_demand_is_answered_once(scripts: Any) -> None:
    wallet, _, verifier = scripts
    verifier.demand("demand.json")
    wallet.prove(PASSWORD, "demand.json", "registry.json", "shown.json")
    assert verifier.check("demand.json", "shown.json", "registry.json") > 0
    with pytest.raises(InvalidProof, match="already"):
        verifier.check("demand.json", "shown.json", "registry.json")
    verifier.demand("other.json")
    with pytest.raises(InvalidProof, match="another"):
        verifier.check("other.json", "shown.json", "registry.json")


def test_a_pseudonym_is_remembered_by_the_next_process(scripts: Any) -> None:
    wallet, _, verifier = scripts
    verifier.demand("demand.json")
    wallet.prove(PASSWORD, "demand.json", "registry.json", "shown.json")
    verifier.check("demand.json", "shown.json", "registry.json")
    verifier.demand("later.json")
    wallet.prove(PASSWORD, "later.json", "registry.json", "again.json")
    again = _load("verifier")
    with pytest.raises(InvalidProof, match="already"):
        again.check("later.json", "again.json", "registry.json")


def test_a_refused_answer_uses_nothing_up(scripts: Any) -> None:
    wallet, _, verifier = scripts
    verifier.demand("demand.json")
    verifier.demand("other.json")
    wallet.prove(PASSWORD, "demand.json", "registry.json", "shown.json")
    with pytest.raises(InvalidProof, match="another"):
        verifier.check("other.json", "shown.json", "registry.json")
    assert verifier.check("demand.json", "shown.json", "registry.json") > 0


def test_a_late_answer_is_refused(scripts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet, _, verifier = scripts
    verifier.demand("demand.json")
    wallet.prove(PASSWORD, "demand.json", "registry.json", "shown.json")
    later = units.now() + verifier.PATIENCE + 1
    monkeypatch.setattr(units, "now", lambda: later)
    with pytest.raises(ExpiredRequest):
        verifier.check("demand.json", "shown.json", "registry.json")


def test_a_revoked_credential_answers_nothing(
    scripts: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wallet, issuer, verifier = scripts
    revocation_id = str(issuer.open_issuer(PASSWORD).issued()[0].revocation_id)
    issuer.revoke(PASSWORD, revocation_id)
    assert revocation_id in capsys.readouterr().out
    issuer.publish(PASSWORD, "list.json", "registry.json")
    verifier.demand("demand.json")
    with pytest.raises(RevokedCredential):
        wallet.prove(PASSWORD, "demand.json", "registry.json", "shown.json")


def test_a_wrong_password_opens_nothing(scripts: Any) -> None:
    with pytest.raises(WrongPassword):
        scripts[0].receive("guess", "envelope.json")


@pytest.mark.node
def test_the_wallet_script_applies_and_repays(
    scripts: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet = scripts[0]
    with AnvilNode() as node:
        monkeypatch.setattr(wallet, "NODE", node.url)
        lender = TransactionSender(node, node.accounts[0], Outbox(None))
        deployment = deploy_system(node, dev_verifying_key("eligibility"), by=lender)
        deployment.save("market.json")
        system = deployment.open(node)
        snapshot = RegistrySnapshot.from_json(Path("registry.json").read_text())
        system.registry.post(snapshot.root, snapshot.data_hash, "", by=lender)
        token = deploy_test_token(node, by=lender)
        system.market.set_token_allowed(token.address, True, by=lender)
        offers = [
            Product(Terms(100, 2), Policy(min_score=score), 10_000, 90_000, token.address)
            for score in (600, 700)
        ]
        for offer in offers:
            system.market.create_product(offer, by=lender)
        with Wallet.open(wallet.WALLET, PASSWORD) as opened:
            borrower = opened.evm_address
        lender.send(Call(borrower, b"", 21_000, 10**18))
        for account in (borrower, lender.address):
            token.mint(account, 10**9, by=lender)

        with pytest.raises(SystemExit, match="min_score"):
            wallet.apply(PASSWORD, "registry.json", "2", "40000")
        wallet.apply(PASSWORD, "registry.json", "1", "40000")
        loan_id = 1
        system.market.allow_payment(loan_id, 40_000, by=lender)
        system.market.fund(loan_id, 40_000, by=lender)
        capsys.readouterr()
        instalment = str(system.market.loan(loan_id).instalment)
        wallet.repay(PASSWORD, "1", instalment)
        assert capsys.readouterr().out.startswith("remaining 2")
        assert system.market.loan(loan_id).paid_instalments == 1


def _run(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("wallet", "the market says: active"),
        ("issuer", "Ana's wallet refuses: the issuer revoked this credential"),
        ("verifier", "shown again, it is refused: this person applied already"),
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


@pytest.mark.parametrize("name", ["wallet", "issuer", "verifier"])
def test_an_unknown_command_gets_the_list_of_commands(name: str, tmp_path: Path) -> None:
    done = _run(name, "steal", folder=tmp_path)
    assert done.returncode == 1
    assert f"python examples/{name}.py" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["wallet", "issuer", "verifier"])
def test_the_scripts_name_every_command_in_their_first_lines(name: str) -> None:
    script = _load(name)
    for command in script.COMMANDS:
        assert f"python examples/{name}.py {command}" in script.__doc__
