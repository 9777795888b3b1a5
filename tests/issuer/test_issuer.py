"""An issuer remembers whom it gave what, never gives one person two holders, and revokes."""

from __future__ import annotations

import json
import stat
from itertools import pairwise

import pytest
from support.protocol.nouns import NOW, PASSWORD, card, credential, record, seed
from support.protocol.together import act_together
from support.storage.kill_rounds import issuing

from zkcredit import units
from zkcredit.errors import (
    CredentialError,
    DamagedFile,
    InvalidInput,
    WalletError,
    WrongPassword,
)
from zkcredit.gadgets import eddsa
from zkcredit.issuer import LISTED_AFTER_EXPIRY, Issuer
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault

LIGHT = KdfCost.light_unsafe()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "issuer"
    Issuer.create(path, PASSWORD, cost=LIGHT).close()
    return path


@pytest.fixture
def issuer(path):
    with Issuer.open(path, PASSWORD) as issuer:
        yield issuer


def issue(issuer, person="17", holder=1, **more):
    envelope = issuer.issue(record(), person=person, to=card(holder), **{"now": NOW, **more})
    return envelope.open(seed(holder).envelope_key, card(holder).holder)


def test_what_it_issues_is_signed_for_the_holder(issuer):
    issued = issue(issuer, valid_for=100)
    issued.verify(issuer=issuer.public_key, at=NOW)
    assert (issued.issued_at, issued.expires_at) == (NOW, NOW + 100)
    assert issued.holder == card().holder
    assert issued.record.person_tag == issuer.person_tag("17")
    assert issued.record.score == record().score
    assert RegistrySnapshot.of(issuer.publish(now=NOW)).membership(issued)


def test_a_clock_that_was_ahead_once_does_not_stop_revocation(issuer, path):
    kept, gone = issue(issuer), issue(issuer, person="18", holder=2)
    ahead = issuer.publish(now=NOW + 3650 * units.DAY)
    registry = RegistrySnapshot.of(ahead)
    issuer.revoke(gone.revocation_id)
    with Issuer.open(path, PASSWORD) as again:  # the file keeps it, not the object
        newer = again.publish(now=NOW)
    assert newer.published_at == ahead.published_at + 1
    assert newer.revoked == (gone.revocation_id,)
    registry.update(newer).membership(kept)
    assert issuer.publish(now=NOW).published_at == ahead.published_at + 2


PUBLISHING = """
from zkcredit.issuer import Issuer
with patiently(lambda: Issuer.open(sys.argv[1], sys.argv[2])) as issuer:
    ready()
    for revocation_id in sys.argv[4:]:
        patiently(lambda: issuer.revoke(int(revocation_id)))
        listed = patiently(lambda: issuer.publish(now=int(sys.argv[3])))
        print(listed.published_at, *listed.revoked)
"""


@pytest.mark.slow
def test_lists_of_several_processes_have_a_number_each_and_only_grow(issuer, path):
    ids = [issue(issuer, str(n), holder=n).revocation_id for n in range(1, 13)]
    rows = [
        [str(path), PASSWORD, str(NOW), *map(str, ids[first : first + 4])] for first in (0, 4, 8)
    ]
    lines = [line.split() for told in act_together(PUBLISHING, rows) for line in told]
    lists = sorted((int(number), set(revoked)) for number, *revoked in lines)
    assert len({number for number, _ in lists}) == 12
    assert all(before <= after for (_, before), (_, after) in pairwise(lists))
    assert lists[-1][1] == set(map(str, ids))


def test_a_list_is_numbered_and_read_in_one_step(issuer, monkeypatch):
    gone, later = issue(issuer), issue(issuer, person="18", holder=2)
    issuer.revoke(gone.revocation_id)
    seen = []
    sign = RevocationList.sign

    def meanwhile(key, listed, number):
        seen.append(issuer._vault._connection.in_transaction)
        return sign(key, listed, number)

    monkeypatch.setattr(RevocationList, "sign", meanwhile)
    issuer.publish(now=NOW)
    assert seen == [True]
    issuer.revoke(later.revocation_id)
    assert len(issuer.publish(now=NOW).revoked) == 2


def test_without_a_time_it_issues_now(issuer):
    before = units.now()
    assert before <= issue(issuer, now=None).issued_at <= units.now()


def test_its_key_and_its_memory_survive(path):
    with Issuer.open(path, PASSWORD) as one:
        public, tag = one.public_key, one.person_tag("17")
        issued = issue(one)
        one.revoke(issued.revocation_id, now=NOW + 5)
    with Issuer.open(path, PASSWORD) as again:
        assert again.public_key == public
        assert again.person_tag("17") == tag
        (entry,) = again.issued("17")
        assert (entry.revocation_id, entry.revoked_at) == (issued.revocation_id, NOW + 5)
        assert again.publish(now=NOW + 6).revoked == (issued.revocation_id,)
        with pytest.raises(CredentialError):
            issue(again, holder=2)


def test_one_person_has_one_holder(issuer):
    issue(issuer, "17", holder=1)
    issue(issuer, "17", holder=1)
    with pytest.raises(CredentialError, match="another holder"):
        issue(issuer, "17", holder=2)
    assert len(issuer.issued("17")) == 2


def test_one_holder_is_one_person(issuer):
    issue(issuer, "17", holder=1)
    with pytest.raises(CredentialError, match="another person"):
        issue(issuer, "18", holder=1)
    issue(issuer, "18", holder=2)
    assert len(issuer.issued()) == 2


def test_person_tags_are_pseudonyms_of_this_issuer(issuer, tmp_path):
    with Issuer.create(tmp_path / "other", PASSWORD, cost=LIGHT) as other:
        assert issuer.person_tag("17") != other.person_tag("17")
    assert issuer.person_tag("17") != issuer.person_tag("18")
    assert 0 <= issuer.person_tag("17") < 2**248


@pytest.mark.parametrize("person", ["", " ", None, 17, "a\0b", "x" * 257])
def test_persons_without_a_name_are_refused(issuer, person):
    with pytest.raises(InvalidInput):
        issue(issuer, person)
    assert issuer.issued() == []


@pytest.mark.parametrize("more", [{"valid_for": 0}, {"valid_for": 2**40}, {"now": -1}, {"now": ""}])
def test_impossible_times_are_refused(issuer, more):
    with pytest.raises(InvalidInput):
        issue(issuer, **more)
    assert issuer.issued() == []


def test_revocation_ids_are_never_given_twice(issuer, monkeypatch):
    first = issue(issuer)
    draws = iter([first.revocation_id - 1, first.revocation_id - 1, 99])
    monkeypatch.setattr("zkcredit.issuer.issuer.secrets.randbelow", lambda _: next(draws))
    assert issue(issuer).revocation_id == 100


def test_only_its_own_credentials_can_be_revoked(issuer):
    for unknown in (1, 4242, credential().revocation_id):
        with pytest.raises(InvalidInput):
            issuer.revoke(unknown)
    for wrong in (0, -1, 2**32, "1", None):
        with pytest.raises(InvalidInput):
            issuer.revoke(wrong)


def test_revoking_again_changes_nothing(issuer):
    id_ = issue(issuer).revocation_id
    issuer.revoke(id_, now=NOW + 1)
    issuer.revoke(id_, now=NOW + 2)
    assert issuer.issued()[0].revoked_at == NOW + 1


def test_the_published_list_forgets_what_is_long_expired(issuer):
    id_ = issue(issuer, valid_for=100).revocation_id
    issuer.revoke(id_, now=NOW)
    last = NOW + 100 + LISTED_AFTER_EXPIRY
    assert issuer.publish(now=last - 1).revoked == (id_,)
    assert issuer.publish(now=last).revoked == ()


def test_unrevoked_credentials_are_not_listed(issuer):
    kept, gone = issue(issuer).revocation_id, issue(issuer).revocation_id
    issuer.revoke(gone, now=NOW)
    assert issuer.publish(now=NOW).revoked == (gone,)
    assert kept != gone
    assert issuer.issued("nobody") == []


def test_the_file_is_sealed(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Issuer.open(path, PASSWORD) as issuer:
        secret = issuer._key.seed
        issue(issuer, "Erika Mustermann")
        assert secret not in path.read_bytes()
        assert b"Mustermann" not in path.read_bytes()
        assert secret.hex() not in repr(issuer) + repr(vars(issuer))
        assert repr(issuer) == f"Issuer(public_key={issuer.public_key})"
        eddsa.require_public_key(issuer.public_key)


def test_wrong_passwords_other_files_and_missing_keys(path, tmp_path):
    with pytest.raises(WrongPassword):
        Issuer.open(path, "another")
    with pytest.raises(InvalidInput):
        Issuer.create(path, PASSWORD, cost=LIGHT)
    with pytest.raises(InvalidInput):
        Issuer.open(tmp_path / "missing", PASSWORD)
    Vault.create(tmp_path / "wallet", "wallet", PASSWORD, [], LIGHT).close()
    with pytest.raises(DamagedFile):
        Issuer.open(tmp_path / "wallet", PASSWORD)
    Vault.create(tmp_path / "empty", "issuer", PASSWORD, [], LIGHT).close()
    with pytest.raises(DamagedFile):
        Issuer.open(tmp_path / "empty", PASSWORD)


def test_a_changed_password_opens(path):
    with Issuer.open(path, PASSWORD) as issuer:
        issuer.change_password(PASSWORD, "new", cost=LIGHT)
    with pytest.raises(WrongPassword):
        Issuer.open(path, PASSWORD)
    Issuer.open(path, "new").close()


def test_a_closed_issuer_issues_nothing(path):
    issuer = Issuer.open(path, PASSWORD)
    issuer.close()
    with pytest.raises(WalletError):
        issue(issuer)


def test_entries_of_another_version_are_typed_errors(path):
    with Vault.open(path, "issuer", PASSWORD) as store:
        store.put([("issued", "7", json.dumps({"unknown": 1}).encode())])
    with Issuer.open(path, PASSWORD) as issuer, pytest.raises(DamagedFile):
        issuer.issued()


@pytest.mark.parametrize("stride", [pytest.param(13, marks=pytest.mark.slow), 40])
def test_killed_while_issuing_the_person_is_bound_to_one_holder_or_to_none(tmp_path, stride):
    """`make long PART=kills-issuer` kills at every single system call."""
    assert issuing(tmp_path, 0, stride) >= 5


def test_two_processes_cannot_bind_one_person_to_two_holders(path, monkeypatch):
    with Issuer.open(path, PASSWORD) as one, Issuer.open(path, PASSWORD) as other:
        # the other one looked before the first one wrote
        monkeypatch.setattr(other._vault, "get", lambda *_: None)
        issue(one, holder=1)
        with pytest.raises(InvalidInput):
            issue(other, holder=2)
        assert len(one.issued()) == 1
