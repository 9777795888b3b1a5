"""The issuer's book: one account for each person, one person for each account."""

from __future__ import annotations

import pytest
from support.ledger.ledger_desk import ACCOUNT, BANK, EMPLOYER, PLACE, SALARY, ledger_card
from support.ledger.proved_entries import entry_key

from zkcredit.errors import CredentialError, InvalidInput
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost

LIGHT = KdfCost.light_unsafe()


@pytest.fixture
def bank(tmp_path):
    with Issuer.create(tmp_path / "bank", "the bank's", cost=LIGHT) as issuer:
        yield issuer


def seal(bank, person="customer 1", borrower=1, **changes):
    arguments = {
        "person": person, "to": ledger_card(BANK, borrower), "address": BANK, "at": PLACE,
        "proving_key": entry_key(),
    }  # fmt: skip
    return bank.ledger.seal(ACCOUNT, **(arguments | changes))


def test_a_person_gets_entry_after_entry_on_one_account(bank):
    first, second = seal(bank).sealed, seal(bank).sealed
    assert first.account == second.account
    assert first.ciphertext.c1.y != second.ciphertext.c1.y
    assert seal(bank, "customer 2", 2).sealed.account != first.account


def test_the_bond_outlives_the_process(bank, tmp_path):
    seal(bank)
    bank.close()
    with Issuer.open(tmp_path / "bank", "the bank's") as again:
        assert seal(again)
        with pytest.raises(CredentialError):
            seal(again, borrower=2)


def test_a_second_account_of_a_person_is_refused(bank):
    seal(bank)
    with pytest.raises(CredentialError, match="another account"):
        seal(bank, borrower=2)


def test_an_account_of_another_person_is_refused(bank):
    seal(bank)
    with pytest.raises(CredentialError, match="another person"):
        seal(bank, person="customer 2")


def test_a_card_for_another_issuer_is_refused(bank):
    with pytest.raises(InvalidInput, match="another issuer"):
        seal(bank, to=ledger_card(EMPLOYER))
    with pytest.raises(InvalidInput, match="another issuer"):
        seal(bank, address=EMPLOYER)
    assert seal(bank, address=BANK.lower())


def test_other_arguments_are_refused_and_bind_nothing(bank):
    for changes in (
        {"person": ""}, {"person": None}, {"person": "\n"}, {"to": None},
        {"address": "bank"}, {"address": None}, {"at": None}, {"at": (1, BANK, 0)},
        {"proving_key": None},
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            seal(bank, **changes)
    with pytest.raises(InvalidInput):
        bank.ledger.seal(
            SALARY.slots(), person="customer 1", to=ledger_card(), address=BANK, at=PLACE,
            proving_key=entry_key(),
        )  # fmt: skip
    assert seal(bank, borrower=2)
