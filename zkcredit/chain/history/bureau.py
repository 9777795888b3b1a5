"""The bureau that keeps the records of its members' borrowers, and the tree of these records.

Reading goes through the client's node. Every change takes the account that makes it as ``by``, and
may take an ``idempotency_key`` (see ``TransactionSender.send``). If a contract refuses, the error
is a ``TransactionReverted`` with the contract's typed error.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import account_address
from zkcredit.chain.contracts.contract import AdministeredClient, ContractClient, deploy_contract
from zkcredit.chain.history.bureau_events import MemberChanged
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending import gas
from zkcredit.errors import ChainError, InvalidInput
from zkcredit.groth16.keys import Proof
from zkcredit.history import HistoryRecord, read_bureau_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = [
    "BATCH_SIZES",
    "DEFAULT_WAIT",
    "BureauKind",
    "BureauState",
    "CreditBureauClient",
    "HistoryTreeClient",
    "Openings",
    "Stage",
    "Standing",
    "bureau_of",
    "deploy_bureau",
    "deploy_history_tree",
]

BATCH_SIZES: Final = (3, 12)
"""Numbers of records that a proof puts into the tree."""

DEFAULT_WAIT: Final = 3_600
"""Longest wait of an opening, and age of a replaced root, by default: an hour each."""

_NOBODY: Final = "0x" + 40 * "0"


class BureauKind(IntEnum):
    """What the pseudonyms of a bureau are."""

    CREDENTIAL = 0
    LEDGER = 1


class BureauState(IntEnum):
    """What a pseudonym is doing at a bureau."""

    FREE = 0
    RESERVED = 1
    OPEN = 2
    DEFAULTED = 3
    RECOVERED = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """What a pseudonym is doing, and whether a member may reserve it.

    Attributes:
        state: what it is doing; a reservation that lapsed counts as FREE.
        member: market of the application or of the loan, or of the last one; None if there was
            none.
        free: whether a member may reserve it now.
        possible_at: when it becomes free if nothing else happens, Unix seconds; None if it is free,
            or if time alone does not free it.
    """

    state: BureauState
    member: str | None
    free: bool
    possible_at: int | None


@dataclass(frozen=True, slots=True)
class Openings:
    """Loans in the queue of a tree, the oldest first.

    Attributes:
        first: number of the first one in the queue.
        places: places of their pseudonyms in the tree.
        opened_at: when the first one was opened, Unix seconds; None if the list is empty.
    """

    first: int
    places: tuple[int, ...]
    opened_at: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A batch that was written down; until its time nothing else advances the tree.

    Attributes:
        batch: hash of root, openings and records.
        until: last second, Unix.
        count: number of openings that it takes.
    """

    batch: bytes
    until: int
    count: int


class CreditBureauClient(AdministeredClient):
    """A ``CreditBureau`` contract."""

    contract = "CreditBureau"

    # --- what it is -----------------------------------------------------------------------------

    @cached_property
    def kind(self) -> BureauKind:
        """What the pseudonyms of all members are; it never changes."""
        return BureauKind(self._read("kind"))

    @cached_property
    def scope(self) -> int:
        """The scope in which a borrower has one pseudonym at all members; it never changes."""
        return int(self._read("scope"))

    def rehabilitation(self) -> int:
        """Seconds from a recovery to the next loan; 0 if a default is never forgotten."""
        return int(self._read("rehabilitation"))

    def currency(self) -> int:
        """ISO 4217 number of the currency of ``HistoryRecord.largest``; 0 if it is not said."""
        return int(self._read("currency"))

    # --- members --------------------------------------------------------------------------------

    def is_member(self, market: str) -> bool:
        """Return whether a market may reserve pseudonyms and start loans."""
        return bool(self._read("isMember", checksum(market)))

    def gate_of(self, market: str) -> str | None:
        """Return the gate with which a member was admitted; None if it is not a member."""
        found = str(self._read("gateOf", checksum(market)))
        return found if int(found, 16) else None

    def members(self) -> dict[str, str]:
        """Return the members and their gates, from the events since ``since``."""
        found: dict[str, str] = {}
        for event in self.events():
            if isinstance(event, MemberChanged):
                found.pop(event.market, None)
                if int(event.gate, 16):
                    found[event.market] = event.gate
        return found

    def removed_at(self, market: str) -> int | None:
        """Return when a market last stopped being a member, Unix seconds; None if it never did."""
        topics = (
            self.abi.topic("MemberChanged"),
            bytes.fromhex(checksum(market)[2:]).rjust(32, b"\0"),
        )
        found = None
        for log in self.node.logs(self.address, since=self.since, topics=topics):
            for event in self._typed([log]):
                ended = isinstance(event, MemberChanged) and not int(event.gate, 16)
                found = self.node.time_of(log.block) if ended else found
        return found

    def admission(self, market: str) -> bytes:
        """Return the calldata that makes a market a member with the gate that it names now.

        A timelock that is the bureau's admin takes this as the call to schedule. Whoever reads the
        schedule sees market and gate.

        Raises:
            InvalidInput: if the address has no contract.
            ChainError: if the contract does not name a gate.
        """
        place = checksum(market)
        gate = _Market(self.node, place).gate()
        return self.abi.encode("addMember", place, gate)

    def removal(self, market: str) -> bytes:
        """Return the calldata that ends a membership; see ``admission``."""
        return self.abi.encode("removeMember", checksum(market))

    def add_member(
        self, market: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Make a market a member with the gate that it names now. Admin only.

        Raises:
            InvalidInput, ChainError: if ``admission`` raises it.
            TransactionReverted: if the sender is not the admin, or the contract answers with
                GateDiffers, WrongKind, NotAContract.
        """
        place = checksum(market)
        gate = _Market(self.node, place).gate()
        return self._send(by, "addMember", place, gate, idempotency_key=idempotency_key)

    def remove_member(
        self, market: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Let a market reserve and start nothing more. Admin only.

        What it started, it progresses and closes as before.
        """
        return self._send(by, "removeMember", checksum(market), idempotency_key=idempotency_key)

    # --- pseudonyms -----------------------------------------------------------------------------

    def record(self, nullifier: int, *, block: int | None = None) -> HistoryRecord:
        """Return the record of a pseudonym, after a block (the latest by default).

        Raises:
            ChainError: if the contract's counts contradict each other.
        """
        values = self._read("recordOf", _number(nullifier), block=block)
        try:
            return HistoryRecord(*map(int, values))
        except InvalidInput as error:
            raise ChainError(f"the bureau {self.address}: {error}") from None

    def standing(self, nullifier: int) -> Standing:
        """Return what a pseudonym is doing, and whether a member may reserve it."""
        state, member = self._read("stateOf", _number(nullifier))
        free, possible_at = self._read("isFree", nullifier)
        return Standing(
            BureauState(state),
            member if int(member, 16) else None,
            bool(free),
            int(possible_at) or None,
        )

    def words(self, nullifiers: Sequence[int], *, block: int | None = None) -> tuple[int, ...]:
        """Return the words that a tree takes of pseudonyms: record and place.

        Raises:
            TransactionReverted: if the contract answers with NoLeaf.
        """
        asked = tuple(map(_number, nullifiers))
        return tuple(self._read("wordsOf", asked, block=block))

    def leaf(self, nullifier: int, *, block: int | None = None) -> tuple[HistoryRecord, int]:
        """Return the record of a pseudonym, and its place in the tree.

        Raises:
            TransactionReverted: if the contract answers with NoLeaf.
        """
        (word,) = self.words([nullifier], block=block)
        return read_bureau_word(word)

    # --- the queue ------------------------------------------------------------------------------

    def leaf_count(self) -> int:
        """Return the number of pseudonyms that have a place in the tree."""
        return int(self._read("leafCount"))

    def opening_count(self) -> int:
        """Return the number of loans that ever entered the queue."""
        return int(self._read("openingCount"))

    def openings(self, first: int, most: int = 12, *, block: int | None = None) -> Openings:
        """Return at most ``most`` openings, from the one with the number ``first`` on.

        Raises:
            TransactionReverted: if the contract answers with OpeningUnknown.
        """
        places, opened_at = self._read(
            "openings", require_uint("first", first, 64), require_uint("most", most, 16),
            block=block,
        )  # fmt: skip
        return Openings(first, tuple(places), int(opened_at) or None)


class HistoryTreeClient(ContractClient):
    """A ``HistoryTree`` contract."""

    contract = "HistoryTree"

    @cached_property
    def bureau(self) -> CreditBureauClient:
        """The bureau whose records the tree takes; it never changes."""
        return CreditBureauClient(self.node, self._read("bureau"), since=self.since)

    @cached_property
    def max_lag(self) -> int:
        """Longest time for which an opening may wait while roots are fresh, seconds."""
        return int(self._read("maxLag"))

    @cached_property
    def max_root_age(self) -> int:
        """Time for which a replaced root is fresh, seconds."""
        return int(self._read("maxRootAge"))

    @cached_property
    def verifiers(self) -> dict[int, tuple[str, ...]]:
        """The verifiers of each size of batch: one, or two with keys of different setups."""
        found = {}
        for size in BATCH_SIZES:
            both = (self._read(f"verifierOf{size}"), self._read(f"secondVerifierOf{size}"))
            found[size] = tuple(str(one) for one in both if int(one, 16))
        return found

    def root(self, *, block: int | None = None) -> int:
        """Return the root of the tree as it is."""
        return int(self._read("root", block=block))

    def head(self, *, block: int | None = None) -> int:
        """Return the number of openings that the tree has taken."""
        return int(self._read("head", block=block))

    def is_fresh(self, root: int) -> bool:
        """Return whether a proof about a history may use a root now."""
        return bool(self._read("isFresh", _number(root)))

    def replaced_at(self, root: int) -> int | None:
        """Return when a root was last replaced, Unix seconds.

        None if it never was, or while an opening waited for longer than ``max_lag``.
        """
        return int(self._read("replacedAt", _number(root))) or None

    def lag(self) -> int:
        """Return for how long the oldest opening has waited, seconds; 0 if none waits."""
        return int(self._read("lag"))

    def waiting(self) -> int:
        """Return the number of openings that wait."""
        return int(self._read("waiting"))

    def staged(self) -> Stage | None:
        """Return the batch that must come next, or None."""
        until = int(self._read("stagedUntil"))
        if until < self.node.now():
            return None
        return Stage(self._read("stagedBatch"), until, int(self._read("stagedCount")))

    def advance(
        self,
        pseudonyms: Sequence[int],
        new_root: int,
        proofs: Sequence[Proof],
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Put the records of three or twelve pseudonyms into the tree. Anybody may.

        Args:
            pseudonyms: those of the oldest openings first.
            new_root: root afterwards.
            proofs: a proof for each verifier of this size.
            by: who pays.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput: if the batch does not have three or twelve pseudonyms.
            TransactionReverted: if the contract answers with StagePending, NotTheOldest, NoLeaf,
                ProofCountInvalid, ProofInvalid.
        """
        arguments = (_batch(pseudonyms), _number(new_root), _words(proofs))
        limit = self._limit("advance", len(pseudonyms), len(proofs))
        return self._send(
            by, "advance", *arguments, idempotency_key=idempotency_key, gas_limit=limit
        )

    def stage(
        self,
        pseudonyms: Sequence[int],
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Write down the oldest openings, up to twelve, with their records. Anybody may.

        Args:
            pseudonyms: those of the openings; the last one is repeated to make up twelve.
            by: who pays.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput: if there are no pseudonyms, or more than twelve.
            TransactionReverted: if the contract answers with StagePending, NotTheOldest,
                NothingWaits, NoLeaf.
        """
        if not 0 < len(pseudonyms) <= BATCH_SIZES[1]:
            raise InvalidInput("one to twelve openings are staged")
        filled = [*pseudonyms, *[pseudonyms[-1]] * (BATCH_SIZES[1] - len(pseudonyms))]
        return self._send(by, "stage", _batch(filled), idempotency_key=idempotency_key)

    def advance_staged(
        self,
        pseudonyms: Sequence[int],
        words: Sequence[int],
        new_root: int,
        proofs: Sequence[Proof],
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Put the staged records into the tree. Anybody may; arguments as in ``Staged``.

        Raises:
            TransactionReverted: if the contract answers with NotStaged, ProofCountInvalid,
                ProofInvalid.
        """
        given = (_batch(pseudonyms), tuple(map(_number, words)))
        limit = self._limit("advanceStaged", len(pseudonyms), len(proofs))
        return self._send(
            by,
            "advanceStaged",
            *given,
            _number(new_root),
            _words(proofs),
            idempotency_key=idempotency_key,
            gas_limit=limit,
        )

    def _limit(self, function: str, size: int, proofs: int) -> int:
        inputs = 2 + 2 * size
        first = gas.proof_gas(inputs, gas.LIMITS[f"HistoryTree.{function}"])
        return first + gas.proof_gas(inputs, 0) * (proofs - 1)


class _Market(ContractClient):
    """What a bureau's admin reads of a market."""

    contract = "LoanMarket"

    def gate(self) -> str:
        return str(self._read("gate"))

    def bureau(self) -> str:
        return str(self._read("bureau"))


def bureau_of(node: Node, market: str) -> str:
    """Return the address of the bureau that a market was deployed for.

    Raises:
        InvalidInput: if the address is malformed, or has no contract.
        ChainError: if the contract does not name a bureau.
    """
    return _Market(node, market).bureau()


def deploy_bureau(
    node: Node,
    *,
    by: TransactionSender,
    admin: str | None = None,
    rehabilitation: int = 0,
    currency: int = 0,
    kind: BureauKind = BureauKind.CREDENTIAL,
    idempotency_key: str | None = None,
) -> CreditBureauClient:
    """Deploy a bureau without members.

    Args:
        node: the chain.
        by: the account that pays.
        admin: who admits and removes members, a timelock in production; ``by`` by default.
        rehabilitation: seconds from a recovery to the next loan, a day to 3650 days; 0 if a
            default is never forgotten.
        currency: ISO 4217 number of the currency of all members; 0 if it is not said.
        kind: what the pseudonyms of all members are.
        idempotency_key: see ``TransactionSender.send``.

    Raises:
        InvalidInput: if the admin's address is malformed or 0.
        TransactionReverted: if the contract answers with RehabilitationInvalid.
    """
    require_uint("rehabilitation", rehabilitation, 32)
    require_uint("currency", currency, 16)
    holder = account_address("the admin", by.address if admin is None else admin)
    address, receipt = deploy_contract(
        "CreditBureau",
        holder,
        rehabilitation,
        currency,
        int(BureauKind(kind)),
        by=by,
        idempotency_key=idempotency_key,
    )
    return CreditBureauClient(node, address, since=receipt.block)


def deploy_history_tree(
    node: Node,
    bureau: str,
    verifiers: tuple[str, str],
    *,
    by: TransactionSender,
    second_verifiers: tuple[str, str] | None = None,
    max_lag: int = DEFAULT_WAIT,
    max_root_age: int = DEFAULT_WAIT,
    idempotency_key: str | None = None,
) -> HistoryTreeClient:
    """Deploy the tree of a bureau, without records.

    Args:
        node: the chain.
        bureau: a bureau of credential pseudonyms.
        verifiers: addresses of the verifiers of ``history_update_3`` and ``history_update_12``.
        by: the account that pays.
        second_verifiers: the same with keys of another setup, whose proofs are checked as well.
        max_lag: longest time for which an opening may wait, seconds, ten minutes to twelve hours.
        max_root_age: time for which a replaced root is fresh, seconds, the same bounds.
        idempotency_key: see ``TransactionSender.send``.

    Raises:
        TransactionReverted: if the contract answers with BureauUnsuitable, VerifierUnsuitable,
            WaitInvalid, NotAContract, WrongKind.
    """
    first = tuple(map(checksum, verifiers))
    second = (_NOBODY, _NOBODY) if second_verifiers is None else second_verifiers
    address, receipt = deploy_contract(
        "HistoryTree",
        checksum(bureau),
        first,
        tuple(map(checksum, second)),
        require_uint("max_lag", max_lag, 32),
        require_uint("max_root_age", max_root_age, 32),
        by=by,
        idempotency_key=idempotency_key,
    )
    return HistoryTreeClient(node, address, since=receipt.block)


def _number(value: int) -> int:
    return require_uint("the number", value, 256)


def _batch(pseudonyms: Sequence[int]) -> tuple[int, ...]:
    if len(pseudonyms) not in BATCH_SIZES:
        raise InvalidInput(f"a batch has 3 or 12 pseudonyms, not {len(pseudonyms)}")
    return tuple(map(_number, pseudonyms))


def _words(proofs: Sequence[Proof]) -> tuple[Any, ...]:
    return tuple(tuple(require_instance("a proof", one, Proof).to_words()) for one in proofs)
