"""Forgeries of a credit history, at bureau, tree and statement, with real keys and proofs.

What a borrower would gain by is a loan that is missing, a record that is better than the truth, or
a record of somebody else. Each is tried here, and refused where the design says.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.chain.market_world import refused, taken_back
from support.history.town import AGE, DAY, LAG, HistoryTown, proof_of

from zkcredit.bn254.fields import R
from zkcredit.circuits import get_circuit
from zkcredit.circuits.hashes import nullifier
from zkcredit.circuits.history import HistoryWitness
from zkcredit.circuits.history_hashes import HISTORY_NODE_TAG, history_leaf
from zkcredit.circuits.history_update import Update, update_inputs
from zkcredit.errors import InvalidInput, InvalidProof, UnsatisfiedWitness
from zkcredit.gadgets.tree_update import SparseTree8
from zkcredit.groth16 import load_or_create_dev_key, prove, verify
from zkcredit.history import HistoryRecord, HistoryTerms, HistoryTree, bureau_word, read_bureau_word
from zkcredit.request.loan_request import bureau_scope
from zkcredit.schema import HISTORY_DEPTH, HISTORY_RECORD, PUBLIC_INPUTS, RECORD_BITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.slow

ME, OTHER = 2**200 + 7, 2**200 + 8  # secrets
SCOPE, CONTEXT = 2**240 + 1, 2**240 + 2


class Town(HistoryTown):
    """With the pseudonyms of two borrowers."""

    def __init__(self) -> None:
        super().__init__()
        self.scope = int(self.ask("CreditBureau", "scope"))
        self.me, self.other = (nullifier(secret, self.scope) for secret in (ME, OTHER))

    def today(self) -> int:
        """The chain's day."""
        return self.node.now() // DAY

    def repaid(self, who: int) -> None:
        """A loan that ended well."""
        self.start(who)
        self.report("progress", who, 3, 0, self.node.now() + 30 * DAY)
        self.report("close", who, 0)

    def inputs(self, terms: HistoryTerms, **changes: Any) -> dict[str, int | Sequence[int]]:
        """My inputs of ``history``, honest but for the changes."""
        place = self.copy.place(changes.pop("whose", self.me))
        assert place is not None
        record = changes.pop("record", None)
        if record is None:
            record = read_bureau_word(self.words([self.me])[0])[0].pack()
        path = changes.pop("path", self.copy._tree.path(place))
        values = HistoryWitness(ME, record, path).inputs(
            terms=terms.pack(),
            context=CONTEXT,
            history_root=self.copy.root,
            history_scope=self.scope,
            scope=SCOPE,
        )
        return {**values, **changes}


@pytest.fixture(scope="module")
def shared() -> Town:
    return Town()


@pytest.fixture
def town(shared: Town) -> Iterator[Town]:
    with taken_back(shared):
        yield shared


@pytest.fixture
def known(town: Town) -> Town:
    """I repaid a loan and have another; the other is in default. The tree knows it all."""
    town.repaid(town.me)
    town.start(town.me)
    town.start(town.other)
    town.report("close", town.other, 1)
    town.advance([town.me, town.me, town.other])
    town.advance([town.other] * 3)
    return town


def proves(values: dict[str, Any]) -> bool:
    """Whether the values satisfy ``history``."""
    try:
        get_circuit("history").witness(values)
    except UnsatisfiedWitness:
        return False
    return True


def asked(town: Town, **conditions: int) -> HistoryTerms:
    """Terms of a lender today."""
    return HistoryTerms(today=town.today(), **conditions)


def test_the_truth_is_proved(known: Town) -> None:
    terms = asked(known, min_repaid=1, min_on_time=3, max_late=0, max_defaults=0)
    assert proves(known.inputs(terms))
    assert known.is_fresh(known.copy.root)
    assert known.ask("HistoryTree", "waiting") == 0


# --- at the statement -------------------------------------------------------------------------


def test_the_leaf_of_somebody_else(known: Town) -> None:
    terms = asked(known)
    theirs = read_bureau_word(known.words([known.other])[0])[0].pack()
    assert not proves(known.inputs(terms, whose=known.other, record=theirs))
    # the record of the one with the pseudonym of the other, each in its own place
    assert not proves(known.inputs(terms, record=theirs))
    values = known.inputs(terms)
    assert not proves({**values, "secret": OTHER})
    assert not proves({**values, "secret": OTHER, "nullifier": nullifier(OTHER, SCOPE)})


def test_an_empty_leaf(known: Town) -> None:
    empty = HistoryTerms()
    for record in (0, HistoryRecord(0).pack()):
        assert not proves(known.inputs(empty, path=known.copy._tree.path(9), record=record))


@pytest.mark.parametrize("field", HISTORY_RECORD)
def test_a_better_record(known: Town, field: str) -> None:
    word = read_bureau_word(known.words([known.me])[0])[0].pack()
    at = sum(list(HISTORY_RECORD.values())[: list(HISTORY_RECORD).index(field)])
    width = HISTORY_RECORD[field]
    for change in (1 << at, -1 << at, (1 << width - 1) << at, -word, 1 << RECORD_BITS, R - word):
        if change:
            assert not proves(known.inputs(HistoryTerms(), record=(word + change) % R)), change
    for value in (-1, R - 1, 1 << RECORD_BITS):
        assert not proves(known.inputs(HistoryTerms(), record=value % R))


def test_a_record_that_expired(known: Town) -> None:
    good_until = read_bureau_word(known.words([known.me])[0])[0].good_until
    assert good_until < 65_535
    for day, right in ((good_until - 1, True), (good_until, True), (good_until + 1, False)):
        assert proves(known.inputs(HistoryTerms(today=day))) is right


def test_a_lateness_that_nobody_reported(known: Town) -> None:
    assert proves(known.inputs(asked(known)))
    known.node.advance(36 * DAY)  # nobody pays, and nobody says so
    assert not proves(known.inputs(asked(known)))


def test_a_default_before_and_after_anybody_says_so(known: Town) -> None:
    assert proves(known.inputs(asked(known, max_defaults=0)))
    known.report("close", known.me, 1)
    old = known.inputs(asked(known, max_defaults=0), record=known_record(known))
    assert proves(old)  # the leaf is as it was, and the loan in it is good until its grace ends
    known.node.advance(36 * DAY)
    assert not proves({**old, "terms": asked(known, max_defaults=0).pack()})
    known.advance([known.me] * 3)
    assert not proves(known.inputs(asked(known)))  # goodUntil is 0


def known_record(town: Town) -> int:
    """My record as the tree has it."""
    record = read_bureau_word(town.words([town.me])[0])[0]
    open_record = replace(record, defaults=0, last_bad_day=0, good_until=town.today() + 34)
    return open_record.pack()


def test_other_terms_context_or_pseudonym(known: Town) -> None:
    circuit = get_circuit("history")
    values = known.inputs(asked(known, min_repaid=1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key = load_or_create_dev_key(circuit)
        proof = prove(key, circuit.witness(values), system=circuit.system)
        public = [int(str(values[name])) for name in PUBLIC_INPUTS["history"]]
        verify(key.verifying_key, public, proof)
        # terms, context, root of another tree, scope of another bureau or fork, scope, pseudonym
        for index in range(6):
            forged = [*public]
            forged[index] = (forged[index] + 1) % R
            with pytest.raises(InvalidProof):
                verify(key.verifying_key, forged, proof)


def test_an_update_that_touches_a_second_leaf(known: Town) -> None:
    old_root = known.copy.root
    [mine, *_] = known.updates([known.me])
    tree = SparseTree8(HISTORY_DEPTH, HISTORY_NODE_TAG)
    for who in (known.me, known.other):
        record, index = read_bureau_word(known.words([who])[0])
        clean = replace(record, defaults=0) if who == known.other else record
        tree.replace(index, history_leaf(who, clean.pack()))
    values = update_inputs([mine] * 3, old_root=old_root, new_root=tree.root)
    with pytest.raises(UnsatisfiedWitness):
        get_circuit("history_update_3").witness(values)


# --- at the tree ------------------------------------------------------------------------------


def test_a_loan_that_is_skipped_or_out_of_turn(town: Town) -> None:
    people = [town.me, town.other, nullifier(9, town.scope)]
    for who in people:
        town.start(who)
    nothing = [1] * 8
    for batch in ([people[1], people[2], people[0]], [people[1], people[0], people[2]],
                  [people[0], people[2], people[1]], [people[0]] * 3):  # fmt: skip
        refused("NotTheOldest", town.try_to_advance, batch, 5, nothing)
    town.advance(people)


def test_a_record_that_the_bureau_does_not_have(town: Town) -> None:
    town.start(town.me)
    word = town.words([town.me])[0]
    record, index = read_bureau_word(word)
    old_root = town.copy.root
    better = replace(record, on_time=record.on_time + 1)
    for claimed, at in ((better, index), (record, index + 1), (record, index + 4_096)):
        forger = HistoryTree()
        step = [forger.replace(town.me, claimed, at)] * 1
        step += [forger.replace(town.me, claimed, at) for _ in range(2)]
        proof = proof_of(step, old_root, forger.root)
        assert step[0].word == bureau_word(claimed, at) != word
        refused("ProofInvalid", town.try_to_advance, [town.me] * 3, forger.root, proof)


def test_two_leaves_of_one_pseudonym(known: Town) -> None:
    record, index = read_bureau_word(known.words([known.me])[0])
    with pytest.raises(InvalidInput, match="has place"):
        known.copy.replace(known.me, record, index + 2)
    old_root = known.copy.root
    path = known.copy._tree.replace(index + 50, history_leaf(known.me, record.pack()))
    again = known.copy._tree.replace(index + 50, history_leaf(known.me, record.pack()))
    word = bureau_word(record, index + 50)
    step = [Update(known.me, word, path), *[Update(known.me, word, again)] * 2]
    proof = proof_of(step, old_root, known.copy.root)
    refused("ProofInvalid", known.try_to_advance, [known.me] * 3, known.copy.root, proof)


def test_a_batch_that_was_taken_before_and_another_root(town: Town) -> None:
    town.start(town.me)
    first = town.copy.root
    proof = town.advance([town.me] * 3)
    refused("ProofInvalid", town.try_to_advance, [town.me] * 3, town.copy.root, proof)
    for root in (first, town.copy.root + 1, 0):
        refused("ProofInvalid", town.try_to_advance, [town.me] * 3, root, proof)


def test_a_staged_record_that_was_changed(town: Town) -> None:
    town.start(town.me)
    people = (town.me,) * 12
    words = town.words(people)
    town.send("HistoryTree", "stage", people)
    refused("StagePending", town.try_to_advance, [town.me] * 3, 5, [1] * 8)
    forged = (words[0] + (1 << 32), *words[1:])
    refused("NotStaged", town.send, "HistoryTree", "advanceStaged", people, forged, 5, ((1,) * 8,))


def test_a_root_that_is_too_old(town: Town) -> None:
    first = town.copy.root
    town.start(town.me)
    town.advance([town.me] * 3)
    replaced = town.ask("HistoryTree", "replacedAt", first)
    town.node.advance(replaced + AGE - town.node.now())
    assert town.is_fresh(first)
    town.node.advance(1)
    assert not town.is_fresh(first)
    assert town.is_fresh(town.copy.root)
    assert not town.is_fresh(town.copy.root + 1)


def test_a_root_while_a_loan_waits_for_too_long(town: Town) -> None:
    first = town.copy.root
    town.start(town.me)
    town.node.advance(LAG)
    assert town.is_fresh(first)
    town.node.advance(1)
    assert not town.is_fresh(first)
    town.advance([town.me] * 3)
    assert town.is_fresh(town.copy.root)
    assert not town.is_fresh(first), "the root that hid the loan for too long"


# --- at the bureau ----------------------------------------------------------------------------


def test_a_record_from_a_market_that_is_no_member(town: Town) -> None:
    later = town.node.now() + DAY
    refused("NotMember", town.report, "reserve", town.me, later, market=town.outsider)
    town.report("reserve", town.me, later)
    refused("NotMember", town.report, "start", town.me, 1, later, market=town.outsider)
    town.report("start", town.me, 1, later)
    for call in (("progress", town.me, 9, 0, later), ("close", town.me, 0)):
        refused("NotRunningHere", town.report, *call, market=town.outsider)


def test_a_market_that_is_removed_before_the_loan_starts(town: Town) -> None:
    town.report("reserve", town.me, town.node.now() + DAY)
    town.send("CreditBureau", "removeMember", town.member)
    refused("NotMember", town.report, "start", town.me, 1, town.node.now() + DAY)
    refused("NoLeaf", town.words, [town.me])


def test_a_member_whose_gate_saw_no_proof(town: Town) -> None:
    market = town.market_with(proved=False)
    later = town.node.now() + DAY
    refused("NotProved", town.report, "reserve", town.me, later, market=market)
    assert town.standing(town.me) == 0


def test_a_pseudonym_that_is_used_a_second_time(town: Town) -> None:
    other, later = town.market_with(proved=True), town.node.now() + DAY
    town.report("reserve", town.me, later)
    for market in (town.member, other):
        refused("PseudonymTaken", town.report, "reserve", town.me, later, market=market)
    town.report("start", town.me, 1, later)
    for market in (town.member, other):
        refused("PseudonymTaken", town.report, "reserve", town.me, later, market=market)
    refused("NotReserved", town.report, "start", town.me, 1, later)
    # nor does another member report on it
    refused("NotRunningHere", town.report, "close", town.me, 0, market=other)


def test_a_proof_of_a_fork(known: Town) -> None:
    """A fork has another chain id: other pseudonyms, other leaves, another scope."""
    assert known.scope == bureau_scope(chain_id=31337, bureau=known.bureau)
    fork = bureau_scope(chain_id=1, bureau=known.bureau)
    assert fork != known.scope
    terms = asked(known, min_repaid=1)
    assert not proves(known.inputs(terms, history_scope=fork))
    copy = HistoryTree()
    record, index = read_bureau_word(known.words([known.me])[0])
    copy.replace(nullifier(ME, fork), record, index)
    there = {
        "history_scope": fork, "history_root": copy.root, "path": copy.path(nullifier(ME, fork)),
    }  # fmt: skip
    values = HistoryWitness(ME, record.pack(), there["path"]).inputs(
        terms=terms.pack(), context=CONTEXT, history_root=copy.root, history_scope=fork, scope=SCOPE
    )
    assert proves(values), "it is true there"
    assert not known.is_fresh(copy.root), "and this chain's tree never had that root"


@pytest.mark.parametrize("who", [0, R, R + 5, 2**256 - 1])
def test_a_number_that_is_no_pseudonym(town: Town, who: int) -> None:
    town.start(who)
    refused("NoLeaf", town.words, [who])
    refused("NoLeaf", town.try_to_advance, [who] * 3, 5, [1] * 8)
    assert town.ask("HistoryTree", "waiting") == 0
    assert town.is_fresh(town.copy.root)
