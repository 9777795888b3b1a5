"""Gas of applications at the gates of records, with real proofs, beside that at a plain gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import DAY
from support.history.lender import NO_POLICY, Lender, key_of

from zkcredit.chain.history.record_gates import (
    HistoryEligibilityGateClient,
    HistoryGateClient,
)
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending import gas
from zkcredit.history import HistoryTerms
from zkcredit.schema import PUBLIC_INPUTS

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

MOST = {"history": 490_000, "history_eligibility": 530_000}
"""The most gas of a first application for three rows that each may use."""
CLIENTS = {"history": HistoryGateClient, "history_eligibility": HistoryEligibilityGateClient}
pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning")


class Meter(Lender):
    """Applies, and says what it cost. The pseudonym has applied before, so all start alike."""

    def spent(self, market: LoanMarketClient, name: str, product: str, late: bool) -> int:
        """Gas of an application; ``late`` means by a root that was replaced in between."""
        request = market.request(product, 100_000, self.borrower.address)
        shown = self.answer(request)
        if late:
            self.town.advance([self.pseudonym(self.wallet)] * 3)
        loan = market.apply(request, shown, by=self.borrower, idempotency_key=name)
        used = self.borrower.wait(name).gas_used
        market.cancel(loan.loan_id, by=self.borrower)
        return used

    def answer(self, request: LoanRequest) -> Presentation:
        """The wallet's answer to a request of any of the three markets."""
        tree = None if request.history is None else self.read_tree()
        if request.statement == "history":
            return self.wallet.prove(request, tree, proving_key=key_of("history"))
        return self.wallet.prove(
            request, self.credential, registry=self.snapshot, history=tree,
            proving_key=key_of(request.statement),
        )  # fmt: skip


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], int]:
    """Statement and occasion → gas."""
    found = {}
    with RevmNode() as node:
        world = Meter(node, tmp_path_factory.mktemp("gas"))
        who = world.pseudonym(world.wallet)
        world.town.start(who)
        world.town.report("progress", who, 3, 0, node.now() + 60 * DAY)
        world.town.report("close", who, 0)
        world.town.advance([who] * 3)
        world.town.start(1_001)  # which waits, so that the tree looks at its queue
        terms = HistoryTerms(min_repaid=1)
        products = {
            "eligibility": (world.market, world.offer().address),
            "history": (world.history, world.asked(world.history, terms, policy=NO_POLICY)),
            "history_eligibility": (world.both, world.asked(world.both, terms)),
        }
        for occasion in ("first", "again"):
            for statement, (market, product) in products.items():
                name = f"{statement} {occasion}"
                found[statement, occasion] = world.spent(market, name, product, late=False)
        world.town.report("reserve", who, node.now() + DAY)  # the record changes with the loan
        world.town.report("start", who, 1, node.now() + 40 * DAY)
        world.town.advance([1_001, who, who])
        world.town.report("progress", who, 1, 0, node.now() + 60 * DAY)
        market, product = products["history_eligibility"]
        found["history_eligibility", "replaced"] = world.spent(market, "late", product, late=True)
        world.close()
    return found


def test_an_application_with_a_record_stays_below_its_bound(
    used: dict[tuple[str, str], int],
) -> None:
    for statement, most in MOST.items():
        first = max(spent for (name, _), spent in used.items() if name == statement)
        assert most * 0.9 < first <= most, (statement, first)


@pytest.mark.parametrize("statement", MOST)
def test_what_a_client_adds_for_a_record_is_what_it_costs(
    used: dict[tuple[str, str], int], statement: str
) -> None:
    """Beside the plain gate, and without what more public inputs cost."""
    inputs = len(PUBLIC_INPUTS[statement]) - len(PUBLIC_INPUTS["eligibility"])
    proof = gas.proof_gas(inputs, 0) - gas.proof_gas(0, 0)
    again = used["eligibility", "again"]
    dearest = max(
        spent for (name, occasion), spent in used.items()
        if name == statement and occasion != "first"
    )  # fmt: skip
    extra = dearest - again - int(proof / 1.1)
    told = CLIENTS[statement].extra_gas
    assert extra <= told <= max(extra, 0) + 15_000, (extra, told)
