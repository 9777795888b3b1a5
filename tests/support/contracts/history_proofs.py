"""Records, words and proofs of a history tree for the Solidity tests.

``python -m support.contracts.history_proofs``, in ``tests/``, writes
``contracts/test/fixtures/history.json``: words of a bureau, field by field; reputations of records;
and the proofs of two steps of a tree, under the dev keys. The Solidity test makes the records again
by a bureau's calls. Run it again when a circuit has changed. Proofs are blinded, so every run
writes other ones; the rest is compared by a test.
"""

from __future__ import annotations

import json
import random
import warnings
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.contracts.eligibility_proofs import published_key

from zkcredit.circuits.history_update import update_inputs
from zkcredit.history import HistoryRecord, HistoryTree, reputation
from zkcredit.history.record import NEVER_EXPIRES, bureau_word
from zkcredit.schema import HISTORY_DEPTH, HISTORY_RECORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.circuits.history_update import Update

ROOT = Path(__file__).parents[3]
FIXTURE = ROOT / "contracts" / "test" / "fixtures" / "history.json"
DAY = 86_400
START = 1_800_000_000
PEOPLE = 12
WORDS = 40
REPUTATIONS = 200


def pseudonym(number: int) -> int:
    """The pseudonym of a person: large, as those of real people are."""
    return 7**80 + number


def first_record(number: int) -> HistoryRecord:
    """The record after a person's first loan started."""
    day = (START + (30 + number) * DAY) // DAY - 1
    return HistoryRecord(opened=1, open=1, good_until=day, first_day=START // DAY)


def steps() -> list[tuple[int, int, list[Update]]]:
    """Root before, root after, and updates of two steps: of twelve records, and of three.

    The first takes the first loans of twelve people. Then the first of them pays a row in time,
    and the second repays.
    """
    tree = HistoryTree()
    roots = [tree.root]
    twelve = [tree.replace(pseudonym(one), first_record(one), one) for one in range(PEOPLE)]
    roots.append(tree.root)
    paid = replace(first_record(0), on_time=1, good_until=(START + 60 * DAY) // DAY - 1)
    ended = replace(first_record(1), open=0, repaid=1, largest=100_001, good_until=NEVER_EXPIRES)
    last = PEOPLE - 1
    three = [
        tree.replace(pseudonym(last), first_record(last), last),
        tree.replace(pseudonym(0), paid, 0),
        tree.replace(pseudonym(1), ended, 1),
    ]
    roots.append(tree.root)
    return [(roots[0], roots[1], twelve), (roots[1], roots[2], three)]


def words() -> list[tuple[int, Sequence[int]]]:
    """Words of a bureau, each with its fields and the index behind them."""
    rng = random.Random(5)
    found: list[tuple[int, Sequence[int]]] = []
    bits = [*HISTORY_RECORD.values(), 3 * HISTORY_DEPTH]
    edges = [[0] * 12, [(1 << width) - 1 for width in bits]]
    edges += [[(1 << w) - 1 if i == at else 0 for i, w in enumerate(bits)] for at in range(12)]
    for fields in [*edges, *([rng.getrandbits(w) for w in bits] for _ in range(WORDS))]:
        *values, index = fields
        # what contradicts itself is not a record, but the places of its bits are the same
        record = HistoryRecord.__new__(HistoryRecord)
        for name, value in zip(HISTORY_RECORD, values, strict=True):
            object.__setattr__(record, name, value)
        assert astuple(record) == tuple(values)
        found.append((bureau_word(record, index), fields))
    return found


def reputations() -> list[int]:
    """The eleven fields of records, and after each record its reputation."""
    rng = random.Random(6)
    most = {name: (1 << bits) - 1 for name, bits in HISTORY_RECORD.items()}
    edges = {
        "repaid": (0, 1, 8, 9, 10, most["repaid"]),
        "on_time": (0, 1, 39, 40, 41, most["on_time"]),
        "late": (0, 1, 20, 37, most["late"]),
        "defaults": (0, 1, 2, 5, most["defaults"]),
    }
    rows: list[int] = []
    for _ in range(REPUTATIONS):
        counts = {
            name: rng.choice(edges[name]) if rng.random() < 0.5 else rng.randrange(limit)
            for name, limit in (("repaid", 12), ("on_time", 60), ("late", 12), ("defaults", 5))
        }
        recovered = rng.randint(0, counts["defaults"])
        record = HistoryRecord(opened=most["opened"], recovered=recovered, **counts)
        rows += [*astuple(record), reputation(record)]
    return rows


def hexadecimal(values: Sequence[int]) -> str:
    """Words of 32 bytes, one after the other."""
    return "0x" + "".join(f"{value:064x}" for value in values)


def expected() -> dict[str, Any]:
    """What the fixture must agree with: everything but the proofs."""
    two = steps()
    fields = [value for word, values in words() for value in (word, *values)]
    return {
        "circuits": [
            json.loads(
                (ROOT / "circuits" / f"history_update_{size}" / "manifest.json").read_text()
            )["circuit"]
            for size in (12, 3)
        ],
        "words": hexadecimal(fields),
        "reputations": hexadecimal(reputations()),
        "key12": published_key(ROOT / "circuits" / "history_update_12"),
        "key3": published_key(ROOT / "circuits" / "history_update_3"),
        "roots": hexadecimal([two[0][0], two[0][1], two[1][1]]),
        "updates": hexadecimal(
            [
                value
                for _, _, several in two
                for one in several
                for value in (one.nullifier, one.word)
            ]
        ),
    }


def main() -> None:
    """Prove both steps and write the fixture."""
    from zkcredit.circuits import get_circuit
    from zkcredit.groth16 import load_or_create_dev_key, prove

    proofs: list[int] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for old_root, new_root, updates in steps():
            circuit = get_circuit(f"history_update_{len(updates)}")
            key = load_or_create_dev_key(circuit)
            values = update_inputs(updates, old_root=old_root, new_root=new_root)
            proofs += prove(key, circuit.witness(values), system=circuit.system).to_words()
    FIXTURE.write_text(json.dumps(expected() | {"proofs": hexadecimal(proofs)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
