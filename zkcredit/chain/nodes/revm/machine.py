"""Run one message on revm, and read what it changed.

``pyrevm`` is made for one call after the other in one open transaction: what one call loaded stays
warm for the next, and the state before the transaction stays the first one. So its gas would be
wrong. This module makes a transaction of each message:

- revm's database holds the state; everything that a message loads is in a journal on top of it.
  A checkpoint before the message and a revert after it empty the journal, and the message's
  changes go into the database. The message itself runs at depth 0, as it must.
- ``pyrevm`` does not list the storage that changed. Its text form of the journal does; this
  module takes the slots' numbers from there, and their values from ``pyrevm``'s own methods. The
  text is that of one version, so every other version is refused.
- For a message to an account, ``pyrevm`` neither takes the fee nor counts the nonce; this module
  does. It does both for the creation of a contract.

What still differs from Cancun is listed at ``RevmNode``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.revm.state import EMPTY_CODE, NOBODY, Account, Change
from zkcredit.errors import NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zkcredit.chain.nodes.revm.state import State

__all__ = [
    "COINBASE",
    "PYREVM",
    "Emitted",
    "Machine",
    "Message",
    "Moment",
    "Outcome",
    "Refusal",
    "require_pyrevm",
]

PYREVM: Final = "0.3.7"
"""The only version of ``pyrevm`` whose text forms this module knows."""

COINBASE: Final = "0x" + "00" * 20
"""The account that earns the fees of every block."""

_PADDING: Final = 33  # zeros that revm appends to a code that it analysed
_CHANGED: Final = re.compile(
    r"\bStorageChange \{ address: (0x[0-9a-f]{40}), key: (\w+), had_value: (None|Some\(\w+\)) \}"
)
_ANY_CHANGE: Final = re.compile(r"\bStorageChange\b")  # not a transient one
_DESTROYED: Final = re.compile(r"AccountDestroyed \{ address: (0x[0-9a-f]{40}), ")
_REVERT: Final = re.compile(r"Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}")
_JOURNAL: Final = " journal: [["


class Refusal(Exception):  # private to this node, and not one of our errors: a node's answer
    """Thrown when the node refuses a request; ``data`` is the data of a revert."""

    def __init__(self, message: str, data: bytes | None = None) -> None:
        super().__init__(message)
        self.data = data


@dataclass(frozen=True, slots=True)
class Moment:
    """What a contract sees of its block: number, timestamp in Unix seconds, randomness."""

    number: int
    timestamp: int
    randomness: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A call or the creation of a contract.

    Attributes:
        sender: the account that sends it.
        to: the account that it is sent to; None creates a contract.
        data: calldata or creation code.
        gas: gas limit.
        value: wei that it carries.
        price: wei for a unit of gas.
        access: accounts and storage slots that are warm from the start (EIP-2930).
    """

    sender: str
    to: str | None
    data: bytes = b""
    gas: int = 0
    value: int = 0
    price: int = 0
    access: Sequence[tuple[str, Sequence[int]]] = ()


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event: the contract's address, the topics and the data."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a message ended.

    Attributes:
        succeeded: whether the state changed as the contract wants it.
        output: the return value, the data of a revert, or empty.
        gas_used: gas units, after refunds.
        halted: why the message stopped without a revert, in revm's words; empty otherwise.
        created: the new contract of a creation that succeeded.
        logs: its events.
        change: what it changed, the fee included.
    """

    succeeded: bool
    output: bytes
    gas_used: int
    halted: str = ""
    created: str | None = None
    logs: tuple[Emitted, ...] = ()
    change: Change = field(default_factory=Change)


def require_pyrevm() -> Any:
    """Return the module ``pyrevm``.

    Raises:
        NodeUnavailable: if it is not installed, or has another version.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        import pyrevm

        found = version("pyrevm")
    except (ImportError, PackageNotFoundError) as error:
        raise NodeUnavailable(
            "the fast chain needs pip install 'zkcredit[tester]' on a platform with wheels of "
            "pyrevm; "
            "EmbeddedNode runs on every other"
        ) from error
    if found != PYREVM:
        raise NodeUnavailable(
            f"the fast chain needs pyrevm {PYREVM}, but {found} is installed; "
            f"install pyrevm=={PYREVM}"
        )
    return pyrevm


class Machine:
    """revm with a state.

    Args:
        chain_id: what contracts see as the chain's id.
        gas_limit: gas limit of a block, which is that of a message, too.
        state: the state; this object reads it, and the caller changes it together with ``keep``.
    """

    def __init__(self, chain_id: int, gas_limit: int, state: State) -> None:
        self._pyrevm = require_pyrevm()
        self._chain_id, self._gas_limit, self._state = chain_id, gas_limit, state
        self._evm: Any = None

    def keep(self, change: Change) -> None:
        """Take over a change that the state already has."""
        if self._evm is None:
            return  # the next message fills the database from the state
        for address, (_, new) in change.accounts.items():
            self._insert(address, new)
        for (address, slot), (_, value) in change.slots.items():
            self._store(address, slot, value)

    def run(self, message: Message, moment: Moment, *, paid: bool) -> Outcome:
        """Run a message and forget its changes, which ``Outcome.change`` lists.

        Args:
            message: the message.
            moment: the block in which it runs.
            paid: whether this is a transaction: its sender pays the fee and counts one more.

        Raises:
            Refusal: if revm refuses the message before it runs.
        """
        if self._evm is None:
            self._fill()
        evm = self._evm
        evm.set_block_env(self._block(moment))
        evm.set_tx_env(self._pyrevm.TxEnv(access_list=[(a, list(s)) for a, s in message.access]))
        checkpoint = evm.snapshot()
        evm.commit()  # depth 0 again; the checkpoint stays valid
        advance = self._prepare(message) if paid and message.to is not None else 0
        try:
            return self._outcome(message, self._start(message), advance, paid)
        finally:
            evm.snapshot()
            evm.revert(checkpoint)
            evm.reset_transient_storage()
            for address in {message.sender, COINBASE}:
                self._insert(address, self._state.account(address))
            if message.access:
                self._evm = None  # revm keeps what an access list loads

    def _prepare(self, message: Message) -> int:
        """Count the transaction, and take the fee for all gas in advance; return that fee."""
        sender = self._state.account(message.sender)
        fee = message.gas * message.price
        # pyrevm requires the fee again. Of a sender who could not pay it twice, it is taken later.
        advance = fee if sender.balance >= 2 * fee + message.value else 0
        self._insert(
            message.sender, Account(sender.nonce + 1, sender.balance - advance, sender.code)
        )
        return advance

    def _start(self, message: Message) -> Callable[[], bytes | str]:
        limits = {"value": message.value, "gas": message.gas, "gas_price": message.price}
        if message.to is None:
            return lambda: str(self._evm.deploy(message.sender, message.data, **limits))
        return lambda: bytes(
            self._evm.message_call(message.sender, message.to, message.data, **limits)
        )

    def _outcome(
        self, message: Message, start: Callable[[], bytes | str], advance: int, paid: bool
    ) -> Outcome:
        evm, output, created = self._evm, b"", None
        try:
            returned = start()
        except RuntimeError as error:
            if evm.result is None:
                raise Refusal(str(error)) from None
            found = _REVERT.fullmatch(str(error))
            if not found and not evm.result.is_halt:
                raise NodeUnavailable("revm ended a message in an unknown way") from error
            output = bytes.fromhex(found[1]) if found else b""
        else:
            if isinstance(returned, bytes):
                output = returned
            else:
                created = returned.lower()
                made = self._account(created, evm.basic(created))
                output = self._state.codes[made.code]
        result = evm.result
        gas_used = int(result.gas_used)
        change = self._change(message, gas_used, advance) if paid else Change()
        return Outcome(
            bool(result.is_success),
            output,
            gas_used,
            str(result.reason) if result.is_halt else "",
            created,
            tuple(
                Emitted(log.address.lower(), tuple(map(bytes, log.data[0])), bytes(log.data[1]))
                for log in result.logs
            ),
            change,
        )

    def _change(self, message: Message, gas_used: int, advance: int) -> Change:
        journal = self._journal()
        destroyed = set(_DESTROYED.findall(journal))
        after = {
            address.lower(): self._account(address.lower(), info)
            for address, info in self._evm.journal_state.items()
        }
        if message.to is not None:
            self._settle(after, message, gas_used, advance)
        # A contract that ends in the transaction of its creation leaves nothing (EIP-6780).
        after |= dict.fromkeys(destroyed, NOBODY)
        accounts = {
            address: (self._state.account(address), new)
            for address, new in after.items()
            if new != self._state.account(address)
        }
        slots = {}
        for address, number in self._slots(journal):
            old = self._state.slots.get((address, number), 0)
            new = int(self._evm.storage(address, number))
            if new != old and address not in destroyed:
                slots[address, number] = (old, new)
        return Change(accounts, slots)

    def _settle(
        self, after: dict[str, Account], message: Message, gas_used: int, advance: int
    ) -> None:
        fee = gas_used * message.price
        for address, wei in ((message.sender, advance - fee), (COINBASE, fee)):
            one = after.get(address, self._state.account(address))
            after[address] = Account(one.nonce, one.balance + wei, one.code)

    def _journal(self) -> str:
        text = str(self._evm.journal_str)
        start = text.rfind(_JOURNAL)
        if start < 0:
            raise NodeUnavailable("pyrevm's journal has an unknown form")
        return text[start:]

    def _slots(self, journal: str) -> set[tuple[str, int]]:
        found = _CHANGED.findall(journal)
        if len(found) != len(_ANY_CHANGE.findall(journal)):
            raise NodeUnavailable("pyrevm's journal has an unknown form")
        return {(address, int(key, 0)) for address, key, had in found if had != "None"}

    def _account(self, address: str, info: Any) -> Account:
        digest = bytes(info.code_hash)
        if digest not in self._state.codes:
            self._state.codes[digest] = _unpadded(address, bytes(info.code or b""), digest)
        return Account(int(info.nonce), int(info.balance), digest)

    def _block(self, moment: Moment) -> Any:
        return self._pyrevm.BlockEnv(
            number=moment.number,
            coinbase=COINBASE,
            timestamp=moment.timestamp,
            prevrandao=moment.randomness,
            basefee=0,
            gas_limit=self._gas_limit,
            excess_blob_gas=0,
        )

    def _fill(self) -> None:
        revm = self._pyrevm
        environment = revm.Env(cfg=revm.CfgEnv(chain_id=self._chain_id))
        self._evm = revm.EVM(environment, gas_limit=self._gas_limit)
        for address, account in self._state.accounts.items():
            self._insert(address, account)
        for (address, slot), value in self._state.slots.items():
            self._store(address, slot, value)

    def _insert(self, address: str, account: Account) -> None:
        code = self._state.codes[account.code] if account.code != EMPTY_CODE else None
        info = self._pyrevm.AccountInfo(
            balance=account.balance, nonce=account.nonce, code_hash=account.code, code=code
        )
        self._evm.insert_account_info(address, info)

    def _store(self, address: str, slot: int, value: int) -> None:
        # The method loads the account, too, and writes to the journal if it is loaded already.
        checkpoint = self._evm.snapshot()
        self._evm.insert_account_storage(address, slot, value)
        self._evm.revert(checkpoint)


def _unpadded(address: str, code: bytes, digest: bytes) -> bytes:
    for one in (code, code[:-_PADDING]):
        if keccak256(one) == digest:
            return one
    raise NodeUnavailable(f"pyrevm returns another code of {address} than the one of its hash")
