"""The chain: nodes, accounts, contracts. The only package that uses web3, and only when called.

::

    with EmbeddedNode() as node:
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        deployment = deploy_system(node, verifying_key, by=operator)
        market = deployment.open(node).market
"""

from __future__ import annotations

from zkcredit.chain.contracts.application import ApplicationRequest
from zkcredit.chain.contracts.flow import FlowOfFunds, flow_of_funds
from zkcredit.chain.contracts.gates import EligibilityGateClient, GateClient
from zkcredit.chain.contracts.ledger import AccountState, CreditLedgerClient, deploy_ledger
from zkcredit.chain.contracts.market import LoanMarketClient
from zkcredit.chain.contracts.market_state import (
    LoanState,
    LoanStatus,
    ProductState,
    PseudonymState,
)
from zkcredit.chain.contracts.openings import OpeningVerifierClient, deploy_opening_verifier
from zkcredit.chain.contracts.registry import IssuerRegistryClient
from zkcredit.chain.contracts.token import TokenClient
from zkcredit.chain.contracts.verifier import VerifierClient, deploy_verifier
from zkcredit.chain.deploy import Deployment, System, deploy_system, deploy_test_token
from zkcredit.chain.escrow import (
    EscrowMarketClient,
    LoanSeal,
    deploy_escrow_market,
)
from zkcredit.chain.ledger_deploy import (
    LedgerDeployment,
    LedgerSystem,
    deploy_ledger_system,
)
from zkcredit.chain.ledger_market import LedgerMarketClient, deploy_ledger_market
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.node import LocalNode, Node, connect
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.keystore import load_keystore, save_keystore
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender

__all__ = [
    "AccountState",
    "AnvilNode",
    "ApplicationRequest",
    "CreditLedgerClient",
    "Deployment",
    "EligibilityGateClient",
    "EmbeddedNode",
    "EscrowMarketClient",
    "FlowOfFunds",
    "GateClient",
    "IssuerRegistryClient",
    "LedgerDeployment",
    "LedgerMarketClient",
    "LedgerSystem",
    "LoanMarketClient",
    "LoanSeal",
    "LoanState",
    "LoanStatus",
    "LocalNode",
    "Node",
    "OpeningVerifierClient",
    "Outbox",
    "ProductState",
    "PseudonymState",
    "Signer",
    "System",
    "TokenClient",
    "TransactionSender",
    "VerifierClient",
    "connect",
    "deploy_escrow_market",
    "deploy_ledger",
    "deploy_ledger_market",
    "deploy_ledger_system",
    "deploy_opening_verifier",
    "deploy_system",
    "deploy_test_token",
    "deploy_verifier",
    "flow_of_funds",
    "load_keystore",
    "save_keystore",
]
