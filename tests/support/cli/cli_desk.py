"""Runs the command line inside the tests' process, and makes the files that commands need."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from zkcredit.cli.app import app
from zkcredit.issuer import Issuer
from zkcredit.record import CreditRecord
from zkcredit.registry import RegistrySnapshot
from zkcredit.request import Consent
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import now
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse"
SCOPE = "0x5678"
CONSENT = Consent("a lender", "a bicycle", 4_102_444_800, 1234)


@dataclass(frozen=True)
class Ran:
    """What a command did. ``err`` is its last line on standard error."""

    code: int
    out: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def err(self) -> str:
        lines = self.stderr.strip().splitlines()
        return lines[-1] if lines else ""


def run(*arguments: object, data: str | None = None) -> Ran:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=data)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class Desk:
    """A folder with a wallet, an issuer and what goes between them."""

    folder: Path
    credential: str
    revocation_id: int
    root: str

    def path(self, name: str) -> Path:
        return self.folder / name

    @property
    def password(self) -> tuple[str, Path]:
        return "--password-file", self.path("password")

    @property
    def wrong(self) -> tuple[str, Path]:
        return "--password-file", self.path("wrong")

    @property
    def use(self) -> tuple[str | Path, ...]:
        return "--request", self.path("request.json"), "--scope", SCOPE


def make_desk(folder: Path) -> Desk:
    for name, text in (("password", PASSWORD), ("wrong", "another horse")):
        (folder / name).write_text(text + "\n")
        (folder / name).chmod(0o600)
    light = KdfCost.light_unsafe()
    record = CreditRecord(
        score=700,
        monthly_income=300_000,
        monthly_expenses=120_000,
        monthly_debt_service=30_000,
        delinquencies_24m=0,
        history_months=36,
        currency=978,
    )
    issued = now() - 60
    with (
        Wallet.create(folder / "wallet", PASSWORD, cost=light) as wallet,
        Issuer.create(folder / "issuer", PASSWORD, cost=light) as issuer,
    ):
        envelope = issuer.issue(record, person="one", to=wallet.card, now=issued)
        credential = wallet.receive(envelope)
        listed = issuer.publish(now=issued)
        snapshot = RegistrySnapshot.of(listed)
        (folder / "card.json").write_text(wallet.card.to_json())
        (folder / "envelope.json").write_text(envelope.to_json())
        (folder / "list.json").write_text(listed.to_json())
        (folder / "registry.json").write_text(snapshot.to_json())
        revocation_id = issuer.issued()[0].revocation_id
    (folder / "record.json").write_text(
        json.dumps({spec: getattr(record, spec) for spec in record.__slots__ if spec[0] != "p"})
    )
    (folder / "request.json").write_text(CONSENT.to_json())
    (folder / "policy.json").write_text(json.dumps({"min_score": 650, "currency": 978}))
    (folder / "strict.json").write_text(json.dumps({"min_score": 750, "currency": 840}))
    return Desk(folder, credential, revocation_id, str(snapshot.root))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture(scope="session")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk that tests only read, with one presentation on it."""
    desk = make_desk(tmp_path_factory.mktemp("desk"))
    shown = run(
        "prove", desk.path("wallet"), desk.credential, "--policy", desk.path("policy.json"),
        *desk.use, "--registry", desk.path("registry.json"), "--out", desk.path("shown.json"),
        *desk.password, "--yes", "--json",
    )  # fmt: skip
    assert shown.code == 0, shown.stderr
    (desk.folder / "now").write_text(str(shown.json["now"]))
    return desk
