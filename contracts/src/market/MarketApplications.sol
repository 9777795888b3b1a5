// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {IConsents} from "../interfaces/IConsents.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {ApplicationWords} from "../libraries/ApplicationWords.sol";
import {LoanApplication} from "../libraries/LoanApplication.sol";
import {PartyWord} from "../libraries/PartyWord.sol";
import {ProductTable} from "../libraries/ProductTable.sol";
import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title The part of a market before a release: applications, and who funds them
/// @dev State is written before tokens move.
abstract contract MarketApplications is MarketBase {
    using ApplicationWords for ApplicationWords.State;
    using PartyWord for uint256;
    using ProductTable for ProductTable.Product;

    uint256 private constant STAY = 1 days;
    uint256 private constant BPS = 10_000;

    // --- an application -----------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function applyForLoan(
        address product,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external nonReentrant whenOpenForBusiness returns (LoanId loanId) {
        return _apply(msg.sender, product, principal, purpose, evidence);
    }

    /// @inheritdoc ILoanMarket
    function applyFor(
        IConsents.Consent calldata consent,
        address product,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external nonReentrant whenOpenForBusiness returns (LoanId loanId) {
        consents.takeApplication(consent, product, principal, purpose);
        return _apply(consent.signer, product, principal, purpose, evidence);
    }

    /// @inheritdoc ILoanMarket
    function renew(LoanId loanId, IApplicationGate.Evidence calldata evidence)
        external
        nonReentrant
        whenOpenForBusiness
    {
        Entry storage kept = _entries[loanId];
        ApplicationWords.State memory asked = _requested(loanId, kept);
        bool same = Nullifier.unwrap(evidence.nullifier) == Nullifier.unwrap(kept.nullifier);
        if (!same || evidence.policyNow <= asked.provedAt) revert EvidenceUnsuitable(loanId);
        (IApplicationGate.Application memory application,) = LoanApplication.build(
            engine,
            kept.party.borrowerOf(),
            asked.product,
            asked.principal,
            kept.party.purposeOf()
        );
        gate.check(address(this), application, evidence);
        _accept(loanId, kept, asked, evidence);
    }

    /// @inheritdoc ILoanMarket
    function cancel(LoanId loanId) external nonReentrant {
        Entry storage kept = _entries[loanId];
        _requireStage(loanId, kept, Stage.Requested);
        bool open = !_isExpired(kept);
        bool may = !open || msg.sender == kept.party.borrowerOf() || _isWithdrawn(kept.account);
        if (!may) _refuseBorrower(loanId, msg.sender);
        kept.party = kept.party.changed(Stage.Cancelled, 0);
        emit LoanCancelled(loanId);
        // a reservation that has lapsed may be that of the borrower's next application
        if (open) bureau.cancel(kept.nullifier);
    }

    /// @inheritdoc ILoanMarket
    function fund(
        LoanId loanId,
        address borrower,
        address product,
        uint256 amount,
        address lender
    )
        external
        nonReentrant
        whenOpenForBusiness
        returns (PositionId positionId, uint256 accepted)
    {
        if (amount == 0) revert AmountZero();
        _requireRecipient(lender);
        Entry storage kept = _entries[loanId];
        ApplicationWords.State memory asked = _requested(loanId, kept);
        if (kept.party.borrowerOf() != borrower || asked.product != product) {
            _refuseLoan(loanId, kept);
        }
        ProductTable.Product memory table = ProductTable.read(product);
        _requireStillGood(loanId, asked.provedAt, kept.account, table);

        uint256 start;
        (start, accepted) = _takeInterval(asked, amount);
        positionId = PositionId.wrap(++positionCount);
        _positions[positionId] = Position({
            lender: lender,
            start: uint48(start),
            amount: uint48(accepted),
            loanId: loanId.toUint64(),
            fundedAt: uint40(block.timestamp),
            withdrawn: 0
        });
        emit LoanFunded(loanId, positionId, lender, start, accepted);
        if (asked.funded == asked.principal) _release(loanId, kept, asked, table);
        else kept.debt = asked.debtOf();
        uint256 tokens = accepted * table.field(ProductTable.TOKEN_UNIT);
        address token = table.account(ProductTable.TOKEN);
        _requireMoved(token, tokens, _pullTokens(token, tokens));
    }

    /// @inheritdoc ILoanMarket
    function takeBack(PositionId positionId, address to)
        external
        nonReentrant
        returns (uint256 tokens)
    {
        Position storage claim = _owned(positionId);
        _requireRecipient(to);
        LoanId loanId = LoanId.wrap(claim.loanId);
        Entry storage kept = _entries[loanId];
        ApplicationWords.State memory asked = _requested(loanId, kept);
        uint256 possibleAt = claim.fundedAt + STAY;
        if (block.timestamp < possibleAt) revert LeavingTooEarly(positionId, possibleAt);
        uint256 amount = claim.amount;
        asked.funded -= amount;
        claim.withdrawn = uint152(asked.gap);
        asked.gap = PositionId.unwrap(positionId);
        claim.lender = address(0);
        kept.debt = asked.debtOf();
        emit FundingLeft(loanId, positionId, msg.sender, amount);
        tokens = _push(kept, to, amount);
    }

    // --- parts of it --------------------------------------------------------------------------

    function _apply(
        address borrower,
        address product,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) private returns (LoanId loanId) {
        if (!book.isOpen(product)) revert ProductNotOpen(product);
        (IApplicationGate.Application memory application, ILoanEngine.Offer memory offer) =
            LoanApplication.build(engine, borrower, product, principal, purpose);
        _requireAllowed(offer.token);
        // before the loan is written: the gate is fixed, and calls others by STATICCALL alone
        Nullifier nullifier = gate.consume(application, evidence);

        loanId = LoanId.wrap(++loanCount);
        ApplicationWords.State memory asked;
        asked.product = product;
        asked.deadline = block.timestamp + offer.fundingWindow;
        asked.principal = principal;
        Entry storage kept = _entries[loanId];
        kept.debt = asked.debtOf();
        kept.nullifier = nullifier;
        kept.party = PartyWord.requested(borrower, purpose);
        emit LoanRequested(
            loanId,
            product,
            borrower,
            nullifier,
            principal,
            purpose,
            offer.burden,
            asked.deadline
        );
        _accept(loanId, kept, asked, evidence);
        bureau.reserve(nullifier, asked.deadline);
    }

    /// @dev Keeps the application's first word and the root, as the evidence has them.
    function _accept(
        LoanId loanId,
        Entry storage kept,
        ApplicationWords.State memory asked,
        IApplicationGate.Evidence calldata evidence
    ) private {
        asked.provedAt = evidence.policyNow;
        kept.terms = asked.termsOf();
        kept.account = evidence.registryRoot;
        emit EvidenceAccepted(loanId, evidence.registryRoot, evidence.policyNow);
    }

    function _isWithdrawn(uint256 root) private view returns (bool) {
        return address(registry) != address(0) && registry.rootRecord(root).withdrawn;
    }

    /// @dev What was checked when the borrower applied, as of now.
    function _requireStillGood(
        LoanId loanId,
        uint256 provedAt,
        uint256 root,
        ProductTable.Product memory table
    ) private view {
        uint256 lastAt = provedAt + table.field(ProductTable.PROOF_AGE);
        if (block.timestamp > lastAt) revert ProofTooOld(loanId, lastAt);
        if (_isWithdrawn(root)) revert RootWithdrawn(loanId, root);
        _requireAllowed(table.account(ProductTable.TOKEN));
    }

    /// @dev Takes up to `amount` of the last gap, or else of what was never funded.
    function _takeInterval(ApplicationWords.State memory asked, uint256 amount)
        private
        returns (uint256 start, uint256 accepted)
    {
        if (asked.gap == 0) {
            start = asked.reached;
            accepted = _smaller(amount, asked.principal - start);
            asked.reached += accepted;
        } else {
            Position storage gap = _positions[PositionId.wrap(asked.gap)];
            start = gap.start;
            accepted = _smaller(amount, gap.amount);
            gap.start += uint48(accepted);
            gap.amount -= uint48(accepted);
            if (gap.amount == 0) asked.gap = gap.withdrawn;
        }
        asked.funded += accepted;
    }

    function _release(
        LoanId loanId,
        Entry storage kept,
        ApplicationWords.State memory asked,
        ProductTable.Product memory table
    ) private {
        address token = table.account(ProductTable.TOKEN);
        uint256 principal = asked.principal;
        uint256 fee = principal * table.field(ProductTable.ORIGINATION_BPS) / BPS;
        if (fee != 0) {
            address recipient = table.account(ProductTable.FEE_RECIPIENT);
            feesOf[recipient][token] += fee * table.field(ProductTable.TOKEN_UNIT);
        }
        (uint256 clock, uint256 lost) = clockOf(token);
        ILoanEngine.Loan memory running = asked.released(clock);
        _write(kept, running);
        kept.party = kept.party.changed(Stage.Released, principal - fee);
        emit LoanReleased(loanId, kept.party.borrowerOf(), principal, fee, clock);
        bureau.start(kept.nullifier, principal, _graceEndsAt(table, running, lost));
    }

    /// @dev The application, or a revert if it cannot be funded.
    function _requested(LoanId loanId, Entry storage kept)
        internal
        view
        returns (ApplicationWords.State memory asked)
    {
        _requireStage(loanId, kept, Stage.Requested);
        asked = ApplicationWords.unpack(kept.terms, kept.debt);
        if (block.timestamp > asked.deadline) revert FundingClosed(loanId, asked.deadline);
    }

    /// @dev Whether an application ended before it was full.
    function _isOver(Entry storage kept) internal view returns (bool) {
        return kept.party.stageOf() == Stage.Cancelled || _isExpired(kept);
    }

    function _isExpired(Entry storage kept) private view returns (bool) {
        return kept.party.stageOf() == Stage.Requested
            && block.timestamp > ApplicationWords.deadlineOf(kept.terms);
    }
}
