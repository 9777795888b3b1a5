"""The rounds with honest arbiters, and every wrong message named or refused."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
from support.escrow.arbiter_case import CONTEXT, REFERENCE, SCALAR, evidence

from zkcredit._internal import secp256k1
from zkcredit.errors import (
    DamagedFile,
    EscrowError,
    InvalidInput,
    MalformedFile,
    NotInDefault,
    OutOfRange,
    WrongPassword,
    WrongShare,
)
from zkcredit.escrow import (
    Arbiter,
    ArbiterCard,
    Commitment,
    Complaint,
    Deal,
    FirstRound,
    Roster,
    combine,
)
from zkcredit.escrow.polynomial import commit, evaluate
from zkcredit.escrow.signed import account_key, card_digest
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION
from zkcredit.gadgets.hashed_elgamal import encrypt
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("Ana", "Boran", "Chipo")
PASSWORD = "arbiter's own"
COST = KdfCost.light_unsafe()


class Table:
    """Three arbiters, two of whom open, after the first round."""

    def __init__(self, folder: Path) -> None:
        self.paths = [folder / f"{name}.zkc" for name in NAMES]
        pairs = zip(self.paths, NAMES, strict=True)
        self.people = [Arbiter.create(path, PASSWORD, name, cost=COST) for path, name in pairs]
        self.roster = Roster(2, tuple(person.card for person in self.people))
        self.commitments = [person.commit(self.roster) for person in self.people]
        self.first = FirstRound(self.roster, self.commitments)

    def secret(self, arbiter: int, kind: str, id_: str) -> bytes:
        value = self.people[arbiter - 1]._store.get(kind, id_)
        assert value is not None
        return value

    @cached_property
    def dealt(self) -> list[Deal]:
        return [deal for person in self.people for deal in person.deal(self.commitments)]

    def deals(self, receiver: int) -> list[Deal]:
        return [deal for deal in self.dealt if deal.receiver == receiver]

    def resigned(self, message: Any, **changes: Any) -> Any:
        """A message that its dealer changed and signed."""
        changed = replace(message, **changes)
        from zkcredit._internal import ed25519

        seed = self.secret(changed.dealer, "key", "signing")
        return replace(changed, signature=ed25519.sign(ed25519.private_key(seed), changed.body()))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """For tests that finish nothing."""
    return Table(tmp_path_factory.mktemp("arbiters"))


@pytest.fixture
def fresh(tmp_path: Path) -> Table:
    """For tests that finish."""
    return Table(tmp_path)


def test_honest_arbiters_agree_on_a_key_that_nobody_has(fresh: Table) -> None:
    secrets = []
    for number in (1, 2, 3):
        data = fresh.secret(number, "session", "polynomial")
        secrets.append(int.from_bytes(data[:32], "big"))
    groups = [
        person.finish(fresh.commitments, fresh.deals(number))
        for number, person in enumerate(fresh.people, 1)
    ]
    assert len({group.digest for group in groups}) == 1
    group = groups[0]
    assert group.key == babyjub.mul(sum(secrets) % SUBGROUP_ORDER, BASE8)
    assert group.key not in [commitment.points[0] for commitment in fresh.commitments]
    assert (group.threshold, group.names) == (2, NAMES)
    sealed = encrypt(group.key, REFERENCE, CONTEXT, SCALAR)
    proof = evidence(escrowed=sealed, arbiters=group.key)
    for pair in ((0, 1), (2, 0)):
        parts = [fresh.people[i].open_partially(sealed, CONTEXT, proof) for i in pair]
        assert combine(group, sealed, CONTEXT, parts) == REFERENCE
    with pytest.raises(NotInDefault):
        fresh.people[0].open_partially(sealed, CONTEXT, replace(proof, in_default=False))


def test_a_finished_file_holds_the_share_and_nothing_else_secret(fresh: Table) -> None:
    deals = fresh.deals(1)
    group = fresh.people[0].finish(fresh.commitments, deals)
    assert fresh.people[0]._store.get("session", "polynomial") is None
    assert fresh.people[0]._store.get("key", "envelope") is None
    for action in (
        lambda: fresh.people[0].finish(fresh.commitments, deals),
        lambda: fresh.people[0].deal(fresh.commitments),
        lambda: fresh.people[0].complain(deals[0]),
    ):
        with pytest.raises(EscrowError, match="finished"):
            action()
    fresh.people[0].close()
    with pytest.raises(WrongPassword):
        Arbiter.open(fresh.paths[0], "another")
    with Arbiter.open(fresh.paths[0], PASSWORD) as again:
        assert again.group == group
        assert repr(again) == "Arbiter(…)"
        share = int.from_bytes(again._store.get("share", "own") or b"", "big")
    assert babyjub.mul(share, BASE8) == group.share_of(1)
    assert f"{share:064x}" not in fresh.paths[0].read_bytes().hex()


def test_a_crash_before_forgetting_is_made_good_at_the_next_use(fresh: Table) -> None:
    person, deals = fresh.people[0], fresh.deals(1)
    envelope = fresh.secret(1, "key", "envelope")
    group = person.finish(fresh.commitments, deals)
    person._store.put([("key", "envelope", envelope)])
    sealed = encrypt(group.key, REFERENCE, CONTEXT, SCALAR)
    person.open_partially(sealed, CONTEXT, evidence(escrowed=sealed, arbiters=group.key))
    assert person._store.get("key", "envelope") is None


def test_rounds_can_be_repeated_but_not_changed(table: Table, tmp_path: Path) -> None:
    ana = table.people[0]
    assert ana.commit(table.roster) == table.commitments[0]
    assert {d.receiver for d in ana.deal(table.commitments)} == {2, 3}
    assert {d.receiver for d in ana.deal(table.commitments[::-1])} == {2, 3}
    with pytest.raises(EscrowError, match="another list"):
        ana.commit(Roster(3, table.roster.cards))
    other = Table(_folder(tmp_path))
    swapped = [table.commitments[0], table.commitments[1], other.commitments[2]]
    with pytest.raises(InvalidInput, match="another list"):
        ana.deal(swapped)


def _folder(parent: Path) -> Path:
    (parent / "other").mkdir()
    return parent / "other"


def test_rounds_out_of_turn(tmp_path: Path) -> None:
    with Arbiter.create(tmp_path / "a", PASSWORD, "Ana", cost=COST) as ana:
        with pytest.raises(EscrowError, match="commit first"):
            ana.deal([])
        with pytest.raises(EscrowError, match="no share yet"):
            _ = ana.group
        with pytest.raises(EscrowError, match="no share yet"):
            ana.open_partially(encrypt(BASE8, 1, 2, SCALAR), 2, evidence())
        with Arbiter.create(tmp_path / "b", PASSWORD, "Boran", cost=COST) as boran:
            with pytest.raises(InvalidInput, match="does not have this card"):
                ana.commit(Roster(2, (boran.card, _card("Chipo", 7))))
            roster = Roster(2, (ana.card, boran.card))
            both = [ana.commit(roster), boran.commit(roster)]
            with pytest.raises(EscrowError, match="deal first"):
                ana.finish(both, boran.deal(both))
    with pytest.raises(DamagedFile, match="not a zkcredit wallet"):
        Wallet.open(tmp_path / "a", PASSWORD)


def test_an_incomplete_file_is_damaged(tmp_path: Path) -> None:
    with Vault.create(tmp_path / "a", "arbiter", PASSWORD, [], COST):
        pass
    with Arbiter.open(tmp_path / "a", PASSWORD) as arbiter, pytest.raises(DamagedFile):
        _ = arbiter.card


# --- first round ----------------------------------------------------------------------------------


def test_a_rogue_key_is_refused(table: Table) -> None:
    """Chipo announces x·B8 less the others' points, to hold the group's key alone."""
    target = babyjub.mul(12345, BASE8)
    rogue = target
    for commitment in table.commitments[:2]:
        rogue = babyjub.add(rogue, babyjub.neg(commitment.points[0]))
    honest = table.commitments[2]
    for proof in (honest.proof, table.commitments[0].proof, Commitment.make(
        table.roster, 3, [12345, 1], table.secret(3, "key", "signing")
    ).proof):  # fmt: skip
        lie = table.resigned(honest, points=(rogue, honest.points[1]), proof=proof)
        with pytest.raises(WrongShare, match="Chipo does not prove") as caught:
            table.people[0].deal([*table.commitments[:2], lie])
        assert (caught.value.dealer, caught.value.name) == (3, "Chipo")


def test_a_copied_commitment_is_refused(table: Table) -> None:
    copied = table.resigned(table.commitments[0], dealer=3)
    with pytest.raises(WrongShare, match="Chipo"):
        FirstRound(table.roster, [*table.commitments[:2], copied])


@pytest.mark.parametrize(
    "points",
    [
        commit((1,)),
        commit((1, 2, 3)),
        (BASE8, IDENTITY),
        (IDENTITY, BASE8),
        (BASE8, TORSION[1]),
        (babyjub.add(BASE8, TORSION[4]), BASE8),
        (),
    ],
    ids=["too few", "too many", "last term 0", "secret 0", "low order", "torsion", "none"],
)
def test_signed_commitments_that_are_none_name_the_dealer(table: Table, points: Any) -> None:
    with pytest.raises(WrongShare, match="the commitment of Boran is not 2 points"):
        table.resigned(table.commitments[1], points=points).check(table.roster)


@pytest.mark.parametrize("answer", [0, -1, SUBGROUP_ORDER, None])
def test_other_answers_prove_nothing(table: Table, answer: Any) -> None:
    announced, honest = table.commitments[1].proof
    given = honest + SUBGROUP_ORDER if answer is None else answer
    lie = replace(table.commitments[1], proof=(announced, given))
    with pytest.raises(WrongShare):
        table.resigned(lie).check(table.roster)


def test_unsigned_commitments_blame_nobody(table: Table) -> None:
    changes = [
        {"dealer": 1},
        {"points": commit((5, 6))},
        {"signature": bytes(64)},
        {"proof": table.commitments[0].proof},
    ]
    for change in changes:
        with pytest.raises(InvalidInput, match="did not sign"):
            replace(table.commitments[1], **change).check(table.roster)
    for dealer in (0, 4):
        with pytest.raises(InvalidInput, match="no arbiter"):
            replace(table.commitments[1], dealer=dealer).check(table.roster)
    with pytest.raises(InvalidInput, match="another list"):
        replace(table.commitments[1], roster=bytes(32)).check(table.roster)


def test_missing_and_doubled_commitments(table: Table) -> None:
    with pytest.raises(InvalidInput, match="the commitments of Ana, Chipo are missing"):
        FirstRound(table.roster, [table.commitments[1]])
    seed = table.secret(2, "key", "signing")
    second = Commitment.make(table.roster, 2, [8, 9], seed)
    with pytest.raises(WrongShare, match="Boran signed two different"):
        FirstRound(table.roster, [*table.commitments, second])
    doubled = FirstRound(table.roster, [*table.commitments, table.commitments[1]])
    assert doubled.transcript == table.first.transcript
    with pytest.raises(InvalidInput):
        FirstRound(table.roster, [*table.commitments[:2], "no"])  # type: ignore[list-item]


def test_an_arbiters_own_commitment_cannot_be_replaced(table: Table) -> None:
    seed = table.secret(1, "key", "signing")
    other = Commitment.make(table.roster, 1, [8, 9], seed)
    with pytest.raises(EscrowError, match="own commitment"):
        table.people[0].deal([other, *table.commitments[1:]])


def test_commitments_that_cancel_out_make_no_group(table: Table) -> None:
    seed = table.secret(3, "key", "signing")
    polynomials = []
    for number in (1, 2):
        data = table.secret(number, "session", "polynomial")
        polynomials.append([int.from_bytes(data[i : i + 32], "big") for i in (0, 32)])
    opposite = [-sum(pair) % SUBGROUP_ORDER for pair in zip(*polynomials, strict=True)]
    made = Commitment.make(table.roster, 3, opposite, seed)
    with pytest.raises(OutOfRange, match="begin again"):
        FirstRound(table.roster, [*table.commitments[:2], made]).group()


# --- second round ---------------------------------------------------------------------------------


def _sealed(table: Table, dealer: int, share: int) -> Deal:
    seed = table.secret(dealer, "key", "signing")
    return Deal.seal(table.first, dealer, 1, share, seed)


def _honest_share(table: Table, dealer: int, receiver: int) -> int:
    data = table.secret(dealer, "session", "polynomial")
    return evaluate([int.from_bytes(data[i : i + 32], "big") for i in (0, 32)], receiver)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda share: share + 1,
        lambda share: -share % SUBGROUP_ORDER,
        lambda share: share + SUBGROUP_ORDER,
        lambda _: 0,
        lambda _: 2**256 - 1,
    ],
    ids=["+ 1", "opposite", "+ l", "zero", "largest"],
)
def test_a_wrong_share_names_its_dealer_and_is_proved(table: Table, wrong: Any) -> None:
    good = table.deals(1)
    bad = _sealed(table, 3, wrong(_honest_share(table, 3, 1)))
    deals = [next(deal for deal in good if deal.dealer == 2), bad]
    with pytest.raises(WrongShare, match="Chipo sealed something that does not match") as caught:
        table.people[0].finish(table.commitments, deals)
    assert (caught.value.dealer, caught.value.name) == (3, "Chipo")
    complaint = Complaint.from_json(table.people[0].complain(bad).to_json())
    verdict = complaint.judge(table.first)
    assert (verdict.arbiter, verdict.name) == (3, "Chipo")


def test_a_share_of_another_arbiter_names_the_dealer(table: Table) -> None:
    bad = _sealed(table, 2, _honest_share(table, 2, 3))
    with pytest.raises(WrongShare, match="Boran"):
        bad.open(table.first, 1, table.secret(1, "key", "envelope"))


@pytest.mark.parametrize("changes", [{"ciphertext": b"x" * 48}, {"encapsulated": bytes(32)}])
def test_a_signed_envelope_that_does_not_open_names_the_dealer(
    table: Table, changes: dict[str, Any]
) -> None:
    bad = table.resigned(table.deals(1)[0], **changes)
    with pytest.raises(WrongShare, match="Boran"):
        bad.open(table.first, 1, table.secret(1, "key", "envelope"))
    assert table.people[0].complain(bad).judge(table.first).name == "Boran"


def test_unsigned_shares_blame_nobody(table: Table) -> None:
    deal, envelope = table.deals(1)[0], table.secret(1, "key", "envelope")
    for changes in (
        {"dealer": 3},
        {"signature": bytes(64)},
        {"ciphertext": deal.ciphertext[:-1] + b"x"},
        {"transcript": bytes(32)},
    ):
        with pytest.raises(InvalidInput, match="did not sign"):
            replace(deal, **changes).open(table.first, 1, envelope)
        with pytest.raises(InvalidInput, match="did not sign"):
            Complaint(replace(deal, **changes), envelope).judge(table.first)
    with pytest.raises(InvalidInput, match="no arbiter"):
        replace(deal, dealer=0).open(table.first, 1, envelope)
    with pytest.raises(InvalidInput, match="another arbiter"):
        deal.open(table.first, 2, envelope)


def test_other_commitments_are_noticed(table: Table) -> None:
    deal = table.resigned(table.deals(1)[0], transcript=bytes(32))
    with pytest.raises(EscrowError, match="compare all commitments") as caught:
        table.people[0].finish(table.commitments, [deal])
    assert not isinstance(caught.value, WrongShare)
    with pytest.raises(EscrowError, match="compare all commitments"):
        table.people[0].complain(deal).judge(table.first)


def test_missing_and_doubled_shares(table: Table) -> None:
    deals = table.deals(1)
    with pytest.raises(InvalidInput, match="the shares of Chipo are missing"):
        table.people[0].finish(table.commitments, deals[:1])
    with pytest.raises(InvalidInput, match="from the same dealer"):
        table.people[0].finish(table.commitments, [*deals, deals[0]])
    with pytest.raises(InvalidInput, match="another arbiter"):
        table.people[0].finish(table.commitments, table.deals(2))


def test_an_unfounded_complaint_names_the_complainer(table: Table) -> None:
    verdict = table.people[0].complain(table.deals(1)[1]).judge(table.first)
    assert (verdict.arbiter, verdict.name) == (1, "Ana")
    assert "Chipo is right" in verdict.reason


def test_a_complaint_with_another_key_proves_nothing(table: Table) -> None:
    deal = table.deals(1)[0]
    for seed in (table.secret(2, "key", "envelope"), bytes(32)):
        with pytest.raises(InvalidInput, match="not the envelope key of Ana"):
            Complaint(deal, seed).judge(table.first)
    with pytest.raises(InvalidInput):
        Complaint(deal, b"short").judge(table.first)
    assert table.secret(1, "key", "envelope").hex() not in repr(table.people[0].complain(deal))


# --- cards, lists, documents ----------------------------------------------------------------------


def _card(name: str, number: int) -> ArbiterCard:
    return ArbiterCard.of_seeds(name, bytes([number] * 32), bytes([number + 100] * 32))


def _with_account(card: ArbiterCard, key: bytes) -> ArbiterCard:
    """The card with another account, which signs it."""
    digest = card_digest(card.name, card.envelope_key, card.signing_key)
    account, signature = secp256k1.address_of(key), secp256k1.sign(digest, key)
    return replace(card, account=account, account_signature=signature)


_KEY = account_key(b"somebody else's seed")
CARDS = tuple(_card(name, number) for number, name in enumerate(NAMES, 1))


@pytest.mark.parametrize(
    ("threshold", "cards"),
    [
        (1, CARDS),
        (4, CARDS),
        (2, CARDS[:1]),
        (True, CARDS),
        ("2", CARDS),
        (2, (*CARDS, CARDS[0])),
        (2, (*CARDS[:2], _card("Ana", 3))),
        (2, (*CARDS[:2], ArbiterCard.of_seeds("Chipo", bytes([1] * 32), bytes([103] * 32)))),
        (2, (*CARDS[:2], ArbiterCard.of_seeds("Chipo", bytes([3] * 32), bytes([101] * 32)))),
        (2, (*CARDS[:2], _with_account(CARDS[2], account_key(bytes([101] * 32))))),
        (2, (*CARDS[:2], "Chipo")),
        (2, tuple(_card(str(number), number) for number in range(1, 34))),
    ],
)
def test_lists_that_are_none(threshold: Any, cards: Any) -> None:
    with pytest.raises(InvalidInput):
        Roster(threshold, cards)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": " "},
        {"name": "A" * 65},
        {"name": "A\nB"},
        {"name": 5},
        {"envelope_key": bytes(31)},
        {"envelope_key": bytes(32)},
        {"envelope_key": "00" * 32},
        {"signing_key": bytes(31)},
        {"signing_key": b"\xff" * 32},
        {"signing_key": None},
        {"account": "0x" + "0" * 40},
        {"account": CARDS[0].account.lower()},
        {"account": CARDS[1].account},
        {"account": None},
        {"account_signature": b""},
        {"account_signature": bytes(65)},
        {"account_signature": CARDS[1].account_signature},
        {"account_signature": CARDS[0].account_signature.hex()},
        {"account_signature": None},
    ],
)
def test_cards_that_are_none(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        replace(CARDS[0], **changes)


@pytest.mark.parametrize("what", ["name", "envelope_key", "signing_key", "account"])
def test_an_account_is_on_the_card_that_it_signed_and_on_no_other(what: str) -> None:
    """So nobody can list somebody else's account, or keep the account and change the rest."""
    with pytest.raises(InvalidInput, match="did not sign the card"):
        replace(CARDS[0], **{what: getattr(CARDS[1], what)})


def test_an_arbiter_does_not_commit_where_its_account_was_changed(table: Table) -> None:
    cards = list(table.roster.cards)
    cards[0] = _with_account(cards[0], _KEY)
    with pytest.raises(InvalidInput, match="does not have this card of Ana"):
        table.people[0].commit(Roster(2, tuple(cards)))


def test_the_group_has_the_accounts_of_the_cards(table: Table) -> None:
    assert table.first.group().accounts == tuple(card.account for card in table.roster.cards)


def test_documents_and_back(table: Table) -> None:
    deal = table.deals(1)[0]
    assert Roster.from_json(table.roster.to_json()) == table.roster
    assert ArbiterCard.from_json(CARDS[0].to_json()) == CARDS[0]
    assert Commitment.from_json(table.commitments[0].to_json()) == table.commitments[0]
    assert Deal.from_json(deal.to_json()) == deal
    kinds = (Roster, ArbiterCard, Commitment, Deal, Complaint)
    documents = (table.roster, CARDS[0], table.commitments[0], deal, table.people[0].complain(deal))
    for kind, original in zip(kinds, documents, strict=True):
        content = json.loads(original.to_json())
        broken = [content | {"type": "x"}, content | {"more": 1}]
        broken += [{k: v for k, v in content.items() if k != name} for name in content]
        broken += [content | {name: None} for name in content]
        for value in broken:
            with pytest.raises(InvalidInput):
                kind.from_json(json.dumps(value))
        for text in ("", "[]", "{}", "nonsense"):
            with pytest.raises(MalformedFile):
                kind.from_json(text)
