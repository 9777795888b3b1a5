"""Transactions that are prepared online, signed on a machine without a network, and sent online.

``prepare_cold`` writes down everything about a transaction (``UnsignedTransaction``), ``sign_cold``
makes it a ``SignedTransaction`` on the machine with the key, and ``send_cold`` sends it through an
outbox. The key never comes to the online machine, and the signing machine asks nobody: what it
shows is decoded from the bytes that it signs.

* The signing machine keeps a journal. It never signs two different transactions with one nonce,
  and it stores a signature before it gives it out.
* An Ethereum transaction itself does not expire: whoever has the signed file can send it by other
  means. The expiry stops this library from signing or sending a forgotten file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.evm import checksum_address
from zkcredit.chain.custody.unsigned import (
    SignedTransaction,
    UnsignedTransaction,
    endorsement_of,
)
from zkcredit.chain.sending.accounts import ColdAccount
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import InvalidInput, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.custody.described import DescribedCall, Unit
    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.outbox import Outbox

__all__ = ["prepare_cold", "send_cold", "sign_cold"]

_FOR_A_PAYMENT: Final = 21_000
_FEE_RESERVE: Final = 2  # times today's fee: the base fee may rise until the file comes back


def prepare_cold(
    node: Node,
    sender: str,
    to: str,
    call: DescribedCall | None,
    data: bytes,
    *,
    valid_for: int,
    fee_limit: int,
    value: int = 0,
    gas: int = _FOR_A_PAYMENT,
    nonce: int | None = None,
    unit: Unit | None = None,
) -> UnsignedTransaction:
    """Write down a transaction for an account whose key is elsewhere. Sends nothing.

    A call that sends nothing along is tried first. The fee is twice the node's, as the file needs
    time to come back.

    Args:
        node: a node of the chain.
        sender: the account that is to sign.
        to: the payee or the contract.
        call: the decoded call; None for a payment.
        data: its bytes.
        valid_for: seconds until the file expires, by the chain's time.
        fee_limit: the most wei that the gas may cost.
        value: wei that go along.
        gas: gas limit.
        nonce: the account's transaction number; its next one by default.
        unit: what a token calls its unit.

    Raises:
        InvalidInput: if a part is malformed, or the node's fee is above the limit.
        TransactionReverted: if the contract would refuse the call.
        NodeUnavailable: if the node does not answer, or does not show the first block.
    """
    sender, to = checksum_address("the account", sender), checksum_address("the payee", to)
    chain_id, _, genesis = node.network.partition(":")
    if len(genesis) != 64:
        raise NodeUnavailable("the node does not show the chain's first block")
    if not value:
        node.call(to, data, sender=sender, gas=gas)
    fee, tip = node.fees()
    return UnsignedTransaction(
        chain_id=int(chain_id),
        genesis=genesis,
        sender=sender,
        nonce=node.transaction_count(sender) if nonce is None else nonce,
        gas=gas,
        max_fee_per_gas=min(_FEE_RESERVE * fee, max(fee, fee_limit // max(gas, 1))),
        max_priority_fee_per_gas=tip,
        to=to,
        value=value,
        data=data,
        call=call,
        fee_limit=fee_limit,
        expires=node.now() + valid_for,
        unit=unit,
    )


def sign_cold(
    unsigned: UnsignedTransaction, signer: Signer, journal: Outbox, *, now: int
) -> SignedTransaction:
    """Sign a file, at most one for each nonce. The same file gives the same signature.

    Args:
        unsigned: the file, which its owner has read.
        signer: the account.
        journal: what this machine signed before; the signature is stored in it before it is
            returned.
        now: the time on this machine, Unix seconds.

    Raises:
        InvalidInput: if the file expired, is for another account, or another transaction was signed
            with its nonce.
    """
    unsigned.require_valid(now)
    if signer.address != unsigned.sender:
        raise InvalidInput(f"the file is for {unsigned.sender}, and the key is of {signer.address}")

    def sign(nonce: int) -> tuple[bytes, str]:
        if nonce != unsigned.nonce:
            raise InvalidInput(
                f"another transaction was signed with nonce {unsigned.nonce} on this machine; two "
                "for one nonce are never signed: send that one, or prepare a file with the next "
                "nonce"
            )
        return signer.sign_transaction(unsigned.transaction)

    entry = journal.add(unsigned.network, unsigned.sender, _name(unsigned), unsigned.nonce, sign)
    endorsement = signer.sign_typed_data(endorsement_of(unsigned))
    return SignedTransaction(unsigned, entry.raw, endorsement)


def send_cold(
    node: Node,
    signed: SignedTransaction,
    outbox: Outbox,
    *,
    timeout: float = 120.0,
    confirmations: int = 0,
    tell: Callable[[str], None] | None = None,
) -> Receipt:
    """Send a signed file exactly once, and return its receipt. The same file again waits on.

    Args:
        node: a node of the file's chain.
        signed: the signed file.
        outbox: the account's transactions on this machine.
        timeout: seconds to wait for the transaction to get into a block.
        confirmations: blocks on top of it before it counts.
        tell: a function that gets a sentence if something unexpected happens.

    Raises:
        InvalidInput: if the file is for another chain, expired before it was first sent, or its
            nonce is not the account's next one.
        TransactionReverted, TransactionTimeout, NodeUnavailable, ChainError: if
            ``TransactionSender.send`` raises it.
    """
    unsigned = signed.unsigned
    if node.network != unsigned.network:
        raise InvalidInput(
            f"the file is for chain {unsigned.chain_id} with genesis {unsigned.genesis[:16]}…, and "
            f"the node is of chain {node.chain_id} with another one"
        )
    sender = TransactionSender(
        node,
        ColdAccount(unsigned.sender),
        outbox,
        timeout=timeout,
        confirmations=confirmations,
        tell=tell,
    )
    if not sender.knows(_name(unsigned)):
        unsigned.require_valid(node.now())
    return sender.send_signed(signed.raw, signed.hash, idempotency_key=_name(unsigned))


def _name(unsigned: UnsignedTransaction) -> str:
    return f"cold {unsigned.digest.hex()}"
