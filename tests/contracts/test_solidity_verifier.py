"""The contract that ``groth16 solidity`` writes, compiled, beside that of snarkjs's template."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eth_abi import encode
from support.cli.cli_desk import run
from support.contracts import toy_groth16
from support.formats.snarkjs_toy import FOLDER
from support.interop.snarkjs_tool import snarkjs

from zkcredit._internal.evm import keccak256
from zkcredit.bn254.curve import mul
from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import G1_GENERATOR
from zkcredit.chain import Outbox, RevmNode, TransactionSender, deploy_verifier
from zkcredit.chain.sending.transactions import Call
from zkcredit.circom.solidity import MOST_SOLIDITY_INPUTS, solidity_verifier
from zkcredit.errors import InvalidInput, TransactionReverted
from zkcredit.formats import calldata, wtns
from zkcredit.formats import snarkjs as documents
from zkcredit.groth16 import Proof, VerifyingKey, load_proving_key, prove

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit .* key:UserWarning")

ROOT = Path(__file__).parents[2]
VK = VerifyingKey.from_json((FOLDER / "verification_key.json").read_bytes())
KEY = FOLDER / "ceremony.zkey"
PROOF = calldata.to_words(documents.load_proof((FOLDER / "proof.json").read_bytes()))
PUBLIC = documents.load_public((FOLDER / "public.json").read_bytes())
CODE_LIMIT = 24_576


def key_of(inputs: int) -> VerifyingKey:
    """A key of the toy's elements with other points for its inputs."""
    points = tuple(mul(toy_groth16.ic(j), G1_GENERATOR) for j in range(inputs + 1))
    return dataclasses.replace(VK, ic=points, circuit_digest=None)


@cache
def compiled(source: str, name: str = "Groth16Verifier", optimized: bool = True) -> dict[str, Any]:
    request = {
        "language": "Solidity",
        "sources": {"V.sol": {"content": source}},
        "settings": {
            "evmVersion": "cancun",
            "optimizer": {"enabled": optimized, "runs": 200},
            "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode"]}},
        },
    }
    ran = subprocess.run(
        [ROOT / "contracts" / "bin" / "solc", "--standard-json"],
        input=json.dumps(request), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(ran.stdout)
    assert "errors" not in answer, answer["errors"]
    contract: dict[str, Any] = answer["contracts"]["V.sol"][name]
    return contract


def size(contract: dict[str, Any]) -> int:
    return len(contract["evm"]["deployedBytecode"]["object"]) // 2


# --- the text -------------------------------------------------------------------------------------


def test_the_source_has_every_number_of_the_key() -> None:
    source = solidity_verifier(VK)
    numbers = [VK.alpha1.x, VK.alpha1.y, *(c for p in VK.ic for c in (p.x, p.y))]
    numbers += [c for p in (VK.beta2, VK.gamma2, VK.delta2) for c in (*p.x, *p.y)]
    assert all(str(number) in source for number in numbers)
    assert "uint256[3] calldata inputs" in source
    assert "Key: single-party. UNSAFE" in source


def test_a_key_of_several_parties_is_not_called_unsafe() -> None:
    claimed = dataclasses.replace(VK, origin="claimed")
    assert "UNSAFE" not in solidity_verifier(claimed)
    assert f"Circuit: {'ab' * 32}." in solidity_verifier(
        dataclasses.replace(claimed, circuit_digest="ab" * 32)
    )


@pytest.mark.parametrize("count", [0, MOST_SOLIDITY_INPUTS + 1])
def test_the_number_of_inputs_is_checked_first(count: int) -> None:
    with pytest.raises(InvalidInput, match=f"has {count} public inputs, .* 1 to 150 .* up to 375"):
        solidity_verifier(key_of(count))


@pytest.mark.parametrize("name", ["", "a", "A b", "A;", "1A", "Ä", "A" * 65, None, 7])
def test_a_name_is_that_of_a_contract(name: Any) -> None:
    with pytest.raises(InvalidInput, match="a contract's name"):
        solidity_verifier(VK, name)


def test_only_a_key_is_taken() -> None:
    with pytest.raises(InvalidInput, match="VerifyingKey"):
        solidity_verifier((FOLDER / "verification_key.json").read_text())  # type: ignore[arg-type]  # on purpose


def test_the_command_writes_the_contract(tmp_path: Path) -> None:
    vk, out = FOLDER / "verification_key.json", tmp_path / "Toy.sol"
    told = run("groth16", "solidity", vk, "--out", out, "--name", "Toy", "--json")
    assert (told.code, told.json["public_inputs"]) == (0, 3)
    assert out.read_text() == solidity_verifier(VK, "Toy")
    assert run("groth16", "solidity", vk, "--out", out).code == 0  # over itself
    assert "contract Groth16Verifier" in out.read_text()


@pytest.mark.parametrize(
    ("content", "said"), [("{}", "the protocol is not groth16"), ("[", "line 1, column 2")]
)
def test_the_command_refuses_what_is_not_a_key(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "vk.json").write_text(content)
    told = run("groth16", "solidity", tmp_path / "vk.json", "--out", tmp_path / "V.sol")
    assert (told.code, said in told.err) == (2, True)
    assert not (tmp_path / "V.sol").exists()
    (tmp_path / "wallet").write_bytes(b"SQLite format 3\0")
    vk = FOLDER / "verification_key.json"
    assert run("groth16", "solidity", vk, "--out", tmp_path / "wallet").code == 2


# --- the contract ---------------------------------------------------------------------------------


class Chain:
    """Contracts on a chain inside this process."""

    def __init__(self, node: RevmNode) -> None:
        self.sender = TransactionSender(node, node.accounts[0], Outbox(None))
        self.node = node

    def deploy(self, contract: dict[str, Any]) -> str:
        code = bytes.fromhex(contract["evm"]["bytecode"]["object"])
        receipt = self.sender.send(Call(None, code, 6_000_000))
        assert receipt.contract is not None
        return receipt.contract

    def verdict(self, address: str, proof: list[int], inputs: list[int]) -> bool:
        return int.from_bytes(self.node.call(address, arguments(proof, inputs))) == 1

    def gas(self, address: str, proof: list[int], inputs: list[int]) -> int:
        return self.sender.send(Call(address, arguments(proof, inputs), 2_000_000)).gas_used


def arguments(proof: list[int], inputs: list[int]) -> bytes:
    """Calldata of ``verifyProof``."""
    signature = f"verifyProof(uint256[2],uint256[2][2],uint256[2],uint256[{len(inputs)}])"
    words = [*proof, *inputs]
    return keccak256(signature.encode())[:4] + encode(["uint256"] * len(words), words)


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with RevmNode() as node:
        yield Chain(node)


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize("optimized", [True, False])
def test_the_largest_key_fits_and_most_sizes_compile(optimized: bool) -> None:
    assert size(compiled(solidity_verifier(key_of(1)), optimized=optimized)) < 2000
    largest = size(compiled(solidity_verifier(key_of(MOST_SOLIDITY_INPUTS)), optimized=optimized))
    assert CODE_LIMIT - 5000 < largest <= CODE_LIMIT


def changed() -> dict[str, tuple[list[int], list[int]]]:
    """Proofs and inputs that differ from the valid ones in one place."""
    cases = {"valid": (PROOF, PUBLIC)}
    for i in range(8):
        for what, value in (("plus one", PROOF[i] + 1), ("zero", 0), ("plus q", PROOF[i] + Q)):
            cases[f"word {i} {what}"] = ([*PROOF[:i], value, *PROOF[i + 1 :]], PUBLIC)
    for i in range(3):
        for what, value in (("plus one", PUBLIC[i] + 1), ("plus r", PUBLIC[i] + R), ("r", R)):
            cases[f"input {i} {what}"] = (PROOF, [*PUBLIC[:i], value, *PUBLIC[i + 1 :]])
    cases["A negated"] = ([PROOF[0], Q - PROOF[1], *PROOF[2:]], PUBLIC)
    cases["C negated"] = ([*PROOF[:7], Q - PROOF[7]], PUBLIC)
    cases["A and C exchanged"] = ([*PROOF[6:], *PROOF[2:6], *PROOF[:2]], PUBLIC)
    cases["nothing"] = ([0] * 8, [0] * 3)
    cases["everything"] = ([2**256 - 1] * 8, [2**256 - 1] * 3)
    cases["A at infinity, as q"] = ([0, Q, *PROOF[2:]], PUBLIC)
    return cases


@pytest.mark.node
@pytest.mark.slow
def test_verdicts_are_those_of_snarkjs_and_the_gas_is_less(chain: Chain, tmp_path: Path) -> None:
    snarkjs(tmp_path, "zkey", "export", "solidityverifier", str(KEY), "theirs.sol")
    theirs = chain.deploy(compiled((tmp_path / "theirs.sol").read_text()))
    ours = chain.deploy(compiled(solidity_verifier(VK)))
    verdicts = {
        name: (chain.verdict(ours, *case), chain.verdict(theirs, *case))
        for name, case in changed().items()
    }
    assert verdicts.pop("valid") == (True, True)
    assert set(verdicts.values()) == {(False, False)}
    gas = chain.gas(ours, PROOF, PUBLIC), chain.gas(theirs, PROOF, PUBLIC)
    assert gas[0] < gas[1], gas
    fresh = prove(load_proving_key(KEY), wtns.loads((FOLDER / "toy.wtns").read_bytes()))
    assert chain.verdict(ours, fresh.to_words(), PUBLIC)


@pytest.mark.node
@pytest.mark.slow
def test_the_deployed_contract_needs_no_compiler_and_little_more_gas(
    chain: Chain, tmp_path: Path
) -> None:
    """Its key is in a second contract, and its inputs are an array of any length."""
    snarkjs(tmp_path, "zkey", "export", "solidityverifier", str(KEY), "theirs.sol")
    theirs = chain.deploy(compiled((tmp_path / "theirs.sol").read_text()))
    ours = deploy_verifier(chain.node, VK, by=chain.sender)
    call = ours.abi.encode("verify", tuple(PROOF), tuple(PUBLIC))
    gas = chain.sender.send(Call(ours.address, call, 2_000_000)).gas_used
    of_template = chain.gas(theirs, PROOF, PUBLIC)
    # the figures of docs/how-to/prove-a-circom-circuit.md
    assert (gas, of_template) == (231_814, 228_000)
    with pytest.raises(TransactionReverted):
        ours.verify(documents_proof(), [*PUBLIC[:2], PUBLIC[2] + 1])


def documents_proof() -> Proof:
    return Proof.from_json((FOLDER / "proof.json").read_bytes())


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 5])
def test_proofs_for_other_numbers_of_inputs(chain: Chain, count: int) -> None:
    key = VerifyingKey.from_json(toy_document(count))
    ours = chain.deploy(compiled(solidity_verifier(key)))
    inputs = [7 * j + 1 for j in range(count)]
    proof = toy_groth16.toy_proof(inputs)
    assert chain.verdict(ours, proof, inputs)
    assert not chain.verdict(ours, proof, [*inputs[:-1], inputs[-1] + 1])


def toy_document(count: int) -> str:
    """The toy key of the contracts' tests as a document."""
    data = toy_groth16.toy_key(count)
    words = [int.from_bytes(data[i : i + 32]) for i in range(0, len(data), 32)]
    twist = [
        [[str(words[i + 1]), str(words[i])], [str(words[i + 3]), str(words[i + 2])], ["1", "0"]]
        for i in (2, 6, 10)
    ]
    points = [[str(words[i]), str(words[i + 1]), "1"] for i in range(14, len(words), 2)]
    return json.dumps(
        {
            "protocol": "groth16",
            "nPublic": count,
            "vk_alpha_1": [str(words[0]), str(words[1]), "1"],
            "vk_beta_2": twist[0],
            "vk_gamma_2": twist[1],
            "vk_delta_2": twist[2],
            "IC": points,
        }
    )


@pytest.mark.node
@pytest.mark.slow
def test_a_chain_without_the_precompiles_accepts_nothing(chain: Chain) -> None:
    """The code runs at addresses without precompiles: each call succeeds and returns nothing."""
    object_ = compiled(solidity_verifier(VK), optimized=False)["evm"]["bytecode"]["object"]
    # staticcall(gas(), 6 | 7 | 8, …) pushes the address right before GAS
    changed_code = object_
    for number in (6, 7, 8):
        changed_code = changed_code.replace(f"60{number:02x}5afa", f"60{number + 0xE0:02x}5afa")
    assert changed_code != object_
    address = chain.deploy({"evm": {"bytecode": {"object": changed_code}}})
    for first in (PROOF[0], 1):
        assert not chain.verdict(address, [first, *PROOF[1:]], PUBLIC)
