// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {IConsents} from "../interfaces/IConsents.sol";
import {ICreditBureau} from "../interfaces/ICreditBureau.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {IProductBook} from "../interfaces/IProductBook.sol";
import {ApplicationWords} from "../libraries/ApplicationWords.sol";
import {LoanApplication} from "../libraries/LoanApplication.sol";
import {LoanMath} from "../libraries/LoanMath.sol";
import {LoanParts} from "../libraries/LoanParts.sol";
import {LoanProgress} from "../libraries/LoanProgress.sol";
import {PartyWord} from "../libraries/PartyWord.sol";
import {ProductTable} from "../libraries/ProductTable.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";

/// @title Market of small loans that are released by a zero-knowledge proof
/// @dev State is written before tokens move; a payment that a token shortened is written again
///      after it, and nobody can enter in between. Loops run over the rows of a product, and over
///      those who sign a restructuring. The admin (DEFAULT_ADMIN_ROLE) changes in two steps, more
///      than a day apart.
contract LoanMarket is ILoanMarket, AccessControlDefaultAdminRules, ReentrancyGuard {
    using ApplicationWords for ApplicationWords.State;
    using LoanParts for ILoanEngine.Loan;
    using LoanProgress for ProductTable.Product;
    using PartyWord for uint256;
    using ProductTable for ProductTable.Product;
    using SafeERC20 for IERC20;

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

    uint48 private constant ADMIN_DELAY = 1 days;
    uint256 private constant STAY = 1 days;
    uint256 private constant MAX_NOTICE = 30 days;
    uint256 private constant MAX_SIGNERS = 16;
    uint256 private constant BPS = 10_000;

    /// @inheritdoc ILoanMarket
    bytes32 public constant OPERATOR_ROLE = keccak256("zkcredit.operator");

    /// @inheritdoc ILoanMarket
    IApplicationGate public immutable gate;
    /// @inheritdoc ILoanMarket
    ILoanEngine public immutable engine;
    /// @inheritdoc ILoanMarket
    IProductBook public immutable book;
    /// @inheritdoc ILoanMarket
    ICreditBureau public immutable bureau;
    /// @inheritdoc ILoanMarket
    IConsents public immutable consents;
    /// @inheritdoc ILoanMarket
    IIssuerRegistry public immutable registry;
    /// @inheritdoc ILoanMarket
    bool public newLoansPaused;
    /// @inheritdoc ILoanMarket
    uint256 public loanCount;
    /// @inheritdoc ILoanMarket
    uint256 public positionCount;
    /// @inheritdoc ILoanMarket
    mapping(address token => bool) public tokenAllowed;
    /// @inheritdoc ILoanMarket
    mapping(address recipient => mapping(address token => uint256)) public feesOf;

    mapping(LoanId loanId => Entry) private _entries;
    mapping(PositionId positionId => Position) private _positions;
    // end of the last notice << 128 | seconds that all notices took out
    mapping(address token => uint256) private _clocks;

    /// @notice Lets a call pass unless the operator has paused new business.
    modifier whenOpenForBusiness() {
        _requireOpenForBusiness();
        _;
    }

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
    ) AccessControlDefaultAdminRules(ADMIN_DELAY, admin) {
        Requirements.requireKind(
            address(gate_), abi.encodeCall(IApplicationGate.maxClockAge, ())
        );
        ILoanEngine.Loan memory none;
        Requirements.requireAnswer(
            address(engine_), abi.encodeCall(ILoanEngine.quote, (none, 0)), 6
        );
        // a market has an engine as well, but no notice
        Requirements.requireKind(address(book_), abi.encodeCall(IProductBook.notice, ()));
        address found =
            Requirements.requireAddress(address(book_), abi.encodeCall(IProductBook.engine, ()));
        if (found != address(engine_)) revert EngineDiffers(found);
        Requirements.requireKind(
            address(bureau_), abi.encodeCall(ICreditBureau.rehabilitation, ())
        );
        Requirements.requireKind(
            address(consents_), abi.encodeCall(IConsents.seriesOf, (address(this)))
        );
        if (operator == address(0)) revert HolderInvalid(OPERATOR_ROLE);
        gate = gate_;
        engine = engine_;
        book = book_;
        bureau = bureau_;
        consents = consents_;
        registry = IIssuerRegistry(
            Requirements.requireAddress(
                address(gate_), abi.encodeCall(IApplicationGate.registry, ())
            )
        );
        _grantRole(OPERATOR_ROLE, operator);
    }

    // --- roles and settings -------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function setTokenAllowed(address token, bool allowed) external onlyRole(OPERATOR_ROLE) {
        // the book has asked the token of each product whether it has balances
        tokenAllowed[token] = allowed;
        emit TokenAllowed(token, allowed);
    }

    /// @inheritdoc ILoanMarket
    function setNewLoansPaused(bool paused) external onlyRole(OPERATOR_ROLE) {
        newLoansPaused = paused;
        emit NewLoansPausedChanged(paused);
    }

    /// @inheritdoc ILoanMarket
    function giveNotice(address token, uint256 until) external onlyRole(OPERATOR_ROLE) {
        (uint256 clock, uint256 lost) = clockOf(token);
        uint256 from = clock + lost;
        if (until <= from || until > block.timestamp + MAX_NOTICE) revert NoticeEndInvalid(until);
        _clocks[token] = until << 128 | (lost + until - from);
        emit NoticeGiven(token, from, until);
    }

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
    function clockOf(address token) public view returns (uint256 clock, uint256 lost) {
        uint256 word = _clocks[token];
        lost = uint128(word);
        clock = word >> 128;
        if (clock < block.timestamp) clock = block.timestamp;
        clock -= lost;
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

    // --- applications -------------------------------------------------------------------------

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

    /// @dev The application, or a revert if it cannot be funded.
    function _requested(LoanId loanId, Entry storage kept)
        private
        view
        returns (ApplicationWords.State memory asked)
    {
        _requireStage(loanId, kept, Stage.Requested);
        asked = ApplicationWords.unpack(kept.terms, kept.debt);
        if (block.timestamp > asked.deadline) revert FundingClosed(loanId, asked.deadline);
    }

    function _isExpired(Entry storage kept) private view returns (bool) {
        return kept.party.stageOf() == Stage.Requested
            && block.timestamp > ApplicationWords.deadlineOf(kept.terms);
    }

    /// @dev Whether an application ended before it was full.
    function _isOver(Entry storage kept) private view returns (bool) {
        return kept.party.stageOf() == Stage.Cancelled || _isExpired(kept);
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

    function _write(Entry storage kept, ILoanEngine.Loan memory running) private {
        kept.terms = running.terms;
        kept.debt = running.debt;
        kept.account = running.account;
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

    /// @dev In Unix seconds: what notices took out of the clock comes on top.
    function _graceEndsAt(
        ProductTable.Product memory table,
        ILoanEngine.Loan memory running,
        uint256 lost
    ) private pure returns (uint256) {
        return table.nextDueAt(running) + table.field(ProductTable.GRACE) + lost;
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

    // --- tokens -------------------------------------------------------------------------------

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

    /// @dev Takes tokens from the caller, and returns by how many the balance rose.
    function _pullTokens(address token, uint256 tokens) private returns (uint256) {
        uint256 before = _balanceOf(token);
        IERC20(token).safeTransferFrom(msg.sender, address(this), tokens);
        return _balanceOf(token) - before;
    }

    function _balanceOf(address token) private view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    /// @dev Sends an amount of a loan's token, and returns it in base units.
    function _push(Entry storage kept, address to, uint256 amount)
        private
        returns (uint256 tokens)
    {
        ProductTable.Product memory table = _tableOf(kept);
        tokens = amount * table.field(ProductTable.TOKEN_UNIT);
        _pushTokens(table.account(ProductTable.TOKEN), to, tokens);
    }

    /// @dev A token that charged the market more would be paid by other lenders.
    function _pushTokens(address token, address to, uint256 tokens) private {
        uint256 before = _balanceOf(token);
        IERC20(token).safeTransfer(to, tokens);
        _requireMoved(token, tokens, before - _balanceOf(token));
    }

    function _requireMoved(address token, uint256 expected, uint256 actual) private pure {
        if (actual != expected) revert TransferAmountMismatch(token, expected, actual);
    }

    // --- small parts --------------------------------------------------------------------------

    function _owned(PositionId positionId) private view returns (Position storage claim) {
        claim = _positions[positionId];
        _requireOwner(claim, positionId, msg.sender);
    }

    function _requireOwner(Position storage claim, PositionId positionId, address account)
        private
        view
    {
        if (claim.lender != account) revert NotPositionOwner(positionId, account);
    }

    function _loanOf(Entry storage kept) private view returns (ILoanEngine.Loan memory) {
        return ILoanEngine.Loan(kept.terms, kept.debt, kept.account);
    }

    function _tableOf(Entry storage kept) private view returns (ProductTable.Product memory) {
        return ProductTable.read(ApplicationWords.productOf(kept.terms));
    }

    function _requireStage(LoanId loanId, Entry storage kept, Stage needed) private view {
        Stage stage = kept.party.stageOf();
        if (stage != needed) revert StageInvalid(loanId, stage);
    }

    function _refuseLoan(LoanId loanId, Entry storage kept) private view {
        revert LoanDiffers(
            loanId, kept.party.borrowerOf(), ApplicationWords.productOf(kept.terms)
        );
    }

    function _requireAllowed(address token) private view {
        if (!tokenAllowed[token]) revert TokenNotAllowed(token);
    }

    function _requireOpenForBusiness() private view {
        if (newLoansPaused) revert NewLoansPaused();
    }

    function _requireBorrower(LoanId loanId, address account) private view {
        if (_entries[loanId].party.borrowerOf() != account) _refuseBorrower(loanId, account);
    }

    function _refuseBorrower(LoanId loanId, address account) private pure {
        revert NotBorrower(loanId, account);
    }

    function _requireComplete(LoanId loanId, bool complete) private pure {
        if (!complete) revert ConsentsIncomplete(loanId);
    }

    function _requireSomething(uint256 amount) private pure {
        if (amount == 0) revert NothingToWithdraw();
    }

    function _requireRecipient(address to) private view {
        if (to == address(0) || to == address(this)) revert RecipientInvalid(to);
    }

    function _smaller(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
