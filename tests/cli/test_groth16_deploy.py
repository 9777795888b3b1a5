"""``groth16 deploy``: the verifier contract of any circuit's key, through the outbox."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import Desk, Ran, make_desk, run
from support.contracts import toy_groth16
from support.formats.snarkjs_toy import FOLDER
from support.groth16 import ceremony_case
from support.groth16 import endorsed_key as case

from zkcredit.bn254.curve import mul
from zkcredit.bn254.points import G1_GENERATOR
from zkcredit.chain import AnvilNode, LocalNode, Outbox, TransactionSender, VerifierClient
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import InvalidInput
from zkcredit.formats import ptau, r1cs, snarkjs
from zkcredit.groth16 import Proof, VerifyingKey, require_deployable
from zkcredit.groth16.deployable import MOST_DEPLOYED_INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.node,
    pytest.mark.filterwarnings("ignore:zkcredit .* key:UserWarning"),
]

VK = FOLDER / "verification_key.json"
INPUTS = 5
DEAD = "http://127.0.0.1:9"


def key_of(inputs: int) -> VerifyingKey:
    """A key of the toy's elements with other points for its inputs."""
    points = tuple(mul(toy_groth16.ic(j), G1_GENERATOR) for j in range(inputs + 1))
    key = VerifyingKey.from_json(VK.read_bytes())
    return dataclasses.replace(key, ic=points, circuit_digest=None)


@dataclass
class Place:
    desk: Desk
    node: LocalNode

    def deploy(self, vk: object, *options: object, url: str = "") -> Ran:
        return run(
            "groth16", "deploy", self.desk.path("wallet"), vk, "--node", url or self.node.url,
            "--confirmations", 0, *options, *self.desk.password, "--json",
        )  # fmt: skip


def place_on(chain_id: int, desk: Desk) -> Iterator[Place]:
    with AnvilNode(chain_id=chain_id) as node, Outbox(None) as outbox:
        shown = run("wallet", "show", desk.path("wallet"), *desk.password, "--json").json
        bank = TransactionSender(node, node.accounts[0], outbox)
        bank.send(Call(shown["address"], b"", 21_000, 10**18))
        yield Place(desk, node)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("place"))
    desk.path("final.zkey").write_bytes(case.key_file(INPUTS))
    desk.path("phase1.ptau").write_bytes(ptau.dumps(ceremony_case.powers()))
    desk.path("circuit.r1cs").write_bytes(r1cs.dumps(case.system(INPUTS)))
    desk.path("vk.json").write_text(case.ceremony(INPUTS).verifying_key.to_json())
    return desk


@pytest.fixture(scope="module")
def local(files: Desk) -> Iterator[Place]:
    yield from place_on(31337, files)


@pytest.fixture(scope="module")
def public(files: Desk) -> Iterator[Place]:
    yield from place_on(8453, files)


def words(desk: Desk, *left_out: str) -> list[object]:
    """The options that show the ceremony and vouch for it."""
    word = case.endorsement(INPUTS)
    options = {
        "--circuit": [desk.path("circuit.r1cs")],
        "--ptau": [desk.path("phase1.ptau")],
        "--zkey": [desk.path("final.zkey")],
        "--contribution": [word.phase1[0].digest.hex(), word.phase2[0].digest.hex()],
    }
    return [
        part for name, values in options.items() if name not in left_out
        for value in values for part in (name, value)
    ]  # fmt: skip


def test_a_foreign_key_is_deployed_once_and_verifies(local: Place) -> None:
    made = local.deploy(VK)
    assert made.code == 0, made.stderr
    assert (made.json["public_inputs"], made.json["origin"]) == (3, "single-party")
    verifier = VerifierClient(local.node, made.json["verifier"])
    assert verifier.holds(VerifyingKey.from_json(VK.read_bytes()))
    assert verifier.key_digest().hex() == made.json["key_digest"]
    proof = Proof.from_json((FOLDER / "proof.json").read_bytes())
    verifier.verify(proof, snarkjs.load_public((FOLDER / "public.json").read_bytes()))
    again = local.deploy(VK)
    assert (again.code, again.json["executed"]) == (0, False)
    assert again.json["verifier"] == made.json["verifier"]
    second = local.deploy(VK, "--again", 2)
    assert second.json["verifier"] != made.json["verifier"]


def test_the_largest_key_fits(local: Place) -> None:
    largest = local.desk.path("largest.json")
    largest.write_text(key_of(MOST_DEPLOYED_INPUTS).to_json())
    made = local.deploy(largest)
    assert made.code == 0, made.stderr
    assert VerifierClient(local.node, made.json["verifier"]).input_count() == 375


@pytest.mark.parametrize("count", [0, MOST_DEPLOYED_INPUTS + 1])
def test_a_number_of_inputs_beyond_the_limit_is_refused_before_a_node_is_asked(
    local: Place, count: int
) -> None:
    key = key_of(count)
    with pytest.raises(InvalidInput, match=f"{count} public inputs, and a verifier contract has 1"):
        require_deployable(key, local.node.chain_id)
    local.desk.path("beyond.json").write_text(key.to_json())
    told = local.deploy(local.desk.path("beyond.json"), url=DEAD)
    assert (told.code, "EIP-170" in told.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [("{}", "the protocol is not groth16"), ("[", "line 1, column 2"), ('{"min_score": 3}', "")],
)
def test_what_is_not_a_key_is_refused_before_a_node_is_asked(
    local: Place, content: str, said: str
) -> None:
    local.desk.path("bad.json").write_text(content)
    told = local.deploy(local.desk.path("bad.json"), url=DEAD)
    assert (told.code, said in told.err) == (2, True)
    assert json.loads(told.err)["file"] == str(local.desk.path("bad.json"))


def test_a_key_of_one_party_is_refused_on_a_public_chain(public: Place) -> None:
    before = public.node.block_number()
    told = public.deploy(VK)
    assert (told.code, "a single-party key is refused on chain 8453" in told.err) == (4, True)
    assert public.node.block_number() == before


def test_a_ceremony_that_nobody_vouches_for_is_refused_on_a_public_chain(public: Place) -> None:
    told = public.deploy(public.desk.path("vk.json"))
    assert (told.code, "nobody vouches for it" in told.err) == (4, True)


def test_a_ceremonys_key_is_deployed_with_a_word_for_both_phases(public: Place) -> None:
    made = public.deploy(public.desk.path("vk.json"), *words(public.desk))
    assert made.code == 0, made.stderr
    assert made.json["stood_for"]["phase1"] == [case.endorsement(INPUTS).phase1[0].digest.hex()]
    key = case.ceremony(INPUTS).verifying_key
    assert VerifierClient(public.node, made.json["verifier"]).holds(key)


def test_the_ceremony_of_another_key_is_refused_before_a_node_is_asked(public: Place) -> None:
    told = public.deploy(VK, *words(public.desk), url=DEAD)
    assert (told.code, "another key" in told.err) == (4, True)


@pytest.mark.parametrize("left_out", ["--circuit", "--ptau", "--zkey", "--contribution"])
def test_a_ceremony_is_shown_whole(public: Place, left_out: str) -> None:
    told = public.deploy(public.desk.path("vk.json"), *words(public.desk, left_out), url=DEAD)
    assert (told.code, "a ceremony needs" in told.err) == (2, True)


@pytest.mark.parametrize("digest", ["12", "0" * 128, "beacon"])
def test_a_word_for_something_else_is_refused(public: Place, digest: str) -> None:
    if digest == "beacon":
        digest = case.ceremony(INPUTS).phase2[2].digest.hex()
    told = public.deploy(
        public.desk.path("vk.json"), *words(public.desk), "--contribution", digest, url=DEAD
    )
    assert told.code in (2, 4), told.stderr


def test_a_wallet_without_money_is_told_so(local: Place) -> None:
    poor = local.desk.path("poor")
    assert run("wallet", "init", poor, *local.desk.password).code == 0
    told = run("groth16", "deploy", poor, VK, "--node", local.node.url, *local.desk.password)
    assert told.code == 5, told.stderr
