"""A treasury on a chain: m of n release, call and cancel; everything else is refused, and named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from zkcredit._internal.evm import keccak256
from zkcredit._internal.json import canonical
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.custody.described import Unit, describe
from zkcredit.chain.custody.proposal import NO_TOKEN, Cancellation, Execution, Proposal, Release
from zkcredit.chain.custody.treasury import TreasuryClient, deploy_treasury
from zkcredit.chain.custody.treasury_events import Released, SignerAdded, ThresholdSet
from zkcredit.chain.custody.typed import account_signer, packed_signatures
from zkcredit.chain.deploying import deploy_test_token
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import InvalidInput, MalformedFile, TransactionReverted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.nodes.node import LocalNode

START = 1_900_000_000
PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PEOPLE = [Signer(bytes([n]) * 32) for n in (0x51, 0x52, 0x53, 0x54)]


class Fund:
    """A treasury of two of three with a million units, and somebody who pays the gas."""

    def __init__(self, node: LocalNode) -> None:
        self.node = node
        self.by = TransactionSender(node, node.accounts[0], Outbox(None))
        self.token = deploy_test_token(node, by=self.by)
        signers = [one.address for one in PEOPLE[:3]]
        self.treasury: TreasuryClient = deploy_treasury(signers, 2, by=self.by)
        self.token.mint(self.treasury.address, 10**6, by=self.by)
        self.by.send(Call(self.treasury.address, b"", 60_000, 10**6))

    def proposal(self, who: str, action: Any = None, nonce: int = 7, **changed: Any) -> Proposal:
        """A payment of 100 units, or something else, signed by the people with these digits."""
        if action is None:
            action = Release(self.token.address, PAYEE, 100, Unit("TUSD", 6))
        deadline = 0 if isinstance(action, Cancellation) else self.node.now() + 3_600
        parts = {
            "chain_id": self.node.chain_id, "treasury": self.treasury.address, "action": action,
            "nonce": nonce, "deadline": deadline,
        } | changed  # fmt: skip
        proposal = Proposal(**parts)
        for digit in who:
            proposal = proposal.signed_by(PEOPLE[int(digit)])
        return proposal

    def execution(self, target: str, contract: str, function: str, *arguments: Any) -> Execution:
        data = abi_of(contract).encode(function, *arguments)
        return Execution(target, 0, data, describe(contract, data))

    def submit(self, proposal: Proposal, **given: Any) -> None:
        self.treasury.submit(proposal, by=self.by, **given)

    def raw(self, proposal: Proposal) -> None:
        """What the contract says to a release, without the client's own checks."""
        action = proposal.action
        assert isinstance(action, Release)
        data = abi_of("Treasury").encode(
            "release", action.token, action.to, action.amount, proposal.nonce, proposal.deadline,
            packed_signatures(proposal.signatures),
        )  # fmt: skip
        self.node.call(self.treasury.address, data)


@pytest.fixture
def fund() -> Iterator[Fund]:
    with RevmNode(genesis_time=START) as node:
        yield Fund(node)


@pytest.mark.parametrize("chain", [RevmNode, pytest.param(EmbeddedNode, marks=pytest.mark.slow)])
def test_two_of_three_release(chain: Any) -> None:
    with chain(genesis_time=START) as node:
        fund = Fund(node)
        for nonce, who in enumerate(("01", "12", "20", "012")):
            read = Proposal.from_json(fund.proposal(who, nonce=nonce).to_json())
            fund.submit(read)
            assert fund.treasury.is_used(nonce)
        assert fund.token.balance_of(PAYEE) == 400
        assert fund.treasury.threshold() == 2
        assert set(fund.treasury.signers()) == {account_signer(p.address) for p in PEOPLE[:3]}


def test_what_was_done_is_told(fund: Fund) -> None:
    fund.submit(fund.proposal("01", nonce=5))
    fund.submit(fund.proposal("02", Release(NO_TOKEN, PAYEE, 5), nonce=6))
    tokens, coins = (event for event in fund.treasury.done() if isinstance(event, Released))
    assert (tokens.token, tokens.to, tokens.amount, tokens.nonce) == (
        fund.token.address, PAYEE, 100, 5,
    )  # fmt: skip
    assert (coins.token, coins.amount, coins.nonce) == (NO_TOKEN, 5, 6)
    threshold = [e for e in fund.treasury.events() if isinstance(e, ThresholdSet)]
    assert [event.threshold for event in threshold] == [2]
    added = [e.signers for e in fund.treasury.events() if isinstance(e, SignerAdded)]
    assert set(added) == {keccak256(account_signer(one.address)) for one in PEOPLE[:3]}


def test_the_coin_is_released(fund: Fund) -> None:
    before = fund.node.balance(PAYEE)
    fund.submit(fund.proposal("02", Release(NO_TOKEN, PAYEE, 5)))
    assert fund.node.balance(PAYEE) == before + 5


def test_the_same_intention_pays_once(fund: Fund) -> None:
    proposal = fund.proposal("01")
    for _ in range(2):
        fund.submit(proposal, idempotency_key="pay")
    assert fund.token.balance_of(PAYEE) == 100
    with pytest.raises(InvalidInput, match="was used or cancelled"):
        fund.submit(proposal)


@pytest.mark.parametrize("who", ["", "0", "1", "2"])
def test_fewer_than_the_threshold_are_refused(fund: Fund, who: str) -> None:
    with pytest.raises(InvalidInput, match="of 2 signatures"):
        fund.submit(fund.proposal(who))
    with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
        fund.raw(fund.proposal(who))


def test_a_stranger_and_a_removed_signer_are_refused(fund: Fund) -> None:
    with pytest.raises(InvalidInput, match="not a signer"):
        fund.submit(fund.proposal("03"))
    with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
        fund.raw(fund.proposal("013"))
    here = fund.treasury.address
    gone = [account_signer(PEOPLE[1].address)]
    fund.submit(fund.proposal("02", fund.execution(here, "Treasury", "removeSigners", gone), 1))
    with pytest.raises(InvalidInput, match="not any more"):
        fund.submit(fund.proposal("01"))
    with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
        fund.raw(fund.proposal("01"))
    fund.submit(fund.proposal("02"))
    low = fund.execution(here, "Treasury", "setThreshold", 1)
    with pytest.raises(TransactionReverted, match="ThresholdTooLow"):
        fund.submit(fund.proposal("02", low, 2))


def test_another_chain_or_treasury_is_refused(fund: Fund) -> None:
    with pytest.raises(InvalidInput, match="not for"):
        fund.submit(fund.proposal("01", chain_id=1))
    with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
        fund.raw(fund.proposal("01", chain_id=1))
    with pytest.raises(InvalidInput, match="not for"):
        fund.submit(fund.proposal("01", treasury=PAYEE))
    with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
        fund.raw(fund.proposal("01", treasury=PAYEE))


def test_an_expired_message_is_refused(fund: Fund) -> None:
    proposal = fund.proposal("01")
    fund.node.advance(3_600 + 60)
    with pytest.raises(InvalidInput, match="expired"):
        fund.submit(proposal)
    with pytest.raises(TransactionReverted, match="MessageExpired"):
        fund.raw(proposal)


def test_signers_in_another_order_or_twice_are_refused(fund: Fund) -> None:
    proposal = fund.proposal("01")
    one, two = proposal.signatures
    with pytest.raises(InvalidInput, match="twice"):
        replace(proposal, signatures=(one, one))
    mixed = ((one[0], two[1]), (two[0], one[1]))
    with pytest.raises(InvalidInput, match="did not sign"):
        replace(proposal, signatures=mixed)
    backwards = replace(proposal, signatures=(two, one))
    fund.submit(backwards)  # the client puts them in order
    assert fund.token.balance_of(PAYEE) == 100


def test_a_number_is_cancelled(fund: Fund) -> None:
    fund.submit(fund.proposal("12", Cancellation()))
    with pytest.raises(InvalidInput, match="was used or cancelled"):
        fund.submit(fund.proposal("01"))
    with pytest.raises(TransactionReverted, match="NonceUsed"):
        fund.raw(fund.proposal("01"))


def test_a_call_is_shown_and_made(fund: Fund) -> None:
    action = fund.execution(fund.token.address, "TestToken", "approve", PAYEE, 77)
    proposal = Proposal.from_json(fund.proposal("01", action).to_json())
    assert f"Let {PAYEE} take up to 77 base units" in proposal.in_words()
    fund.submit(proposal)
    assert fund.token.allowance(fund.treasury.address, PAYEE) == 77
    broke = fund.execution(fund.token.address, "TestToken", "transfer", PAYEE, 10**7)
    with pytest.raises(TransactionReverted, match="ERC20InsufficientBalance"):
        fund.submit(fund.proposal("01", broke, 8))
    assert not fund.treasury.is_used(8)


@pytest.mark.parametrize("threshold", [0, 1, 4])
def test_a_threshold_that_cannot_be_is_refused(fund: Fund, threshold: int) -> None:
    with pytest.raises(InvalidInput, match="threshold"):
        deploy_treasury([one.address for one in PEOPLE[:3]], threshold, by=fund.by)
    with pytest.raises(InvalidInput, match="twice"):
        deploy_treasury([PAYEE, PAYEE], 2, by=fund.by)


# --- the file -------------------------------------------------------------------------------------


def test_signers_sign_their_own_copies(fund: Fund) -> None:
    empty = fund.proposal("")
    one, two = empty.signed_by(PEOPLE[0]), empty.signed_by(PEOPLE[2])
    joined = one.joined(two)
    assert joined == two.joined(one) == fund.proposal("20")
    with pytest.raises(InvalidInput, match="different messages"):
        one.joined(fund.proposal("2", nonce=8))
    fund.submit(joined)


def test_the_words_of_a_payment(fund: Fund) -> None:
    words = fund.proposal("").in_words()
    assert words.startswith(
        "Pay 100 base units (0.000100 TUSD, if it has 6 decimals as the file says) of the token "
        f"{fund.token.address} to {PAYEE}.\nFrom the treasury {fund.treasury.address} on chain "
    )
    assert "It can be carried out until 2030-0" in words


def test_every_changed_character_is_refused_or_another_message(fund: Fund) -> None:
    proposal = fund.proposal("01")
    text = proposal.to_json()
    for position in range(0, text.index('"unit"'), 5):  # nobody signs the unit, as the words say
        new = "1" if text[position] != "1" else "2"
        with pytest.raises(InvalidInput):
            Proposal.from_json(text[:position] + new + text[position + 1 :])


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("domain", "name"), "another treasury"),
        (("domain", "version"), "2"),
        (("domain", "chainId"), "1"),
        (("primaryType",), "Permit"),
        (("types", "Release"), []),
        (("message", "amount"), 100),
        (("message", "amount"), "0100"),
        (("message", "to"), PAYEE.lower()),
    ],
)
def test_a_message_of_another_form_is_refused(
    fund: Fund, place: tuple[str, ...], value: Any
) -> None:
    document = json.loads(fund.proposal("").to_json())
    inside = document["typed_data"]
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = value
    with pytest.raises(InvalidInput):
        Proposal.from_json(canonical(document))


def test_a_call_that_cannot_be_decoded_is_refused(fund: Fund) -> None:
    action = fund.execution(fund.token.address, "TestToken", "approve", PAYEE, 77)
    document = json.loads(fund.proposal("", action).to_json())
    document["typed_data"]["message"]["data"] = "0xdeadbeef"
    with pytest.raises(InvalidInput, match="decoded"):
        Proposal.from_json(canonical(document))
    del document["call"]
    with pytest.raises(MalformedFile, match="without words"):
        Proposal.from_json(canonical(document))
    hidden = abi_of("FloorTimelock").encode(
        "schedule", PAYEE, 0, b"\xde\xad\xbe\xef", bytes(32), bytes(32), 86_400
    )
    with pytest.raises(InvalidInput, match="decoded"):
        describe("FloorTimelock", hidden)
    shown = abi_of("FloorTimelock").encode(
        "schedule", PAYEE, 0, action.data, bytes(32), bytes(32), 86_400
    )
    assert "  Let 0x7099" in describe("FloorTimelock", shown).in_words(PAYEE)


@pytest.mark.parametrize(
    "changed",
    [{"nonce": -1}, {"nonce": 1 << 256}, {"deadline": 1 << 40}, {"deadline": 0}, {"chain_id": 0}],
)
def test_parts_outside_their_range_are_refused(fund: Fund, changed: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        fund.proposal("0", **changed)
