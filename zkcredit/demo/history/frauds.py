"""What people try in the history story, and what refuses it: each attempt is real."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from zkcredit.circuits import get_circuit
from zkcredit.circuits.history_update import update_inputs
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.history.cast import LARGE, SMALL
from zkcredit.demo.outcome import expect_refusal
from zkcredit.errors import InvalidInput, NotEligible, TransactionReverted
from zkcredit.groth16 import prove
from zkcredit.history import HistoryTerms

if TYPE_CHECKING:
    from zkcredit.demo.history.world import HistoryWorld, Person
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal

__all__ = [
    "another_member",
    "easier_terms",
    "record_in_the_city",
    "record_made_better",
    "too_soon",
]


def too_soon(world: HistoryWorld, person: Person, narrator: Narrator) -> Refusal:
    """Let somebody without a record ask in the city."""
    return expect_refusal(
        f"let the wallet of {person.name} prove a record that does not exist",
        "wallet",
        InvalidInput,
        lambda: world.ask_with_record(person, world.record, LARGE),
        narrator,
    )


def record_in_the_city(
    world: HistoryWorld, person: Person, when: str, terms: set[str], narrator: Narrator
) -> Refusal:
    """Let somebody with a bad record ask for the city's loan for who was never late.

    Args:
        world: the story's world.
        person: who asks.
        when: the end of what is tried, in words.
        terms: the terms that the record must miss; no other ones.
        narrator: hears of it.

    Raises:
        StoryFailed: if the record misses other terms.
    """

    def ask() -> None:
        try:
            world.ask_with_record(person, world.clean, SMALL)
        except NotEligible as error:
            if error.shortfalls.keys() != terms:
                raise StoryFailed(f"missed were {', '.join(error.shortfalls)}") from error
            raise

    return expect_refusal(
        f"let the wallet of {person.name} prove the record, {when}",
        "wallet",
        NotEligible,
        ask,
        narrator,
    )


def easier_terms(world: HistoryWorld, person: Person, narrator: Narrator) -> Refusal:
    """Let a cheat prove easier terms, of a day when the record was still good, and apply."""
    request = world.city.request(world.clean, SMALL, person.address)
    asked = request.history
    record = world.tree_now().record(world.pseudonym(person))
    if asked is None or record is None:
        raise InvalidInput("the city asks about no record")
    easy = replace(request, history=replace(asked, terms=_easy(record.good_until)))
    shown = world.prove_record(person, easy)
    return expect_refusal(
        f"apply with a proof of {person.name} about the day before the row was due",
        "contract",
        TransactionReverted,
        lambda: world.city.apply(easy, shown, by=person.sender),
        narrator,
        contract_error="ProofInvalid",
    )


def _easy(day: int) -> int:
    return HistoryTerms(today=day).pack()


def another_member(
    world: HistoryWorld, person: Person, attempt: str, narrator: Narrator
) -> Refusal:
    """Let somebody with a loan, or in default, apply at the other member of the bureau."""
    request, shown = world.ask_with_credential(person, world.cooperative, world.small_too, SMALL)
    return expect_refusal(
        attempt,
        "contract",
        TransactionReverted,
        lambda: world.cooperative.apply(request, shown, by=person.sender),
        narrator,
        contract_error="PseudonymTaken",
    )


def record_made_better(world: HistoryWorld, person: Person, narrator: Narrator) -> Refusal:
    """Let a dishonest keeper write a record without its default into the tree."""
    copy = deepcopy(world.tree_now())
    who, old_root = world.pseudonym(person), copy.root
    record, place = world.tree.bureau.leaf(who)
    better = replace(record, defaults=0, late=0, last_bad_day=0)
    steps = [copy.replace(who, better, place) for _ in range(3)]
    circuit = get_circuit("history_update_3")
    witness = circuit.witness(update_inputs(steps, old_root=old_root, new_root=copy.root))
    proof = prove(world.update_key, witness, system=circuit.system)
    return expect_refusal(
        f"write the record of {person.name} without the default into the tree",
        "contract",
        TransactionReverted,
        lambda: world.tree.advance([who] * 3, copy.root, [proof], by=world.stranger()),
        narrator,
        contract_error="ProofInvalid",
    )
