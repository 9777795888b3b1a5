"""The holder's limits: what they refuse, what they keep, and that nothing is proved above them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from support.loan.table_cases import level_product
from support.protocol.nouns import PASSWORD

from zkcredit import units
from zkcredit.errors import CostAboveLimit, DamagedFile, InvalidInput, OutOfRange
from zkcredit.loan import Disclosure, disclose
from zkcredit.policy import Policy
from zkcredit.request import ProofRequest
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault
from zkcredit.wallet import CostLimits, Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EUR, KES = 978, 404
COSTS = disclose(level_product(currency=EUR), 100_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wallet"


@pytest.fixture
def wallet(path: Path) -> Iterator[Wallet]:
    with Wallet.create(path, PASSWORD, cost=KdfCost.light_unsafe()) as made:
        yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class ForALoan(ProofRequest):
    """A request that says what the loan costs."""

    told: Disclosure | None = None

    def costs(self) -> Disclosure | None:
        return self.told


def asked(told: Disclosure | None) -> ForALoan:
    now = units.now()
    return ForALoan(
        verifier="a lender", purpose="a loan", expires_at=now + 600, nonce=1,
        policy=Policy(min_score=600).at(now), scope=5, registry_root=7, told=told,
    )  # fmt: skip


# --- the limits -----------------------------------------------------------------------------------


def test_a_rate_at_the_limit_is_allowed_and_one_above_is_not() -> None:
    CostLimits(ear=COSTS.ear).require_within(COSTS)
    with pytest.raises(CostAboveLimit, match=r"costs 12\.87 % a year, and your wallet's limit is"):
        CostLimits(ear=COSTS.ear - 1).require_within(COSTS)


def test_a_payment_at_the_limit_is_allowed_and_one_above_is_not() -> None:
    CostLimits(payment=COSTS.peak, currency=EUR).require_within(COSTS)
    with pytest.raises(CostAboveLimit, match=r"largest payment is 88\.85 EUR.*limit is 88\.84 EUR"):
        CostLimits(payment=COSTS.peak - 1, currency=EUR).require_within(COSTS)


def test_a_payment_in_another_currency_cannot_be_compared() -> None:
    limits = CostLimits(payment=10**9, currency=KES)
    with pytest.raises(CostAboveLimit, match="in another currency"):
        limits.require_within(COSTS)
    with pytest.raises(CostAboveLimit, match="in another currency"):
        limits.require_within(replace(COSTS, currency=0))


def test_sixty_per_cent_a_year_is_refused_unless_the_holder_says_otherwise() -> None:
    CostLimits().require_within(replace(COSTS, ear=60_000_000))
    dear = replace(COSTS, ear=60_000_001)
    with pytest.raises(CostAboveLimit):
        CostLimits().require_within(dear)
    CostLimits(ear=None).require_within(dear)


@pytest.mark.parametrize(
    "given",
    [
        {"ear": "60"}, {"ear": 6.5}, {"ear": True}, {"payment": 500}, {"currency": EUR},
        {"payment": 500, "currency": 1}, {"payment": "500", "currency": EUR},
        {"payment": None, "currency": EUR},
    ],
)  # fmt: skip
def test_limits_that_say_nothing_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        CostLimits(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given", [{"ear": -1}, {"ear": 1 << 48}, {"payment": 0, "currency": EUR},
              {"payment": 1 << 48, "currency": EUR}, {"currency": 1 << 16}],
)  # fmt: skip
def test_limits_out_of_range_are_refused(given: dict[str, int]) -> None:
    with pytest.raises(OutOfRange):
        CostLimits(**given)


def test_limits_in_words() -> None:
    assert CostLimits(payment=9_000, currency=EUR).in_words() == (
        "Your wallet refuses loans above 60.00 % a year (effective annual rate).",
        "Your wallet refuses loans with a payment above 90.00 EUR, and loans in another currency.",
    )
    assert all("does not refuse" in line for line in CostLimits(ear=None).in_words())


# --- the wallet -----------------------------------------------------------------------------------


def test_limits_are_kept_in_the_file(wallet: Wallet, path: Path) -> None:
    assert wallet.limits == CostLimits()
    wanted = CostLimits(ear=None, payment=5_000, currency=EUR)
    wallet.set_limits(wanted)
    wallet.set_limits(wanted)
    wallet.close()
    with Wallet.open(path, PASSWORD) as again:
        assert again.limits == wanted


@pytest.mark.parametrize("given", [None, 60, {"ear": 5}])
def test_what_is_no_limit_is_refused(wallet: Wallet, given: object) -> None:
    with pytest.raises(InvalidInput):
        wallet.set_limits(given)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [b"[]", b"{", b'{"rate": 5}', b'{"ear": -1}'])
def test_limits_of_another_version_are_a_damaged_file(
    wallet: Wallet, path: Path, text: bytes
) -> None:
    wallet.close()
    with Vault.open(path, "wallet", PASSWORD) as store:
        store.put([("limits", "cost", text)])
    with Wallet.open(path, PASSWORD) as again, pytest.raises(DamagedFile):
        _ = again.limits


def test_a_wallet_proves_nothing_above_its_limit(wallet: Wallet) -> None:
    wallet.set_limits(CostLimits(ear=COSTS.ear - 1))
    with pytest.raises(CostAboveLimit):
        wallet.prove(asked(COSTS), "a credential", proving_key=None)  # type: ignore[arg-type]
    assert wallet.consents() == []


@pytest.mark.parametrize("told", [COSTS, None])
def test_a_wallet_goes_on_within_its_limit(wallet: Wallet, told: Disclosure | None) -> None:
    wallet.set_limits(CostLimits(ear=COSTS.ear))
    with pytest.raises(InvalidInput, match="no credential with this id"):
        wallet.prove(asked(told), "a credential", proving_key=None)  # type: ignore[arg-type]
