"""Nobody gets a role, a share of a signature or a contract by mistake: not the address 0."""

from __future__ import annotations

import pytest

from zkcredit._internal.evm import account_address
from zkcredit.chain.contracts.registry import deploy_registry
from zkcredit.chain.custody.quotes import deploy_fx_quotes
from zkcredit.chain.custody.timelock import deploy_timelock
from zkcredit.chain.custody.treasury import deploy_treasury
from zkcredit.chain.custody.typed import account_signer
from zkcredit.chain.deploying import deploy_around
from zkcredit.chain.history.bureau import deploy_bureau
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import InvalidInput

NOBODY = "0x" + "00" * 20
SOMEBODY = "0x" + "00" * 19 + "01"
SIGNERS = (SOMEBODY, "0x" + "00" * 19 + "02")
WRONG = (NOBODY, "0X" + "00" * 20, "0x12", "", "somebody", None, 5)

WAYS = {
    "a timelock's proposer": lambda who, by: deploy_timelock(86_400, [who], by=by),
    "a timelock's executor": lambda who, by: deploy_timelock(
        86_400, [SOMEBODY], by=by, executors=[SOMEBODY, who]
    ),
    "a timelock's guardian": lambda who, by: deploy_timelock(
        86_400, [SOMEBODY], by=by, guardian=who
    ),
    "a governor of quotes": lambda who, by: deploy_fx_quotes(SIGNERS, 2, by=by, governor=who),
    "a signer of quotes": lambda who, by: deploy_fx_quotes([*SIGNERS, who], 2, by=by),
    "a signer of a treasury": lambda who, by: deploy_treasury([*SIGNERS, who], 2, by=by),
    "an admin of a bureau": lambda who, by: deploy_bureau(by.node, by=by, admin=who),
    "an admin of a registry": lambda who, by: deploy_registry(by.node, by=by, admin=who),
    "a registrar": lambda who, by: deploy_registry(by.node, by=by, registrar=who),
    "a registry's guardian": lambda who, by: deploy_registry(by.node, by=by, guardian=who),
    "an admin of a market": lambda who, by: deploy_around(by.node, SOMEBODY, by=by, admin=who),
    "an operator": lambda who, by: deploy_around(by.node, SOMEBODY, by=by, operator=who),
}
# without a name, whoever pays has the role, or nobody, as each function says
NAMED = {"a timelock's proposer", "a timelock's executor", "a signer of quotes"}
NAMED |= {"a signer of a treasury"}


@pytest.fixture(scope="module")
def sender():
    with RevmNode() as node:
        yield TransactionSender(node, node.accounts[0], Outbox(None))


@pytest.mark.parametrize(
    ("way", "who"), [(w, who) for w in WAYS for who in WRONG if who is not None or w in NAMED]
)
def test_nobody_has_a_role(sender, way, who):
    before = sender.node.block_number()
    with pytest.raises(InvalidInput) as refused:
        WAYS[way](who, sender)
    if who == NOBODY:
        assert "must not be the address 0, which nobody has" in str(refused.value)
    assert sender.node.block_number() == before, "nothing was sent"


def test_a_registry_gives_no_role_to_nobody(sender):
    registry = deploy_registry(sender.node, by=sender)
    before = sender.node.block_number()
    for role in ("registrar", "guardian"):
        with pytest.raises(InvalidInput, match="the account must not be the address 0"):
            registry.appoint(role, NOBODY, by=sender)
    assert sender.node.block_number() == before


def test_an_account_that_can_act():
    for spelt in (SOMEBODY, SOMEBODY.upper().replace("X", "x")):
        assert account_address("the account", spelt) == SOMEBODY
    assert account_signer(SOMEBODY) == bytes(19) + b"\1"
    with pytest.raises(InvalidInput, match=r"^the signer must not be the address 0, which nobody"):
        account_signer(NOBODY)
