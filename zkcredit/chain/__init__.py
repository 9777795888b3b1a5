"""The chain: nodes, accounts, contracts. Only this package uses web3, and only when it is called.

::

    with fastest_chain() as node:
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        deployment = deploy_system(node, verifying_key, by=operator)
        market = deployment.open(node).market
"""

from __future__ import annotations

from zkcredit.chain.contracts.contract import AdminTransfer
from zkcredit.chain.contracts.gates import (
    EligibilityGateClient,
    EscrowGateClient,
    Evidence,
    GateClient,
    LedgerGateClient,
    LoanEscrow,
)
from zkcredit.chain.contracts.ledger import AccountState, CreditLedgerClient, deploy_ledger
from zkcredit.chain.contracts.openings import (
    OpeningVerifierClient,
    combine_openings,
    default_evidence,
    deploy_opening_verifier,
    judge_opening,
    misconduct,
)
from zkcredit.chain.contracts.registry import IssuerRegistryClient
from zkcredit.chain.contracts.token import TokenClient
from zkcredit.chain.contracts.verifier import VerifierClient, deploy_verifier
from zkcredit.chain.custody.cold import prepare_cold, send_cold, sign_cold
from zkcredit.chain.custody.proposal import Cancellation, Execution, Proposal, Release
from zkcredit.chain.custody.quotes import (
    ChainlinkFxClient,
    FxQuote,
    FxQuotesClient,
    deploy_fx_quotes,
)
from zkcredit.chain.custody.signed_quote import SignedQuote
from zkcredit.chain.custody.timelock import (
    AnnouncedCall,
    CallState,
    TimelockClient,
    deploy_timelock,
)
from zkcredit.chain.custody.treasury import TreasuryClient, deploy_treasury
from zkcredit.chain.custody.unsigned import SignedTransaction, UnsignedTransaction
from zkcredit.chain.deploying import (
    deploy_ledger_beside,
    deploy_ledger_system,
    deploy_market,
    deploy_system,
    deploy_test_token,
)
from zkcredit.chain.deployment import Deployment, LedgerDeployment, StoodFor, System
from zkcredit.chain.history.record_gates import (
    HistoryEligibilityGateClient,
    HistoryGateClient,
)
from zkcredit.chain.index.chain_index import ChainIndex, Progress, Watched
from zkcredit.chain.index.loan_records import held_of, loans_of
from zkcredit.chain.index.loans import LOANS
from zkcredit.chain.index.projection import Emitted, Projection, Rows
from zkcredit.chain.index.watching import loans_watched
from zkcredit.chain.loans.consents import ConsentsClient, SignedConsent
from zkcredit.chain.loans.gate_kinds import open_gate
from zkcredit.chain.loans.lender_watch import LenderWatch, LoanSeen
from zkcredit.chain.loans.loan_flow import FlowOfFunds, flow_of_funds
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.loans.loan_state import LoanState, LoanStatus, PositionState
from zkcredit.chain.loans.own_loans import KnownPseudonym, OwnLoans, own_loans
from zkcredit.chain.loans.products import ProductBookClient, PublishedProduct
from zkcredit.chain.loans.receipts import PaidAmounts, PaymentReceipt, receipt_of
from zkcredit.chain.loans.relay import RelayClient
from zkcredit.chain.loans.signed_steps import (
    SignedApplication,
    SignedHoliday,
    SignedPayment,
    SignedStep,
)
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.connect import connect
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.fastest import fastest_chain
from zkcredit.chain.nodes.node import EmbeddedChain, LocalNode, Node
from zkcredit.chain.nodes.quorum import QuorumNode, connect_quorum
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import ColdAccount, Signer
from zkcredit.chain.sending.keystore import load_keystore, save_keystore
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender

__all__ = [
    "LOANS",
    "AccountState",
    "AdminTransfer",
    "AnnouncedCall",
    "AnvilNode",
    "CallState",
    "Cancellation",
    "ChainIndex",
    "ChainlinkFxClient",
    "ColdAccount",
    "ConsentsClient",
    "CreditLedgerClient",
    "Deployment",
    "EligibilityGateClient",
    "EmbeddedChain",
    "EmbeddedNode",
    "Emitted",
    "EscrowGateClient",
    "Evidence",
    "Execution",
    "FlowOfFunds",
    "FxQuote",
    "FxQuotesClient",
    "GateClient",
    "HistoryEligibilityGateClient",
    "HistoryGateClient",
    "IssuerRegistryClient",
    "KnownPseudonym",
    "LedgerDeployment",
    "LedgerGateClient",
    "LenderWatch",
    "LoanEscrow",
    "LoanMarketClient",
    "LoanSeen",
    "LoanState",
    "LoanStatus",
    "LocalNode",
    "Node",
    "OpeningVerifierClient",
    "Outbox",
    "OwnLoans",
    "PaidAmounts",
    "PaymentReceipt",
    "PositionState",
    "ProductBookClient",
    "Progress",
    "Projection",
    "Proposal",
    "PublishedProduct",
    "QuorumNode",
    "RelayClient",
    "Release",
    "RevmNode",
    "Rows",
    "SignedApplication",
    "SignedConsent",
    "SignedHoliday",
    "SignedPayment",
    "SignedQuote",
    "SignedStep",
    "SignedTransaction",
    "Signer",
    "StoodFor",
    "System",
    "TimelockClient",
    "TokenClient",
    "TransactionSender",
    "TreasuryClient",
    "UnsignedTransaction",
    "VerifierClient",
    "Watched",
    "combine_openings",
    "connect",
    "connect_quorum",
    "default_evidence",
    "deploy_fx_quotes",
    "deploy_ledger",
    "deploy_ledger_beside",
    "deploy_ledger_system",
    "deploy_market",
    "deploy_opening_verifier",
    "deploy_system",
    "deploy_test_token",
    "deploy_timelock",
    "deploy_treasury",
    "deploy_verifier",
    "fastest_chain",
    "flow_of_funds",
    "held_of",
    "judge_opening",
    "load_keystore",
    "loans_of",
    "loans_watched",
    "misconduct",
    "open_gate",
    "own_loans",
    "prepare_cold",
    "receipt_of",
    "save_keystore",
    "send_cold",
    "sign_cold",
]
