"""A page over a made chain, and one real presentation for its proof checker."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from support.chain.loan_chains import MARKET_AT, opened
from support.page.pages import FarNode
from support.portfolio.simulated import borrowers, simulate
from support.protocol.nouns import NOW, credential, record, seed, signing_key

from zkcredit.circuits import get_circuit
from zkcredit.groth16.prover import prove
from zkcredit.groth16.setup import load_or_create_dev_key
from zkcredit.page import Follower, Judge, Views, make_app
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest
from zkcredit.schema import PUBLIC_INPUTS
from zkcredit.wallet.proving import credential_witness


@pytest.fixture(scope="module")
def chain():
    return simulate(borrowers(60, False), days=300)


@pytest.fixture
def index(chain):
    with opened(chain) as index:
        yield index


@pytest.fixture
def told():
    """What the page told whoever runs it."""
    return []


@pytest.fixture
def node(chain):
    return FarNode(chain)


@pytest.fixture
def follower(index, node, told):
    follower = Follower(index, node, MARKET_AT, report=told.append)
    follower.step()
    return follower


@pytest.fixture
def views(index, follower):
    return Views(index, follower, MARKET_AT)


@pytest.fixture
def client(views, follower):
    with TestClient(make_app(views, follower, Judge()), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def request_():
    """What a verifier asks; its name is not a nice one."""
    policy = (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(NOW)
    registry = RegistrySnapshot.of(RevocationList.sign(signing_key(), [7], NOW))
    return ProofRequest(
        "<script>alert(1)</script>", "a seed loan", NOW + 600, 7, policy=policy, scope=5678,
        registry_root=registry.root,
    )  # fmt: skip


@pytest.fixture(scope="session")
def presentation(request_):
    registry = RegistrySnapshot.of(RevocationList.sign(signing_key(), [7], NOW))
    signed = credential(holder=1, record=record())
    circuit, values = credential_witness(request_, seed(1).holder_secret, signed, registry, None)
    inputs = tuple(values[name] for name in PUBLIC_INPUTS[request_.statement])
    key = load_or_create_dev_key(get_circuit("eligibility"))
    return Presentation(request_.statement, inputs, prove(key, circuit.witness(values)))
