"""Runs the command line inside the tests' process, and makes the files that commands need."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from zkcredit.cli.app import app
from zkcredit.issuer import Issuer
from zkcredit.policy import Policy
from zkcredit.record import CreditRecord
from zkcredit.registry import RegistrySnapshot
from zkcredit.request import ProofRequest
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import now
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse"
SCOPE = 0x5678
FOREVER = 4_102_444_800  # 2100-01-01
POLICY = {"min_score": 650, "currency": 978}
STRICT = {"min_score": 750, "currency": 840}


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
    def request(self) -> ProofRequest:
        """The verifier's request, which the wallet's credential meets."""
        return ProofRequest.from_json(self.path("request.json").read_text())

    def ask(self, path: Path, **changed: Any) -> Path:
        """Write a request of now with some parts changed, so that what was issued is valid."""
        parts = {"policy": self.request.policy.at(now())} | changed
        path.write_text(replace(self.request, **parts).to_json())
        return path

    def prove(self, out: Path, *extra: object, data: str | None = None, **changed: object) -> Ran:
        """Answer the request; an option that is None is left out."""
        options = {
            "request": self.path("request.json"),
            "registry": self.path("registry.json"),
            "password-file": self.path("password"),
        } | changed
        given = [
            part for name, value in options.items() if value is not None
            for part in (f"--{name}", value)
        ]  # fmt: skip
        return run(
            "prove", self.path("wallet"), self.credential, *given, "--out", out, *extra, data=data
        )

    def verify(self, shown: Path | None = None, **changed: object) -> Ran:
        """Verify an answer; by default that of ``shared_desk``."""
        options = {"request": self.path("request.json")} | changed
        flat = [part for name, value in options.items() for part in (f"--{name}", value)]
        return run("verify", shown or self.path("shown.json"), *flat, "--json")


def ok(ran: Ran) -> Any:
    """What a command printed, which must have ended well."""
    assert ran.code == 0, ran.stderr
    return ran.json


def reverted(ran: Ran, error: str) -> None:
    """Check that a contract refused what a command wanted, with this error."""
    assert ran.code == 5, ran.stderr
    assert json.loads(ran.err)["contract_error"] == error


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
    request = ProofRequest(
        verifier="a lender",
        purpose="a bicycle",
        expires_at=FOREVER,
        nonce=1234,
        policy=Policy(**POLICY).at(now()),
        scope=SCOPE,
        registry_root=snapshot.root,
    )
    (folder / "request.json").write_text(request.to_json())
    (folder / "policy.json").write_text(json.dumps(POLICY))
    (folder / "strict.json").write_text(json.dumps(STRICT))
    return Desk(folder, credential, revocation_id, str(snapshot.root))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture(scope="session")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk that tests only read, with one presentation on it."""
    desk = make_desk(tmp_path_factory.mktemp("desk"))
    shown = desk.prove(desk.path("shown.json"), "--yes", "--json")
    assert shown.code == 0, shown.stderr
    return desk
