"""The life of a market on one chain, block by block, and chains that are to do the same.

A life is lived once, through the library's clients, on the fast chain inside this process. Then
other chains are given its signed transactions, in the same blocks at the same times.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Protocol

from support.chain.loan_world import MONTH, PRODUCT, TABLE
from support.chain.market_world import DAY
from support.chain.real_people import RealWorld

from zkcredit._internal.evm import keccak256
from zkcredit.chain.loans.loan_flow import flow_of_funds
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.nodes.revm.state import EMPTY_CODE
from zkcredit.circuits import get_circuit
from zkcredit.groth16 import load_or_create_dev_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from zkcredit.chain.deployment import Deployment
    from zkcredit.chain.nodes.embedded import EmbeddedNode
    from zkcredit.chain.nodes.node import Node

__all__ = [
    "Copy", "Life", "Made", "PyEvmCopy", "State", "as_lived", "live", "logs_of",
    "storage_root", "told_by",
]  # fmt: skip

_PRINCIPAL: Final = 100_000


@dataclass(frozen=True)
class Made:
    """A block: what every chain is given.

    Attributes:
        number, time: as contracts see them.
        raws: signed transactions.
        fates: of each, whether it succeeded, and its logs: address, topics, data.
    """

    number: int
    time: int
    raws: tuple[bytes, ...]
    fates: tuple[tuple[bool, tuple[tuple[str, tuple[str, ...], str], ...]], ...]


@dataclass(frozen=True)
class State:
    """A contract, in two hashes that stand for all of it.

    Attributes:
        code: Keccak-256 of its code.
        storage: the root of the trie of its storage.
    """

    code: str
    storage: str


@dataclass(frozen=True)
class Life:
    """What happened on the first chain.

    Attributes:
        blocks: all blocks after the genesis.
        contracts: every contract, by lower-case address, as it is after the last block.
        words: how many storage words are not zero at the end.
        deployment: addresses of the market.
        told: what the library's clients say about the loans at the end.
    """

    blocks: tuple[Made, ...]
    contracts: dict[str, State]
    words: int
    deployment: Deployment
    told: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """How much there was to compare."""
        fates = [fate for made in self.blocks for fate in made.fates]
        return {
            "blocks": len(self.blocks),
            "transactions": len(fates),
            "logs": sum(len(logs) for _, logs in fates),
            "contracts": len(self.contracts),
            "storage words": self.words,
        }


class Copy(Protocol):
    """A chain that is given the blocks of another."""

    name: str

    def head(self) -> int:
        """Number of the last block."""

    def take(self, made: Made) -> None:
        """Make one more block: this number, this time, these transactions."""

    def made(self, number: int, raws: Sequence[bytes]) -> Made:
        """What the chain says about one of its blocks, which should have these transactions."""

    def states(self, known: Collection[str]) -> dict[str, State]:
        """Every contract after the last block, by lower-case address.

        Args:
            known: those that should be there, for a node that cannot list them.
        """


def live() -> Life:
    """Deploy, publish, apply with real proofs, fund, draw, repay, be late, default, recover."""
    key = load_or_create_dev_key(get_circuit("eligibility"))
    with TemporaryDirectory() as folder, RevmNode() as node:
        with closing(RealWorld(node, key, Path(folder))) as world:
            _play(world)
            told = told_by(node, world.deployment)
        chain = node._chain
        blocks = tuple(
            Made(
                block.moment.number,
                block.moment.timestamp,
                () if block.mined is None else (block.mined.sent.raw,),
                ()
                if block.mined is None
                else ((block.mined.outcome.succeeded, logs_of(block.logs)),),
            )
            for block in chain.blocks[1:]
        )
        contracts = {
            address: State(
                account.code.hex(),
                storage_root(
                    {slot: word for (at, slot), word in chain.state.slots.items() if at == address}
                ),
            )
            for address, account in chain.state.accounts.items()
            if account.code != EMPTY_CODE
        }
        return Life(blocks, contracts, len(chain.state.slots), world.deployment, told)


def _play(world: RealWorld) -> None:
    market, borrower = world.market, world.borrower
    product = world.offer().address

    request = market.request(product, _PRINCIPAL, borrower.address)
    loan = market.apply(request, world.present(request), by=borrower)
    market.fund(loan, _PRINCIPAL * 2 // 5, by=world.lender)
    market.fund(loan, _PRINCIPAL, by=world.second)
    market.draw(loan, by=borrower)
    other = world.stranger
    request = market.request(product, _PRINCIPAL // 2, other.address)
    shown = world.other_wallet.prove(
        request, world.other_credential, registry=world.snapshot, proving_key=world.key
    )
    owed = market.apply(request, shown, by=other)
    market.fund(owed, _PRINCIPAL, by=world.lender)
    market.draw(owed, by=other)

    # The first borrower: a row in time, relief, a row too late, the rest.
    world.node.advance(MONTH - DAY)
    market.repay(loan, TABLE.schedule(_PRINCIPAL).amounts[0], by=borrower)
    market.prepay(loan, 5_000, by=borrower)
    world.node.advance(2 * DAY)
    market.take_holiday(loan, by=borrower)
    world.node.advance(2 * MONTH + PRODUCT.grace + DAY)
    quote = market.quote(loan.loan_id)
    assert quote.fees == PRODUCT.late_fee
    market.repay(loan, quote.overdue + quote.fees, by=borrower)
    market.repay(loan, market.quote(loan.loan_id).remaining, by=borrower)
    assert market.loan(loan.loan_id).status is LoanStatus.REPAID

    # The second one pays nothing until after the default.
    world.node.advance(PRODUCT.default_after)
    market.mark_default(owed, by=world.second)
    market.repay(owed, 20_000, by=borrower)
    assert market.loan(owed.loan_id).status is LoanStatus.DEFAULTED

    for position, owner in ((1, world.lender), (2, world.second), (3, world.lender)):
        market.withdraw(position, by=owner)


def told_by(node: Node, deployment: Deployment) -> dict[str, Any]:
    """What the library's clients say through a node that has the same market."""
    market = replace(deployment, network=node.network).open(node).market
    loans = range(1, market.loan_count() + 1)
    return {
        "loans": [market.loan(number) for number in loans],
        "positions": [market.position(one) for one in range(1, market.position_count() + 1)],
        "flows": [
            [(one.kind, one.tokens) for one in flow_of_funds(market, number).movements]
            for number in loans
        ],
    }


def as_lived(copy: Copy, life: Life, until: int | None = None) -> None:
    """Give a chain the blocks that it lacks, and require that it is the same chain.

    Args:
        copy: the chain.
        life: what happened on the first one.
        until: number of the last block that it is given; all by default, and only then its storage
            is compared, because the first chain's is that of the end.

    Raises:
        AssertionError: if a block, a log or a contract is another one.
    """
    for made in life.blocks[copy.head() : until]:
        copy.take(made)
    for made in life.blocks[:until]:
        found = copy.made(made.number, made.raws)
        assert found == made, f"{copy.name}, block {made.number}: {_short(found)}, {_short(made)}"
    if until is None:
        states = copy.states(life.contracts)
        every = states.keys() | life.contracts.keys()
        other = {one for one in every if states.get(one) != life.contracts.get(one)}
        assert not other, f"{copy.name}: other code or storage at {sorted(other)}"


def _short(made: Made) -> str:
    fates = [(well, [(at, names) for at, names, _ in logs]) for well, logs in made.fates]
    return f"at {made.time} {fates}"


class PyEvmCopy:
    """py-evm, the reference that this library embeds beside the fast chain."""

    def __init__(self, node: EmbeddedNode) -> None:
        self.node, self.name = node, node.name

    def head(self) -> int:
        return self.node.block_number()

    def take(self, made: Made) -> None:
        if made.raws:
            for raw in made.raws:  # in a block of its own, a second after the last one
                self.node.broadcast(raw)
        else:
            self.node.advance(made.time - self.node.now())

    def made(self, number: int, raws: Sequence[bytes]) -> Made:
        receipts = [self.node.receipt("0x" + keccak256(raw).hex()) for raw in raws]
        time = int(self.node.w3.eth.get_block(number)["timestamp"])
        fates = tuple(
            (
                one is not None and one.block == number and one.succeeded,
                tuple(
                    (
                        log.address.lower(),
                        tuple(topic.hex() for topic in log.topics),
                        log.data.hex(),
                    )
                    for log in (one.logs if one else ())
                ),
            )
            for one in receipts
        )
        return Made(number, time, tuple(raws), fates)

    def states(self, known: Collection[str]) -> dict[str, State]:
        tester: Any = self.node._tester
        vm = tester.backend.chain.get_vm()
        accounts = {
            address: vm.state._account_db._get_account(bytes.fromhex(address[2:]))
            for address in known
        }
        return {
            address: State(account.code_hash.hex(), account.storage_root.hex())
            for address, account in accounts.items()
        }


def logs_of(forms: Sequence[dict[str, Any]]) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """Logs as JSON-RPC has them, without what says where they are."""
    return tuple(
        (
            log["address"].lower(),
            tuple(topic.removeprefix("0x").lower() for topic in log["topics"]),
            log["data"].removeprefix("0x").lower(),
        )
        for log in forms
    )


def storage_root(words: Mapping[int, int]) -> str:
    """The root of the trie of a contract's storage, which has no leaf for a word that is zero."""
    rlp: Any = import_module("rlp")  # py-evm's, as is the next; they have no types
    trie = import_module("trie").HexaryTrie({})
    for slot, word in words.items():
        if word:
            trie[keccak256(slot.to_bytes(32, "big"))] = rlp.encode(word)
    return bytes(trie.root_hash).hex()
