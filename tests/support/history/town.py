"""A bureau, a history tree with real keys, a member market and an outsider on a local chain.

Markets are a few bytes of code that pass calls on, so that a test can report what it likes. Their
gate is another few bytes: it says that everybody proved.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from zkcredit.chain import Outbox, RevmNode, TransactionSender, deploy_verifier
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.circuits.history_update import update_inputs
from zkcredit.groth16 import load_or_create_dev_key, prove
from zkcredit.history import HistoryRecord, HistoryTree, read_bureau_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain import LocalNode
    from zkcredit.circuits.history_update import Update

__all__ = ["AGE", "DAY", "LAG", "HistoryTown", "proof_of"]

DAY: Final = 86_400
LAG: Final = 3_600
AGE: Final = 7_200
NOBODY: Final = "0x" + 40 * "0"
# call the address in the first word with the rest of the calldata; revert or return as it does.
# A call of four bytes asks for the gate, whose address comes at the end
_FORWARD: Final = bytes.fromhex(
    "3660041460315760203603806020600037600060008260006000600035"
    "5af13d600060003e602c573d6000fd5b3d6000f35b73"
)
_ANSWER: Final = bytes.fromhex("60005260206000f3")  # with the word on the stack
_YES: Final = bytes.fromhex("6001") + _ANSWER
_NO: Final = bytes.fromhex("6000") + _ANSWER


def proof_of(updates: Sequence[Update], old_root: int, new_root: int) -> list[int]:
    """Prove a step of a tree; the words of the proof."""
    circuit = get_circuit(f"history_update_{len(updates)}")
    values = update_inputs(updates, old_root=old_root, new_root=new_root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key = load_or_create_dev_key(circuit)
        return prove(key, circuit.witness(values), system=circuit.system).to_words()


class HistoryTown:
    """Contracts, and the keeper's own copy of the tree."""

    def __init__(self, node: LocalNode | None = None) -> None:
        self.node = RevmNode() if node is None else node
        self.keeper = TransactionSender(self.node, self.node.accounts[0], Outbox(None))
        admin = self.keeper.address
        self.bureau, _ = deploy_contract("CreditBureau", admin, 365 * DAY, 978, 0, by=self.keeper)
        self.gate = self._code(_YES)
        market = _FORWARD + bytes.fromhex(self.gate[2:]) + _ANSWER
        self.member, self.outsider = self._code(market), self._code(market)
        self.send("CreditBureau", "addMember", self.member, self.gate)
        verifiers = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for size in (3, 12):
                key = load_or_create_dev_key(get_circuit(f"history_update_{size}"))
                client = deploy_verifier(self.node, key.verifying_key, by=self.keeper)
                verifiers.append(client.address)
        none = (NOBODY, NOBODY)
        self.tree, _ = deploy_contract(
            "HistoryTree", self.bureau, tuple(verifiers), none, LAG, AGE, by=self.keeper
        )
        self.copy = HistoryTree()

    def new_senders(self) -> None:
        """See ``taken_back``."""
        self.keeper = TransactionSender(self.node, self.node.accounts[0], Outbox(None))
        self.copy = HistoryTree()

    def market_with(self, *, proved: bool) -> str:
        """Another member, whose gate says that everybody proved, or that nobody did."""
        gate = self._code(_YES if proved else _NO)
        market = self._code(_FORWARD + bytes.fromhex(gate[2:]) + _ANSWER)
        self.send("CreditBureau", "addMember", market, gate)
        return market

    def standing(self, who: int) -> int:
        """What a pseudonym is doing: a number of ``BureauState``."""
        return int(self.ask("CreditBureau", "stateOf", who)[0])

    def _code(self, code: bytes) -> str:
        size = len(code)
        creation = bytes.fromhex(f"60{size:02x}600c60003960{size:02x}6000f3") + code
        receipt = self.keeper.send(Call(None, creation, 200_000))
        assert receipt.contract is not None
        return receipt.contract

    def ask(self, contract: str, function: str, *arguments: Any) -> Any:
        """The answer of the bureau or the tree."""
        abi = abi_of(contract)
        output = self.node.call(self._at(contract), abi.encode(function, *arguments))
        values = abi.decode(function, output)
        return values[0] if len(values) == 1 else values

    def send(self, contract: str, function: str, *arguments: Any) -> None:
        """A transaction of the keeper, or of the bureau's admin."""
        data = abi_of(contract).encode(function, *arguments)
        self.keeper.send(Call(self._at(contract), data, 1_500_000))

    def report(self, function: str, *arguments: Any, market: str = "") -> None:
        """A call of a market to the bureau."""
        data = abi_of("CreditBureau").encode(function, *arguments)
        to = bytes.fromhex(self.bureau[2:]).rjust(32, b"\0")
        self.keeper.send(Call(market or self.member, to + data, 500_000))

    def start(self, who: int, principal: int = 100_000) -> None:
        """A loan, from application to release."""
        self.report("reserve", who, self.node.now() + DAY)
        self.report("start", who, principal, self.node.now() + 35 * DAY)

    def words(self, people: Sequence[int]) -> list[int]:
        """The bureau's words."""
        return list(self.ask("CreditBureau", "wordsOf", tuple(people)))

    def bureau_word(self, who: int) -> HistoryRecord:
        """The bureau's record of a pseudonym with a leaf."""
        return read_bureau_word(self.words([who])[0])[0]

    def place(self, who: int) -> int:
        """The place of a pseudonym with a leaf."""
        return read_bureau_word(self.words([who])[0])[1]

    def updates(self, people: Sequence[int]) -> list[Update]:
        """Put the bureau's records into the keeper's copy."""
        return self.staged(people, self.words(people))

    def staged(self, people: Sequence[int], words: Sequence[int]) -> list[Update]:
        """Put records that the bureau had into the keeper's copy."""
        pairs = zip(people, map(read_bureau_word, words), strict=True)
        return [self.copy.replace(who, record, index) for who, (record, index) in pairs]

    def advance(self, people: Sequence[int]) -> list[int]:
        """What an honest keeper does; the proof."""
        old_root = self.copy.root
        proof = proof_of(self.updates(people), old_root, self.copy.root)
        self.try_to_advance(people, self.copy.root, proof)
        return proof

    def try_to_advance(self, people: Sequence[int], new_root: int, proof: Sequence[int]) -> None:
        """Send a batch, whatever it is."""
        self.send("HistoryTree", "advance", tuple(people), new_root, (tuple(proof),))

    def is_fresh(self, root: int) -> bool:
        """Whether the tree lets a proof use a root."""
        return bool(self.ask("HistoryTree", "isFresh", root))

    def _at(self, contract: str) -> str:
        return self.bureau if contract == "CreditBureau" else self.tree
