"""``market deploy`` on a public chain: the ceremony is verified, and somebody vouches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Desk, Ran, make_desk, run
from support.groth16 import ceremony_case
from support.groth16 import endorsed_key as case

import zkcredit.circuits
import zkcredit.scoring.model_circuit  # takes get_circuit from there, before it is replaced here
from zkcredit.chain import AnvilNode, Outbox, TransactionSender
from zkcredit.chain.deployment import Deployment
from zkcredit.chain.sending.transactions import Call
from zkcredit.cli.ceremony import in_fours, in_words
from zkcredit.errors import TransactionReverted
from zkcredit.formats import ptau

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.node

INPUTS, LEDGER_INPUTS, ENTRY_INPUTS = 5, 8, 7
SIZES = {"ledger_eligibility": LEDGER_INPUTS, "ledger_entry": ENTRY_INPUTS}
"""The public inputs of each statement; of all others ``INPUTS``."""


@dataclass
class Place:
    """A desk, and a chain that everybody sees."""

    desk: Desk
    node: AnvilNode

    def deploy(self, name: str, *options: object) -> Ran:
        return run(
            "market", "deploy", self.desk.path("wallet"), "--node", self.node.url,
            "--deployment", self.desk.path(name), "--confirmations", 0, *options,
            *self.desk.password, "--json",
        )  # fmt: skip

    @property
    def key(self) -> tuple[object, ...]:
        return "--zkey", self.desk.path("final.zkey"), "--ptau", self.desk.path("phase1.ptau")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    desk = make_desk(tmp_path_factory.mktemp("place"))
    desk.path("final.zkey").write_bytes(case.key_file(INPUTS))
    desk.path("phase1.ptau").write_bytes(ptau.dumps(ceremony_case.powers()))
    key = case.ceremony(INPUTS).verifying_key
    desk.path("vk.json").write_text(key.to_json())
    with AnvilNode(chain_id=8453) as node:
        shown = run("wallet", "show", desk.path("wallet"), *desk.password, "--json").json
        with Outbox(None) as outbox:
            bank = TransactionSender(node, node.accounts[0], outbox)
            bank.send(Call(shown["address"], b"", 21_000, 10**18))
        yield Place(desk, node)


@pytest.fixture(autouse=True, scope="module")
def small_circuit() -> Iterator[None]:
    """A circuit of a few rows takes the place of each statement: its ceremony is quickly made."""

    def small(name: str) -> SimpleNamespace:
        return SimpleNamespace(system=case.system(SIZES.get(name, INPUTS)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zkcredit.circuits, "get_circuit", small)
        yield


def hashes(n_public: int = INPUTS) -> list[str]:
    word = case.endorsement(n_public)
    return [word.phase1[0].digest.hex(), word.phase2[0].digest.hex()]


def test_a_key_is_deployed_with_a_word_for_both_phases(place: Place) -> None:
    first, second = map(bytes.fromhex, hashes())
    given = ("--contribution", in_words(first), "--contribution", in_fours(second))
    made = place.deploy("good.json", *place.key, *given)
    assert made.code == 0, made.stderr
    assert "that their makers are different is not shown" in made.stderr
    record = Deployment.load(place.desk.path("good.json"))
    assert record.stood_for is not None
    assert [*record.stood_for.phase1, *record.stood_for.phase2] == hashes()
    record.open(place.node, case.ceremony(INPUTS).verifying_key)
    content = json.loads(place.desk.path("good.json").read_text())
    assert content["stood_for"]["by"] == record.stood_for.by


def test_the_terms_of_the_registry_are_the_deployers(place: Place) -> None:
    guardian = place.node.accounts[3].address
    terms = ("--root-delay", 7_200, "--max-current-age", 864_000, "--guardian", guardian.lower())
    given = [part for word in hashes() for part in ("--contribution", word)]
    made = place.deploy("terms.json", *place.key, *given, *terms)
    assert made.code == 0, made.stderr
    record = Deployment.load(place.desk.path("terms.json"))
    registry = record.open(place.node, case.ceremony(INPUTS).verifying_key).registry
    assert (registry.delay(), registry.max_current_age()) == (7_200, 864_000)
    with Outbox(None) as outbox:
        theirs, bank = (
            TransactionSender(place.node, account, outbox) for account in place.node.accounts[3:5]
        )
        registry.ban_root(5, by=theirs)
        with pytest.raises(TransactionReverted):
            registry.ban_root(6, by=bank)
    again = place.deploy("terms.json", *place.key, *given, *terms)
    assert (again.code, again.json["executed"]) == (0, False)
    assert "another --deployment" in again.stderr


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--root-delay", -1, 2),
        ("--root-delay", 86_401, 2),
        ("--max-current-age", 0, 2),
        ("--max-current-age", 365 * 86_400 + 1, 2),
        ("--guardian", "0x12", 2),
        ("--guardian", "0x" + "00" * 20, 2),
    ],
)
def test_terms_that_the_registry_refuses_cost_nothing(
    place: Place, option: str, value: object, code: int
) -> None:
    given = [part for word in hashes() for part in ("--contribution", word)]
    made = place.deploy("refused.json", *place.key, *given, option, value)
    assert made.code == code, made.stderr
    assert not place.desk.path("refused.json").exists()


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ([], 4),  # one person's key with any number of contributions looks like this
        ([0], 4),
        ([1], 4),
        ([0, 1, "0" * 128], 2),
        ([0, 1, "beacon"], 4),
        ([0, 1, "12"], 2),
    ],
)
def test_without_a_word_for_both_phases_it_is_refused(
    place: Place, which: list[Any], code: int
) -> None:
    known = {"beacon": case.ceremony(INPUTS).phase2[2].digest.hex()}
    given = [hashes()[i] if isinstance(i, int) else known.get(i, i) for i in which]
    before = place.node.block_number()
    refused = place.deploy(
        "bad.json", *place.key, *(part for text in given for part in ("--contribution", text))
    )
    assert refused.code == code, refused.stderr
    assert not place.desk.path("bad.json").exists()
    assert place.node.block_number() == before


def test_a_verification_key_alone_is_refused(place: Place) -> None:
    refused = place.deploy("bad.json", "--vk", place.desk.path("vk.json"))
    assert (refused.code, "nobody vouches for it" in refused.err) == (4, True)


def test_a_ceremony_that_does_not_verify_is_refused(place: Place) -> None:
    place.desk.path("twice.zkey").write_bytes(ceremony_case.listed_twice())
    refused = place.deploy(
        "bad.json", "--zkey", place.desk.path("twice.zkey"), *place.key[2:],
        "--contribution", hashes()[0], "--contribution", hashes()[1],
    )  # fmt: skip
    assert (refused.code, "the transcript is not" in refused.err) == (4, True)


@pytest.mark.parametrize(
    "options",
    [
        ("--zkey", "final.zkey"),
        ("--ptau", "phase1.ptau"),
        ("--zkey", "final.zkey", "--ptau", "phase1.ptau", "--vk", "vk.json"),
        ("--vk", "vk.json", "--contribution", "0" * 128),
        ("--contribution", "0" * 128),
    ],
)
def test_options_that_do_not_fit_together_are_refused(
    place: Place, options: tuple[str, ...]
) -> None:
    named = [place.desk.path(text) if "." in text else text for text in options]
    assert place.deploy("bad.json", *named).code == 2


# --- a ledger beside it -------------------------------------------------------------------------


@dataclass
class LedgerPlace:
    """A system on a public chain, and the keys of a ledger that is not deployed yet."""

    place: Place

    def deploy(self, *words: object, name: str = "with.json") -> Ran:
        """Deploy a ledger beside a copy of the system; the word for the totals' key is given."""
        desk = self.place.desk
        desk.path(name).write_bytes(desk.path("system.json").read_bytes())
        given = [part for text in hashes(LEDGER_INPUTS) for part in ("--contribution", text)]
        return self.place.deploy(
            name, "--ledger", "--currency", "EUR", "--zkey", desk.path("ledger.zkey"),
            "--ptau", desk.path("phase1.ptau"), *given, *words,
        )  # fmt: skip

    @property
    def entry_key(self) -> tuple[object, ...]:
        return "--entry-zkey", self.place.desk.path("entry.zkey")


@pytest.fixture(scope="module")
def beside(place: Place) -> LedgerPlace:
    for name, n_public in (("ledger", LEDGER_INPUTS), ("entry", ENTRY_INPUTS)):
        place.desk.path(f"{name}.zkey").write_bytes(case.key_file(n_public))
    entry_vk = case.ceremony(ENTRY_INPUTS).verifying_key
    place.desk.path("entry-vk.json").write_text(entry_vk.to_json())
    word = [part for text in hashes() for part in ("--contribution", text)]
    made = place.deploy("system.json", *place.key, *word)
    assert made.code == 0, made.stderr
    return LedgerPlace(place)


def entry_words(*texts: str) -> list[str]:
    return [part for text in texts for part in ("--entry-contribution", text)]


def test_the_file_keeps_who_vouches_for_the_key_of_entries(beside: LedgerPlace) -> None:
    made = beside.deploy(*beside.entry_key, *entry_words(*hashes(ENTRY_INPUTS)))
    assert made.code == 0, made.stderr
    ledger = Deployment.load(beside.place.desk.path("with.json")).ledger
    assert ledger is not None
    assert ledger.entry_stood_for is not None
    assert ledger.stood_for is not None
    kept = ledger.entry_stood_for
    assert [*kept.phase1, *kept.phase2] == hashes(ENTRY_INPUTS)
    assert [*ledger.stood_for.phase1, *ledger.stood_for.phase2] == hashes(LEDGER_INPUTS)
    assert made.json["entry_stood_for"]["by"] == kept.by == ledger.stood_for.by


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 4),
        ([0], 4),
        ([1], 4),
        ([0, "of the other key"], 2),
        ([0, 1, "0" * 128], 2),
        ([0, 1, "12"], 2),
    ],
)
def test_without_a_word_for_the_key_of_entries_the_ledger_is_refused(
    beside: LedgerPlace, words: list[Any], code: int
) -> None:
    known = {"of the other key": hashes(LEDGER_INPUTS)[1]}
    own = hashes(ENTRY_INPUTS)
    given = [own[i] if isinstance(i, int) else known.get(i, i) for i in words]
    before = beside.place.node.block_number()
    refused = beside.deploy(*beside.entry_key, *entry_words(*given), name="bad.json")
    assert refused.code == code, refused.stderr
    assert Deployment.load(beside.place.desk.path("bad.json")).ledger is None
    beside.place.desk.path("bad.json").unlink()
    assert beside.place.node.block_number() == before


def test_a_verification_key_of_entries_alone_is_refused(beside: LedgerPlace) -> None:
    refused = beside.deploy("--entry-vk", beside.place.desk.path("entry-vk.json"))
    assert (refused.code, "nobody vouches for it" in refused.err) == (4, True)


def test_a_ceremony_of_entries_that_does_not_verify_is_refused(beside: LedgerPlace) -> None:
    beside.place.desk.path("twice.zkey").write_bytes(ceremony_case.listed_twice())
    refused = beside.deploy(
        "--entry-zkey", beside.place.desk.path("twice.zkey"),
        *entry_words(*hashes(ENTRY_INPUTS)),
    )  # fmt: skip
    assert refused.code == 4, refused.stderr


def test_the_flags_of_entries_need_a_ledger(place: Place) -> None:
    for option in (
        ("--entry-zkey", place.desk.path("final.zkey")),
        ("--entry-vk", place.desk.path("vk.json")),
        ("--entry-contribution", "0" * 128),
    ):
        refused = place.deploy("bad.json", *place.key, *option)
        assert (refused.code, "need --ledger" in refused.err) == (2, True)


def test_a_ledger_keeps_the_terms_of_its_registry(beside: LedgerPlace) -> None:
    refused = beside.deploy(*beside.entry_key, "--root-delay", 7_200)
    assert (refused.code, "its terms stay" in refused.stderr) == (2, True)


def test_a_word_for_entries_needs_their_proving_key(beside: LedgerPlace) -> None:
    refused = beside.deploy(*entry_words("0" * 128))
    assert refused.code == 2, refused.stderr
