"""The gates that ask about a borrower's record at a bureau."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import zkcredit.units as units
from zkcredit._internal.bit_fields import pack_fields, unpack_fields
from zkcredit.chain.contracts.gates import EligibilityGateClient, GateClient
from zkcredit.errors import ChainError, InvalidInput
from zkcredit.request.asked_history import HISTORY, HISTORY_ELIGIBILITY, AskedHistory
from zkcredit.request.loan_request import bureau_scope
from zkcredit.schema import HISTORY_TERMS
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain.contracts.gates import Sends
    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.escrow.group import ArbiterGroup
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.loan.table_product import TableProduct
    from zkcredit.presentation import Presentation
    from zkcredit.request.base import Parts
    from zkcredit.request.loan_request import LoanRequest

__all__ = ["HistoryEligibilityGateClient", "HistoryGateClient"]


class _RecordGate(GateClient):
    """The common part: what is asked about the record, and the root that comes with a proof."""

    def history(self, product: TableProduct, now: int) -> AskedHistory:
        """See ``GateClient.history``."""
        if not product.history_source:
            raise InvalidInput(
                "this gate asks about a record, but the product does not name a history tree"
            )
        tree = self._tree(product.history_source)
        today = (now + self.max_clock_age()) // DAY
        asked = unpack_fields("history_terms", product.history_terms, HISTORY_TERMS)
        terms = pack_fields(asked | {"today": today}, HISTORY_TERMS)
        scope = bureau_scope(chain_id=self.node.chain_id, bureau=tree.bureau.address)
        computed = (
            self._read("historyTermsWord", product.history_terms, now),
            self._read("historyScopeOf", tree.address),
        )
        if computed != (terms, scope):
            raise ChainError("the contract demands another record than its terms imply")
        root = tree.root()
        if not tree.is_fresh(root):
            since = units.format_time(self.node.now() - tree.lag())
            raise InvalidInput(
                f"a loan waits for the history tree since {since}, longer than the {tree.max_lag} "
                "seconds that are allowed, so no record can be proved: run 'zkcredit history "
                "advance', or wait until somebody does"
            )
        return AskedHistory(terms, root, scope)

    def _tree(self, address: str) -> HistoryTreeClient:
        # records load numpy, which a program that only looks at a gate does not need
        from zkcredit.chain.history.bureau import HistoryTreeClient

        return HistoryTreeClient(self.node, address)

    def _extra(self, request: LoanRequest) -> bytes:
        if request.history is None:
            raise InvalidInput("the request asks about no record")
        return request.history.root.to_bytes(32, "big") + super()._extra(request)

    def _missing(self, request: LoanRequest, presentation: Presentation) -> Sends | None:
        source = getattr(request.product, "history_source", "")
        if request.history is None or not source:
            raise InvalidInput("the request asks about no record")
        tree = self._tree(source)
        if not tree.is_fresh(request.history.root):
            raise InvalidInput(
                "the history tree no longer accepts the root of this request: it was replaced more "
                f"than {tree.max_root_age} seconds ago, or a loan waits for too long; make a new "
                "request, and prove it with the newest tree"
            )
        return super()._missing(request, presentation)


class HistoryGateClient(_RecordGate):
    """A gate for proofs about a record at a bureau, without a credential."""

    contract = "HistoryGate"
    statements = (HISTORY,)
    # the tree's root costs no more than a registry's, of which this gate has none
    extra_gas: ClassVar[int] = 10_000

    def parts(
        self,
        product: TableProduct,
        root: int | None,
        account: Point | None,
        group: ArbiterGroup | None,
    ) -> Parts:
        """See ``GateClient.parts``."""
        if root is not None or account is not None or group is not None:
            raise InvalidInput("this gate asks about a record, and about nothing else")
        self._require_no_issuers(product)
        if product.policy.conditions() or product.max_credential_age:
            raise InvalidInput(
                "the product has conditions on a credential, which this gate does not judge"
            )
        return {}


class HistoryEligibilityGateClient(_RecordGate, EligibilityGateClient):
    """A gate for proofs about a credential and about a record at a bureau, of one person."""

    contract = "HistoryEligibilityGate"
    statements = (HISTORY_ELIGIBILITY,)
    extra_gas: ClassVar[int] = 30_000
