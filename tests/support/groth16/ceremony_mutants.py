"""Mistakes in the verification of ceremonies, and for each an attack that shows it.

A mutant is a module of ``zkcredit.groth16.ceremony`` in which one check is deleted, or one line
says something else. An attack is a ceremony that must be refused, or an honest one. A mutant is
noticed if the attack ends in another way than with the shipped module: it is accepted, its origin
is another, or it is refused with other words.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from support.groth16 import ceremony_case as case

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.errors import ZkCreditError
from zkcredit.formats import zkey
from zkcredit.formats.binfile import Contributor
from zkcredit.groth16 import initial_zkey, keyfile
from zkcredit.groth16.ceremony.phase1 import Phase1

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from zkcredit.formats.ptau import PtauFile
    from zkcredit.formats.zkey import ZKeyFile
    from zkcredit.groth16 import ProvingKey

PACKAGE: Final = "zkcredit.groth16.ceremony"
MODULES: Final = ("phase1_chain", "phase2_chain", "phase2_check", "steps", "verified")
"""The modules of which every refusal has a mutant without it."""


# --- mutants ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CeremonyMutant:
    """One mistake.

    Attributes:
        name: its name.
        mistake: what is wrong, in words.
        module: the module's name in the package.
        old: the condition of the refusal that is deleted, or the text that is replaced.
        attack: the name of the attack that shows it, in ``ATTACKS``.
        new: the text in its place; None if a refusal is deleted.
    """

    name: str
    mistake: str
    module: str
    old: str
    attack: str
    new: str | None = None

    def put(self, patch: pytest.MonkeyPatch) -> None:
        """Put the mutant in the place of the shipped module, wherever its names are in use."""
        shipped = importlib.import_module(f"{PACKAGE}.{self.module}")
        source = Path(str(shipped.__file__)).read_text()
        mutant = ModuleType(shipped.__name__)
        exec(compile(self.changed(source), f"<{self.name}>", "exec"), mutant.__dict__)
        for name, old in vars(shipped).items():
            if getattr(old, "__module__", None) != shipped.__name__:
                continue
            for user in list(sys.modules.values()):
                uses = getattr(user, "__name__", "").startswith(("zkcredit.groth16", "support."))
                if uses and vars(user).get(name) is old:
                    patch.setattr(user, name, getattr(mutant, name))

    def changed(self, source: str) -> str:
        """Return the source with the mistake.

        Raises:
            ValueError: if the source does not have the place, or has it more than once.
        """
        if self.new is not None:
            if source.count(self.old) != 1:
                raise ValueError(f"{self.name}: {source.count(self.old)} places")
            return source.replace(self.old, self.new)
        tree = ast.parse(source)
        places = [node for node in refusals(tree) if ast.unparse(node.test) == self.old]
        if len(places) != 1:
            raise ValueError(f"{self.name}: {len(places)} places")
        places[0].test = ast.Constant(False)
        return ast.unparse(tree)


def refusals(tree: ast.AST) -> Iterator[ast.If]:
    """Yield each condition under which a module refuses a ceremony as unsafe."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and any(
            isinstance(inside, ast.Raise) and "UnsafeKey" in ast.unparse(inside)
            for inside in node.body
        ):
            yield node


def conditions(module: str) -> list[str]:
    """The conditions of all refusals of a module."""
    shipped = importlib.import_module(f"{PACKAGE}.{module}")
    tree = ast.parse(Path(str(shipped.__file__)).read_text())
    return [ast.unparse(node.test) for node in refusals(tree)]


# --- attacks ------------------------------------------------------------------------------------


def outcome(attack: Callable[[], str], *, crashes: bool = False) -> str:
    """How an attack ends, in words.

    Args:
        attack: the attack.
        crashes: whether an error that is not typed is an outcome, and not a fault of the mutant.
    """
    try:
        return attack()
    except ZkCreditError as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        if not crashes:
            raise
        return type(error).__name__


def _g1(*scalars: int) -> Any:
    return _kernel.g1_mul_generator(to_limbs([scalar % R for scalar in scalars]))


def _g2(*scalars: int) -> Any:
    return _kernel.g2_mul_generator(to_limbs(list(scalars)))


def _verified(key: bytes | ZKeyFile, file: PtauFile | None = None, **options: Any) -> str:
    found = case.verified(key, file, **options)
    return f"accepted: {found.origin} of {found.parties}"


def _lie(change: dict[str, Any], at: int, secrets: tuple[int, ...] = (3**70, 5**55)) -> str:
    def lie(i: int, shown: case.Shown) -> None:
        if i == at:
            shown.update({k: v(shown) if callable(v) else v for k, v in change.items()})

    return _verified(case.phase2(case.initial(), secrets, lie))


def _chain1(
    secrets: list[Any], change: Callable[[case.Shown], dict[str, Any]] | None = None, at: int = 0,
    **options: Any,
) -> str:  # fmt: skip
    """Phase 1 alone, with a lie of contribution ``at``."""
    from zkcredit.groth16.ceremony import phase1_chain

    def lie(i: int, shown: case.Shown) -> None:
        if change is not None and i == at:
            shown.update(change(shown))

    file = case.phase1(2, secrets, lie)
    return f"accepted: {len(phase1_chain.phase1_chain(file, **options))}"


def _file1(file: PtauFile) -> str:
    from zkcredit.groth16.ceremony import phase1_chain

    steps = phase1_chain.phase1_chain(file)
    Phase1.of(file, file.power)
    return f"accepted: {len(steps)}"


def _cancelling() -> str:
    """Two equations of one contribution whose faults cancel each other."""
    secret, error = 3**70, 12345

    def lie(i: int, shown: case.Shown) -> None:
        if i == 0:
            multiple = _kernel.g1_mul(shown["g1_s"], to_limbs([secret % R]))
            shown.update(
                secret=(secret - error) % R, delta=_g1(secret - error),
                g1_sx=_kernel.g1_add(multiple, _g1(error)),
            )  # fmt: skip

    return _verified(case.phase2(case.initial(), [secret, 5**55], lie))


def _own_beacon() -> str:
    """The beacon's point, and a secret that whoever applied it chose."""

    def lie(i: int, shown: case.Shown) -> None:
        if i == 2:
            _, g1_s = case.beacon_values(case.BEACON, 1)
            g1_sx = _kernel.g1_mul(g1_s, to_limbs([99]))
            shown.update(made_by=case.BEACON, g1_s=g1_s, g1_sx=g1_sx)

    return _verified(case.phase2(case.initial(), [3, 5, 99], lie))


def _own_beacon1() -> str:
    factors, g1_s = case.beacon_values(case.BEACON, 3)
    factors[2] = 99

    def shown(_: case.Shown) -> dict[str, Any]:
        multiples = _kernel.g1_mul(g1_s, to_limbs(factors))
        return {"made_by": case.BEACON, "pairs": np.stack([g1_s, multiples], axis=1)}

    return _chain1([(11, 13, 17), tuple(factors)], shown, 1)


def _stolen_delta() -> str:
    """Another δ than that of the contributions: whoever chose it forges."""
    mine = keyfile.loads(zkey.dumps(case.phase2(case.initial(), [12345])))
    contributions = zkey.loads(case.honest()).contributions
    return _in_memory(dataclasses.replace(mine, contributions=contributions))


def _delta_of_g2() -> str:
    key, mine = (
        keyfile.loads(data)
        for data in (case.honest(), zkey.dumps(case.phase2(case.initial(), [12345])))
    )
    other = dataclasses.replace(key.verifying_key, delta2=mine.verifying_key.delta2)
    return _in_memory(dataclasses.replace(key, verifying_key=other))


def _off_its_curve() -> str:
    key = keyfile.loads(case.honest())
    points = key.c.copy()
    points[0, 0] ^= 1
    return _in_memory(dataclasses.replace(key, c=points))


def _in_memory(key: ProvingKey) -> str:
    """Verify a key that reading its file would refuse."""
    verify = importlib.import_module(f"{PACKAGE}.verified").verify_ceremony
    found = verify(key, case.system(), case.powers())
    return f"accepted: {found.origin} of {found.parties}"


def _changed(name: str) -> str:
    honest = zkey.loads(case.honest())
    array = np.array(getattr(honest, name))
    array[0] = _kernel.g1_to_mont(_g1(31337))[0]
    return _verified(dataclasses.replace(honest, **{name: array}))


def _changed_in_memory(**changes: Any) -> str:
    """A key that is another than its file says, for the comparison with the initial key alone."""
    key = dataclasses.replace(keyfile.loads(case.honest()), **changes)
    require = importlib.import_module(f"{PACKAGE}.phase2_check").require_made_from
    require(key, case.initial(), 1)
    return "accepted"


def _other_size() -> str:
    key = keyfile.loads(case.honest())
    smaller = dataclasses.replace(case.initial(), n_wires=case.initial().n_wires + 1)
    require = importlib.import_module(f"{PACKAGE}.phase2_check").require_made_from
    require(key, smaller, 1)
    return "accepted"


def _marked(mark: bytes) -> str:
    return _verified(dataclasses.replace(zkey.loads(case.honest()), mark=mark))


def _state_of_the_last() -> str:
    file = case.powers()
    last = file.contributions[-1]
    state = last.state[:5] + bytes([last.state[5] ^ 1]) + last.state[6:]
    steps = (*file.contributions[:-1], dataclasses.replace(last, state=state))
    return _file1(dataclasses.replace(file, contributions=steps))


def _powers_of_another() -> str:
    """Powers of a secret that nobody contributed, at the end of a larger ceremony."""
    mine = case.phase1(4, [(2, 3, 4)])
    file = dataclasses.replace(mine, contributions=case.powers().contributions, ceremony_power=5)
    Phase1.of(file, 4)
    return "accepted"


def _another_circuit_hash() -> str:
    initial = dataclasses.replace(case.initial(), circuit_hash=bytes(64))
    return _verified(case.phase2(initial, [3**70, 5**55]))


def _word(*phases: int) -> str:
    from zkcredit.groth16.ceremony import verified

    found = case.verified(case.honest())
    steps = {1: found.phase1[0], 2: found.phase2[0], 3: found.phase2[2]}
    word = verified.Endorsement(found, tuple(steps[phase].digest for phase in phases))
    return f"accepted: {len(word.contributions)}"


def _limited(phase: int, attack: Callable[[], str]) -> str:
    """An attack where three contributions are more than a ceremony may have."""
    name = f"phase{phase}_chain"
    inside = getattr(importlib.import_module(f"{PACKAGE}.{name}"), name).__globals__
    shipped, inside["MAX_CONTRIBUTIONS"] = inside["MAX_CONTRIBUTIONS"], 2
    try:
        return attack()
    finally:
        inside["MAX_CONTRIBUTIONS"] = shipped


BEACONS: Final = [3, *[Contributor(True, "", bytes([i + 1]), 10) for i in range(4)]]
TRIPLES: Final = [(11, 13, 17), (19, 23, 29)]
ATTACKS: Final[Mapping[str, Callable[[], str]]] = {
    "an honest key": lambda: _verified(case.honest()),
    "a chosen transcript": lambda: _lie({"transcript": bytes(range(64))}, 1),
    "a factor of 1": lambda: _verified(case.phase2(case.initial(), [3, 1])),
    "a point of C off its curve": _off_its_curve,
    "a beacon with a secret of its own": _own_beacon,
    "a pair of infinity": lambda: _lie({"g1_s": _g1(0), "g1_sx": _g1(0)}, 1),
    "a delta by another factor": lambda: _lie({"delta": _g1(77)}, 0),
    "a key for another factor": lambda: _lie(
        {"g1_sx": lambda s: _kernel.g1_mul(s["g1_s"], to_limbs([9]))}, 1
    ),
    "a key for another point": lambda: _lie({"g2_sp": _g2(5)}, 1),
    "faults that cancel": _cancelling,
    "more contributions than the limit": lambda: _limited(2, lambda: _verified(case.honest())),
    "beacons beyond the limit": lambda: _verified(
        case.phase2(case.initial(), BEACONS), max_iterations=(1 << 12) - 1
    ),
    "one beacon beyond the limit": lambda: _verified(
        case.phase2(case.initial(), BEACONS[:2]), max_iterations=(1 << 10) - 1
    ),
    "another delta than the contributions'": _stolen_delta,
    "another delta in G2": _delta_of_g2,
    "another circuit's mark": lambda: _marked(
        b'{"origin": "claimed", "circuit": "' + b"0" * 64 + b'"}'
    ),
    "a lower mark": lambda: _marked(b'{"origin": "single-party"}'),
    "no contribution": lambda: _in_memory(
        dataclasses.replace(keyfile.loads(case.honest()), contributions=())
    ),
    "beacons alone": lambda: _verified(case.phase2(case.initial(), [case.BEACON])),
    "a party and a beacon": lambda: _verified(case.phase2(case.initial(), [3, case.BEACON])),
    "one party in phase 1": lambda: _verified(
        case.phase2(initial_zkey(case.system(), _alone()), [3, 5, 7]), _alone()
    ),
    "a point of A": lambda: _changed("a_mont"),
    "a point of C": lambda: _changed("c_mont"),
    "a key of another size": _other_size,
    "other coefficients": lambda: _changed_in_memory(
        coefficients=_without_last(keyfile.loads(case.honest()).coefficients)
    ),
    "another circuit hash": _another_circuit_hash,
    "a word for phase 2 alone": lambda: _word(2),
    "a word for a beacon": lambda: _word(1, 2, 3),
    # phase 1
    "honest powers": lambda: _file1(case.powers()),
    "powers of nobody": lambda: _file1(dataclasses.replace(case.powers(), contributions=())),
    "powers of more than the limit": lambda: _limited(1, lambda: _file1(case.powers())),
    "another state of the last response": _state_of_the_last,
    "powers of another secret": _powers_of_another,
    "powers with a factor of 1": lambda: _chain1([(11, 13, 17), (3, 5, 1)]),
    "powers of a beacon with a secret of its own": _own_beacon1,
    "tau in G1 by another factor": lambda: _chain1(TRIPLES, lambda _: {"now1": _g1(3, 13, 17)}),
    "alpha's key for another factor": lambda: _chain1(
        TRIPLES, lambda s: {"pairs": _with_alpha(s["pairs"])}
    ),
    "tau in G2 by another factor": lambda: _chain1(TRIPLES, lambda _: {"now2": _g2(3, 17)}),
    "beta in G2 by another factor": lambda: _chain1(TRIPLES, lambda _: {"now2": _g2(11, 7)}),
}


def _alone() -> PtauFile:
    return case.phase1(4, [(3**90, 5**60, 7**50)])


def _without_last(coefficients: Any) -> Any:
    return type(coefficients)(*(part[:-1] for part in coefficients))


def _with_alpha(pairs: Any) -> Any:
    changed = pairs.copy()
    changed[1, 1] = _g1(99)[0]
    return changed


MUTANTS: Final = (
    # every refusal deleted
    CeremonyMutant("phase1-of-nobody", "powers that nobody contributed to are accepted",
                   "phase1_chain", "not count", "powers of nobody"),
    CeremonyMutant("phase1-without-limit", "phase 1 may have any number of contributions",
                   "phase1_chain", "count > MAX_CONTRIBUTIONS", "powers of more than the limit"),
    CeremonyMutant("last-challenge-unread", "the last challenge need not be the file's hash",
                   "phase1_chain", "ends_with != contributions[-1].next_challenge",
                   "another state of the last response"),
    CeremonyMutant("phase1-beacon-unread", "a beacon of phase 1 is not computed again",
                   "phase1_chain", "(self.pairs[i] != wanted).any()",
                   "powers of a beacon with a secret of its own"),
    CeremonyMutant("phase1-factor-of-1", "a secret of phase 1 may be 1",
                   "phase1_chain", "(self.now[i, k] == self.now[i + 1, k]).all()",
                   "powers with a factor of 1"),
    CeremonyMutant("phase2-without-limit", "phase 2 may have any number of contributions",
                   "phase2_chain", "count > MAX_CONTRIBUTIONS",
                   "more contributions than the limit"),
    CeremonyMutant("transcript-unread", "a transcript need not be the hash of what was before",
                   "phase2_chain", "transcript_of(state, g1[i, 1:]) != step.transcript",
                   "a chosen transcript"),
    CeremonyMutant("phase2-factor-of-1", "a secret of phase 2 may be 1",
                   "phase2_chain", "(g1[i, 0] == before[i]).all()", "a factor of 1"),
    CeremonyMutant("phase2-beacon-unread", "a beacon of phase 2 is not computed again",
                   "phase2_chain", "(g1[i, 1:] != wanted).any()",
                   "a beacon with a secret of its own"),
    CeremonyMutant("size-unread", "a key of a circuit of another size is compared",
                   "phase2_check",
                   "(key.n_wires, vk.n_public, key.domain_size) != "
                   "(initial.n_wires, initial.n_public, initial.domain_size)",
                   "a key of another size"),
    CeremonyMutant("coefficients-unread", "a key may have other coefficients than its circuit",
                   "phase2_check",
                   "not key.coefficients.same_as(keyfile.coefficients_of(initial))",
                   "other coefficients"),
    CeremonyMutant("circuit-hash-unread", "the first transcript may begin with anything",
                   "phase2_check", "key.circuit_hash != initial.circuit_hash",
                   "another circuit hash"),
    CeremonyMutant("elements-unread", "elements that nobody may change are not compared",
                   "phase2_check", "not np.array_equal(now, before)", "a point of A"),
    CeremonyMutant("division-unread", "C and H need not be those of the initial key over delta",
                   "phase2_check", "not same_ratio(sum_now, sum_before, _G2, delta)",
                   "a point of C"),
    CeremonyMutant("points-unread", "a contribution's points may be anything",
                   "steps", "bad >= 0", "a pair of infinity"),
    CeremonyMutant("equations-unread", "the equations are computed, and nobody reads the result",
                   "steps", "wrong", "a key for another factor"),
    CeremonyMutant("beacon-without-limit", "a beacon may ask for any work",
                   "steps", "made_by.iterations >= 64 or 1 << made_by.iterations > self._left",
                   "one beacon beyond the limit"),
    CeremonyMutant("mark-unread", "the key may be marked as another circuit's",
                   "verified", "key.circuit_digest not in {None, digest}",
                   "another circuit's mark"),
    CeremonyMutant("phase2-of-nobody", "a key that nobody contributed to is looked at",
                   "verified", "not key.contributions", "no contribution"),
    CeremonyMutant("beacons-alone", "beacons alone make a ceremony",
                   "verified", "not count", "beacons alone"),
    CeremonyMutant("word-for-a-beacon", "a deployer may vouch for a beacon",
                   "verified", "any((step.is_beacon for step in found))", "a word for a beacon"),
    CeremonyMutant("delta-unread", "the key's delta need not be the last contribution's",
                   "verified",
                   "(chain.delta1 != key.delta1).any() or "
                   "not same_ratio(one1, delta1, one2, delta2)",
                   "another delta than the contributions'"),
    CeremonyMutant("word-for-one-phase", "a word for one phase is enough",
                   "verified", "not found", "a word for phase 2 alone"),
    # one line says something else
    CeremonyMutant("history-forgotten", "a transcript covers nothing of earlier contributions",
                   "phase2_chain", "        state.update(key)\n", "an honest key", ""),
    CeremonyMutant("beacon-by-its-point", "only the beacon's point is compared, not its multiple",
                   "phase2_chain", "(g1[i, 1:] != wanted).any()",
                   "a beacon with a secret of its own", "(g1[i, 1:2] != wanted[:1]).any()"),
    CeremonyMutant("delta-not-tied", "only the key is checked, not that delta follows by it",
                   "phase2_chain", "[(g1_s, g1_sx), (before[i], delta)]",
                   "a delta by another factor", "[(g1_s, g1_sx)]"),
    CeremonyMutant("key-not-shown", "delta follows by a factor, for which no key is shown",
                   "phase2_chain", "[(g1_s, g1_sx), (before[i], delta)]",
                   "a key for another factor", "[(before[i], delta)]"),
    CeremonyMutant("one-point-for-all", "the point in G2 does not follow from the transcript",
                   "phase2_chain", "g2_points(c.transcript for c in part)",
                   "an honest key", "g2_points(bytes(64) for c in part)"),
    CeremonyMutant("equations-dropped", "the equations are collected and never computed",
                   "phase2_chain", "    ratios.require(threads, progress)\n",
                   "a key for another point", ""),
    CeremonyMutant("weights-of-1", "all equations have the same weight, so faults can cancel",
                   "steps", "np.tile(random_weights(2 * n), (2, 1))", "faults that cancel",
                   "np.tile(np.array([1, 0, 0, 0], np.uint64), (4 * n, 1))"),
    CeremonyMutant("weights-shared", "the two equations of a contribution share a weight",
                   "steps", "np.tile(random_weights(2 * n), (2, 1))", "faults that cancel",
                   "np.tile(random_weights(n), (4, 1))"),
    CeremonyMutant("infinity-overlooked", "a point may be infinity",
                   "steps", "    if infinite.size and not 0 <= bad < infinite[0]:\n",
                   "a pair of infinity", "    if False:\n"),
    CeremonyMutant("limit-not-shared", "each beacon has the whole limit for itself",
                   "steps", "        self._left -= count\n", "beacons beyond the limit", ""),
    CeremonyMutant("delta-of-g1-alone", "delta is compared in G1 only",
                   "verified", " or not same_ratio(one1, delta1, one2, delta2)",
                   "another delta in G2", ""),
    CeremonyMutant("key-not-checked", "the points of the key are not checked again",
                   "verified", "        key.require_safe(workers)\n",
                   "a point of C off its curve", ""),
    CeremonyMutant("initial-key-unread", "the key is not compared with the initial key",
                   "verified", "        require_made_from(key, initial, workers)\n",
                   "a point of C", ""),
    CeremonyMutant("higher-phase-decides", "the origin is that of phase 2",
                   "verified",
                   "min(_origin(1, steps1), _origin(2, chain.steps), key=ORIGINS.index)",
                   "one party in phase 1", "_origin(2, chain.steps)"),
    CeremonyMutant("beacons-count", "a beacon counts as a party",
                   "verified", "sum(not step.is_beacon for step in steps)",
                   "a party and a beacon", "sum(1 for step in steps)"),
    CeremonyMutant("mark-raises", "a mark below what was verified does not count",
                   "verified", 'if key.origin != "claimed":', "a lower mark", "if False:"),
    CeremonyMutant("first-challenge-free", "the first contribution follows from nothing",
                   "phase1_chain", "if i else first", "honest powers", "if i else bytes(64)"),
    CeremonyMutant("challenge-of-the-start", "all contributions follow from the first challenge",
                   "phase1_chain", "contributions[i - 1].next_challenge if i else first",
                   "honest powers", "first"),
    CeremonyMutant("one-seed-for-three", "the three factors share a point in G2",
                   "phase1_chain", "bytes([k]) + challenge", "honest powers",
                   "bytes([0]) + challenge"),
    CeremonyMutant("powers-not-tied", "a factor's key is checked, not that the powers follow by it",
                   "phase1_chain", "[shown, change]", "tau in G1 by another factor", "[shown]"),
    CeremonyMutant("factor-not-shown", "the powers follow by a factor whose key is not checked",
                   "phase1_chain", "[shown, change]", "alpha's key for another factor",
                   "[change]"),
    CeremonyMutant("g2-not-tied", "tau in G2 may be another than in G1",
                   "phase1_chain",
                   '            ratios.add(i + 1, what + ", in G2", [shown], before, after)\n',
                   "tau in G2 by another factor", ""),
    CeremonyMutant("beta-in-g2-not-tied", "beta in G2 may be another than in G1",
                   "phase1_chain", 'if name == "alpha":', "beta in G2 by another factor",
                   'if name != "tau":'),
    CeremonyMutant("powers-of-anybody", "the file's powers need not be the last contribution's",
                   "phase1", "if (self.file.points(name, index, 1) != claimed).any():",
                   "powers of another secret", "if False:"),
)  # fmt: skip
