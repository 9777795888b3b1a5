"""Reading an account: envelopes held against ciphertexts, sums against the ledger's total."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ledger.ledger_desk import (
    ACCOUNT,
    AIRTIME,
    BANK,
    EMPLOYER,
    EPOCH,
    OPERATOR,
    SALARY,
    ledger_card,
    posted,
    sealed_for,
    sum_of,
    three_entries,
)
from support.protocol.nouns import seed

from zkcredit.errors import (
    EnvelopeMismatch,
    EnvelopeUnreadable,
    InvalidInput,
    LedgerError,
    OutOfRange,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.elgamal import EMPTY, Ciphertext, encrypt
from zkcredit.ledger import LedgerTotals, open_entry, read_account, sealed
from zkcredit.ledger.account import recover_entry

KEY, OPENER = seed().account_key, seed().envelope_key


def read(entries, epoch=EPOCH + 1, **more):
    return read_account(entries, KEY, OPENER, epoch=epoch, **more)


def lying():
    """A bank's entry whose envelope says something else than its ciphertext: bound, yet wrong."""
    said = replace(ACCOUNT, monthly_debt_service=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "encrypt", lambda key, _, k: encrypt(key, ACCOUNT.slots(), k))
        return posted(sealed_for(entry=said))


def test_three_issuers_add_up():
    entries = three_entries()
    account = read(entries)
    assert account.entries == {EMPLOYER: SALARY, BANK: ACCOUNT, OPERATOR: AIRTIME}
    assert account.totals() == LedgerTotals.of([SALARY, ACCOUNT, AIRTIME])
    assert account.number == ledger_card().number
    account.check(KEY, sum_of(entries))
    assert account.faults == {}
    assert account.exposed == ()


def test_an_issuers_later_entry_replaces_its_earlier_one():
    raised = replace(SALARY, monthly_income=300_001)
    first, second = posted(sealed_for(EMPLOYER, SALARY)), posted(sealed_for(EMPLOYER, raised))
    account = read([first, second])
    assert account.entries == {EMPLOYER: raised}
    account.check(KEY, second.ciphertext)


def test_entries_of_the_running_epoch_do_not_count_yet():
    old, new = posted(sealed_for(EMPLOYER, SALARY), EPOCH - 1), posted(sealed_for())
    account = read([old, new], EPOCH)
    assert account.entries == {EMPLOYER: SALARY}
    account.check(KEY, old.ciphertext)
    replacing = posted(sealed_for(EMPLOYER, AIRTIME))
    assert read([old, replacing], EPOCH).entries == {EMPLOYER: SALARY}


def test_an_empty_account_has_no_totals():
    for entries in ([], three_entries()):
        with pytest.raises(LedgerError, match="no entry that counts"):
            read(entries, EPOCH).totals()


# --- what is wrong with an entry ----------------------------------------------------------------


def test_a_missing_envelope_is_named_and_spoils_the_sum_only():
    entries = three_entries()
    entries[1] = replace(entries[1], envelope=b"\0")
    account = read(entries)
    assert account.entries == {EMPLOYER: SALARY, OPERATOR: AIRTIME}
    assert isinstance(account.faults[BANK], EnvelopeUnreadable)
    for use in (account.totals, lambda: account.check(KEY, sum_of(entries))):
        with pytest.raises(EnvelopeUnreadable) as caught:
            use()
        assert caught.value.issuer == BANK


def test_a_foreign_envelope_does_not_open():
    mine, theirs = posted(sealed_for()), posted(sealed_for(borrower=2))
    with pytest.raises(EnvelopeUnreadable):
        open_entry(replace(mine, envelope=theirs.envelope), KEY, OPENER)
    with pytest.raises(EnvelopeUnreadable):
        open_entry(theirs, KEY, OPENER)


def test_an_envelope_of_the_same_issuers_earlier_entry_does_not_open():
    first, second = posted(sealed_for()), posted(sealed_for())
    with pytest.raises(EnvelopeUnreadable):
        open_entry(replace(second, envelope=first.envelope), KEY, OPENER)


def test_an_envelope_that_lies_is_found_out():
    with pytest.raises(EnvelopeMismatch) as caught:
        open_entry(lying(), KEY, OPENER)
    assert caught.value.issuer == BANK
    account = read([*three_entries()[::2], lying()])
    assert isinstance(account.faults[BANK], EnvelopeMismatch)
    assert "30405" not in str(caught.value)


def test_an_entry_under_another_key_is_found_out():
    # the bank encrypts to another account and seals to this one's owner
    wrong = posted(sealed_for(borrower=2)).ciphertext
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "encrypt", lambda *_: wrong)
        entry = posted(sealed_for())
    with pytest.raises(EnvelopeMismatch):
        open_entry(entry, KEY, OPENER)


@pytest.mark.parametrize("torsion", TORSION[1:])
def test_torsion_makes_an_entry_unusable(torsion):
    entry = posted(sealed_for())
    c1, c2 = entry.ciphertext
    for bad in (
        Ciphertext(babyjub.add(c1, torsion), c2),
        Ciphertext(c1, babyjub.add(c2, torsion)),
        Ciphertext(torsion, c2),
        Ciphertext(TORSION[0], c2),
        Ciphertext(Point(1, 2), c2),
    ):
        with pytest.raises(LedgerError, match="nothing can be proved") as caught:
            open_entry(replace(entry, ciphertext=bad), KEY, OPENER)
        assert type(caught.value) is LedgerError


def test_what_the_owner_claims_to_know_is_held_against_the_ciphertext():
    entry = replace(posted(sealed_for()), envelope=b"\0")
    assert read([entry], known={entry.ciphertext: ACCOUNT}).entries == {BANK: ACCOUNT}
    account = read([entry], known={entry.ciphertext: SALARY})
    assert isinstance(account.faults[BANK], EnvelopeMismatch)
    other = posted(sealed_for())
    account = read([entry], known={other.ciphertext: ACCOUNT})
    assert isinstance(account.faults[BANK], EnvelopeUnreadable)


# --- what is wrong with the sum -----------------------------------------------------------------


def test_another_total_than_the_sum_is_refused():
    entries = three_entries()
    account = read(entries)
    for total in (
        sum_of(entries[:2]),
        sum_of([*entries, posted(sealed_for())]),
        sum_of(three_entries()[1:]),
        encrypt(seed(2).account_key.public, account.totals().slots(), 5),
        EMPTY,
        Ciphertext(Point(1, 2), Point(0, 1)),
    ):
        with pytest.raises(LedgerError, match="do not add up"):
            account.check(KEY, total)
    account.check(KEY, encrypt(KEY.public, account.totals().slots(), 5))


def test_reused_randomness_is_seen():
    bank, same = posted(sealed_for()), posted(sealed_for(EMPLOYER, SALARY))
    for k in (99, SUBGROUP_ORDER - 99):
        first = replace(bank, ciphertext=encrypt(KEY.public, ACCOUNT.slots(), 99))
        second = replace(same, ciphertext=encrypt(KEY.public, SALARY.slots(), k))
        account = read([first, second, posted(sealed_for(OPERATOR, AIRTIME))])
        assert account.exposed == tuple(sorted((BANK, EMPLOYER)))
        replaced = posted(sealed_for())
        assert BANK in read([first, second, replaced]).exposed


# --- recovery -----------------------------------------------------------------------------------

HINT = tuple(ACCOUNT.slots())


@pytest.mark.parametrize("place", range(5))
def test_one_lost_amount_is_found(place):
    entry = replace(posted(sealed_for()), envelope=b"\0")
    hint = (*HINT[:place], None, *HINT[place + 1 :])
    assert recover_entry(entry, KEY, hint, 1 << 20) == ACCOUNT


def test_amounts_that_are_known_are_checked():
    entry = posted(sealed_for())
    assert recover_entry(entry, KEY, HINT, 1) == ACCOUNT
    with pytest.raises(EnvelopeMismatch):
        recover_entry(entry, KEY, (HINT[0] + 1, *HINT[1:]), 1)


def test_recovery_ends_at_its_bound_and_with_wrong_hints():
    entry = posted(sealed_for())
    for hint, bound in (
        ((*HINT[:2], None, *HINT[3:]), HINT[2]),
        ((HINT[0] + 1, 0, None, *HINT[3:]), 1 << 18),
    ):
        with pytest.raises(EnvelopeMismatch) as caught:
            recover_entry(entry, KEY, hint, bound)
        assert str(HINT[3]) not in str(caught.value)


@pytest.mark.parametrize(
    "hint",
    [(), (0,) * 4, (0,) * 6, (None, None, 0, 0, 0), (2**40, 0, 0, 0, None), (-1, 0, 0, 0, None),
     ("1", 0, 0, 0, None), (1.0, 0, 0, 0, 0)],
)  # fmt: skip
def test_senseless_hints_are_refused(hint):
    with pytest.raises(InvalidInput):
        recover_entry(posted(sealed_for()), KEY, hint, 1 << 10)


@pytest.mark.parametrize("bound", [0, -1, 2**40 + 1, 1.5, None])
def test_senseless_bounds_are_refused(bound):
    with pytest.raises(InvalidInput):
        recover_entry(posted(sealed_for()), KEY, (None, *HINT[1:]), bound)


def test_senseless_epochs_and_keys_are_refused():
    for epoch in (-1, 2**24, "5", None):
        with pytest.raises(InvalidInput):
            read([], epoch)
    with pytest.raises(OutOfRange):
        read([], 2**24)
    with pytest.raises(InvalidInput):
        read_account([], seed().holder_secret, OPENER, epoch=5)
