// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {IConsents} from "../interfaces/IConsents.sol";
import {ICreditBureau} from "../interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {IProductBook} from "../interfaces/IProductBook.sol";
import {LoanMath} from "../libraries/LoanMath.sol";
import {LoanParts} from "../libraries/LoanParts.sol";
import {LoanProgress} from "../libraries/LoanProgress.sol";
import {PartyWord} from "../libraries/PartyWord.sol";
import {ProductTable} from "../libraries/ProductTable.sol";
import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";
import {MarketApplications} from "./MarketApplications.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title Market of small loans that are released by a zero-knowledge proof
/// @dev State is written before tokens move; a payment that a token shortened is written again
///      after it, and nobody can enter in between. Loops run over the rows of a product, and over
///      those who sign a restructuring.
contract LoanMarket is MarketApplications {
    using LoanParts for ILoanEngine.Loan;
    using LoanProgress for ProductTable.Product;
    using PartyWord for uint256;
    using ProductTable for ProductTable.Product;

    /// @notice A step of a loan in memory.
    /// @param loanId Number of the loan.
    /// @param action The step.
    /// @param nullifier The borrower's pseudonym.
    /// @param loan The loan before the step.
    /// @param next The loan after it.
    /// @param outcome What the step did.
    /// @param table Product of the loan before it.
    /// @param clock Time of the step on the token's clock.
    /// @param lost What notices took out of that clock, seconds.
    struct Step {
        LoanId loanId;
        ILoanEngine.Action action;
        Nullifier nullifier;
        ILoanEngine.Loan loan;
        ILoanEngine.Loan next;
        ILoanEngine.Outcome outcome;
        ProductTable.Product table;
        uint256 clock;
        uint256 lost;
    }

    uint256 private constant MAX_SIGNERS = 16;

    /// @notice Deploys a market without tokens and loans. Reverts with NotAContract or WrongKind if
    ///         an address is not that of the contract that it should be.
    /// @param gate_ Gate whose proofs release loans.
    /// @param engine_ Engine that computes the loans.
    /// @param book_ Book of the products, with the same engine.
    /// @param bureau_ Bureau that keeps the pseudonyms; its admin must make the market a member.
    /// @param consents_ Contract that checks what people signed.
    /// @param admin Holder of the admin role; grants the operator role to others.
    /// @param operator Address of the first operator.
    constructor(
        IApplicationGate gate_,
        ILoanEngine engine_,
        IProductBook book_,
        ICreditBureau bureau_,
        IConsents consents_,
        address admin,
        address operator
    ) MarketBase(gate_, engine_, book_, bureau_, consents_, admin, operator) {}

    // --- money of a release -------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function draw(LoanId loanId, address to) external nonReentrant {
        _requireRecipient(to);
        Entry storage kept = _entries[loanId];
        if (to != kept.party.borrowerOf()) _requireBorrower(loanId, msg.sender);
        uint256 amount = kept.party.undrawnOf();
        _requireSomething(amount);
        kept.party = kept.party.changed(Stage.Released, 0);
        emit ProceedsDrawn(loanId, to, amount);
        _push(kept, to, amount);
    }

    /// @inheritdoc ILoanMarket
    function withdrawFees(address token, address to)
        external
        nonReentrant
        returns (uint256 tokens)
    {
        _requireRecipient(to);
        tokens = feesOf[msg.sender][token];
        _requireSomething(tokens);
        feesOf[msg.sender][token] = 0;
        emit FeesWithdrawn(msg.sender, token, to, tokens);
        _pushTokens(token, to, tokens);
    }

    // --- a running loan -----------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function repay(LoanId loanId, address borrower, uint256 amount)
        external
        nonReentrant
        returns (uint256 paid)
    {
        return _pay(ILoanEngine.Action.Repay, loanId, borrower, amount);
    }

    /// @inheritdoc ILoanMarket
    function settle(LoanId loanId, address borrower, uint256 limit)
        external
        nonReentrant
        returns (uint256 paid)
    {
        return _pay(ILoanEngine.Action.Settle, loanId, borrower, limit);
    }

    /// @inheritdoc ILoanMarket
    function prepay(LoanId loanId, address borrower, uint256 amount)
        external
        nonReentrant
        returns (uint256 paid)
    {
        return _pay(ILoanEngine.Action.Prepay, loanId, borrower, amount);
    }

    /// @inheritdoc ILoanMarket
    function takeHoliday(LoanId loanId) external nonReentrant {
        _takeHoliday(loanId, msg.sender);
    }

    /// @inheritdoc ILoanMarket
    function takeHolidayFor(IConsents.Consent calldata consent, LoanId loanId)
        external
        nonReentrant
    {
        consents.takeHoliday(consent, loanId);
        _takeHoliday(loanId, consent.signer);
    }

    /// @inheritdoc ILoanMarket
    function restructure(
        LoanId loanId,
        address product,
        uint256 limit,
        PositionId[] calldata positions,
        IConsents.Consent[] calldata signed
    ) external nonReentrant {
        Step memory step = _begin(ILoanEngine.Action.Restructure, loanId);
        if (book.creatorOf(product) == address(0)) revert ProductNotOpen(product);
        uint256 sum = _takeConsents(loanId, product, limit, positions, signed);
        _requireComplete(loanId, sum == step.loan.principal());
        _run(step, 0, product);
        // what fell due and was not paid would be forgotten with the rows
        bool judged = step.loan.assessed() > step.loan.paid();
        bool arrears = step.table.nextDueAt(step.loan) <= step.clock;
        if (step.outcome.late == 0 && arrears && !judged) step.outcome.late = 1;
        uint256 debt = step.next.balance();
        if (debt > limit) revert DebtAboveLimit(debt, limit);
        emit LoanRestructured(loanId, product, debt);
        step.table = ProductTable.read(product);
        _report(step);
    }

    /// @inheritdoc ILoanMarket
    function markDefault(LoanId loanId) external nonReentrant {
        Step memory step = _begin(ILoanEngine.Action.Default, loanId);
        _run(step, 0, address(0));
        _report(step);
        Entry storage kept = _entries[loanId];
        uint256 undrawn = kept.party.undrawnOf();
        if (undrawn == 0) return;
        // what the borrower never drew pays first
        step.action = ILoanEngine.Action.Repay;
        step.loan = step.next;
        _run(step, undrawn, address(0));
        kept.party = kept.party.changed(Stage.Released, undrawn - step.outcome.taken);
        _report(step);
    }

    /// @inheritdoc ILoanMarket
    function withdraw(PositionId positionId, address to)
        external
        nonReentrant
        returns (uint256 tokens)
    {
        Position storage claim = _owned(positionId);
        _requireRecipient(to);
        tokens = withdrawable(positionId);
        _requireSomething(tokens);
        claim.withdrawn += uint152(tokens);
        emit Withdrawn(positionId, msg.sender, to, tokens);
        ProductTable.Product memory table = _tableOf(_entries[LoanId.wrap(claim.loanId)]);
        _pushTokens(table.account(ProductTable.TOKEN), to, tokens);
    }

    // --- views --------------------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function entry(LoanId loanId) external view returns (Entry memory) {
        return _entries[loanId];
    }

    /// @inheritdoc ILoanMarket
    function loan(LoanId loanId) external view returns (Loan memory found) {
        Entry storage kept = _entries[loanId];
        Stage stage = kept.party.stageOf();
        found.borrower = kept.party.borrowerOf();
        if (stage == Stage.Released) {
            // both name the standings in the same order
            found.status = LoanStatus(uint8(_loanOf(kept).standing()));
        } else if (_isOver(kept)) {
            found.status = LoanStatus.Cancelled;
        } else if (stage == Stage.Requested) {
            found.status = LoanStatus.Requested;
        }
    }

    /// @inheritdoc ILoanMarket
    function position(PositionId positionId) external view returns (Position memory) {
        return _positions[positionId];
    }

    /// @inheritdoc ILoanMarket
    function withdrawable(PositionId positionId) public view returns (uint256 tokens) {
        Position storage claim = _positions[positionId];
        if (claim.lender == address(0)) return 0;
        Entry storage kept = _entries[LoanId.wrap(claim.loanId)];
        uint256 unit = _tableOf(kept).field(ProductTable.TOKEN_UNIT);
        uint256 start = claim.start;
        uint256 amount = claim.amount;
        if (kept.party.stageOf() == Stage.Released) {
            ILoanEngine.Loan memory running = _loanOf(kept);
            bool closed = running.standing() == ILoanEngine.Standing.Repaid
                || running.standing() == ILoanEngine.Standing.Recovered;
            uint256 received = running.received();
            uint256 principal = running.principal();
            // while money comes in, each position is divided as if it were the first
            if (!closed) start = 0;
            tokens = LoanMath.shareRoundedDown(start + amount, received, unit, principal)
                - LoanMath.shareRoundedDown(start, received, unit, principal);
        } else if (_isOver(kept)) {
            tokens = amount * unit;
        } else {
            return 0;
        }
        // claims never fall: received only grows, and the final rule gives no less than the first
        return tokens - claim.withdrawn;
    }

    // --- steps --------------------------------------------------------------------------------

    function _begin(ILoanEngine.Action action, LoanId loanId)
        private
        view
        returns (Step memory step)
    {
        Entry storage kept = _entries[loanId];
        _requireStage(loanId, kept, Stage.Released);
        step.loanId = loanId;
        step.action = action;
        step.nullifier = kept.nullifier;
        step.loan = _loanOf(kept);
        step.table = _tableOf(kept);
        (step.clock, step.lost) = clockOf(step.table.account(ProductTable.TOKEN));
    }

    /// @dev Writes the loan after the step.
    function _run(Step memory step, uint256 amount, address product) private {
        (step.next, step.outcome) =
            engine.run(step.action, step.loan, amount, step.clock, product);
        _write(_entries[step.loanId], step.next);
    }

    function _pay(
        ILoanEngine.Action action,
        LoanId loanId,
        address borrower,
        uint256 amount
    ) private returns (uint256 paid) {
        Step memory step = _begin(action, loanId);
        Entry storage kept = _entries[loanId];
        if (kept.party.borrowerOf() != borrower) _refuseLoan(loanId, kept);
        _run(step, amount, address(0));
        uint256 credited = _pull(step.outcome, amount);
        if (credited < step.outcome.taken) {
            if (action == ILoanEngine.Action.Settle) {
                revert ILoanEngine.SettlementAboveLimit(step.outcome.taken, credited);
            }
            _run(step, credited, address(0));
        }
        _report(step);
        return step.outcome.taken;
    }

    function _takeHoliday(LoanId loanId, address borrower) private {
        Step memory step = _begin(ILoanEngine.Action.Holiday, loanId);
        _requireBorrower(loanId, borrower);
        _run(step, 0, address(0));
        _report(step);
    }

    /// @dev Tells everybody, and the bureau, what a step did.
    function _report(Step memory step) private {
        uint256 late = step.outcome.late;
        uint256 onTime;
        if (step.action != ILoanEngine.Action.Restructure) {
            // rows that a settlement spares have not been paid
            bool all = step.action == ILoanEngine.Action.Repay;
            uint256 begun = all ? type(uint256).max : step.clock;
            onTime = step.table.onTimeFrom(step.next, step.loan.paid(), begun);
        }
        emit LoanStepped(
            step.loanId,
            step.action,
            msg.sender,
            step.outcome.taken,
            onTime,
            late,
            step.outcome.charged
        );
        ILoanEngine.Standing standing = step.next.standing();
        if (standing == ILoanEngine.Standing.Active || onTime != 0 || late != 0) {
            uint256 graceEndsAt = _graceEndsAt(step.table, step.next, step.lost);
            bureau.progress(step.nullifier, onTime, late, graceEndsAt);
        }
        if (standing == step.loan.standing()) return;
        uint256 debt = step.next.recoveryOwed();
        emit StandingChanged(step.loanId, step.nullifier, standing, debt);
        // endings are named in the order of the standings, from Repaid on
        uint8 ending = uint8(standing) - uint8(ILoanEngine.Standing.Repaid);
        bureau.close(step.nullifier, ICreditBureau.Ending(ending));
    }

    /// @dev Uses the consents of the borrower and of lenders, and returns the sum of the lenders'
    ///      positions.
    function _takeConsents(
        LoanId loanId,
        address product,
        uint256 limit,
        PositionId[] calldata positions,
        IConsents.Consent[] calldata signed
    ) private returns (uint256 sum) {
        uint256 count = positions.length;
        _requireComplete(loanId, count <= MAX_SIGNERS && signed.length == count + 1);
        uint256 last;
        for (uint256 i = 0; i <= count; ++i) {
            address signer = signed[i].signer;
            if (i == 0) {
                _requireBorrower(loanId, signer);
            } else {
                sum += _signedAmount(loanId, positions[i - 1], last, signer);
                last = PositionId.unwrap(positions[i - 1]);
            }
            consents.takeRestructuring(signed[i], loanId, product, limit);
        }
    }

    /// @dev Length of the signer's position, which comes after the position `last`.
    function _signedAmount(LoanId loanId, PositionId positionId, uint256 last, address signer)
        private
        view
        returns (uint256)
    {
        Position storage claim = _positions[positionId];
        bool inOrder = PositionId.unwrap(positionId) > last;
        _requireComplete(loanId, inOrder && claim.loanId == LoanId.unwrap(loanId));
        _requireOwner(claim, positionId, signer);
        return claim.amount;
    }

    /// @dev Takes what a step asks for from the caller, and returns how much of it arrived, minor
    ///      currency units. Up to `most`, more is taken to make up for what a token kept.
    function _pull(ILoanEngine.Outcome memory outcome, uint256 most) private returns (uint256) {
        uint256 taken = outcome.taken;
        uint256 expected = outcome.tokens;
        if (expected == 0) return taken;
        address token = outcome.token;
        uint256 arrived = _pullTokens(token, expected);
        if (arrived >= expected) return taken;
        uint256 unit = expected / taken;
        uint256 room = (most - taken) * unit;
        if (room != 0 && arrived != 0 && expected <= type(uint128).max) {
            uint256 more = (expected - arrived) * expected / arrived + 1;
            arrived += _pullTokens(token, _smaller(more, room));
        }
        return _smaller(arrived / unit, taken);
    }
}
