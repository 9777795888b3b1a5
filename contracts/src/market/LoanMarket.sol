// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {LoanMath} from "../libraries/LoanMath.sol";
import {LoanSchedule} from "../libraries/LoanSchedule.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";
import {ProductId} from "../types/ProductId.sol";

/// @title Market of small loans that are released by a zero-knowledge proof
/// @dev Every function works on a memory copy of the loan, writes it back, and only then moves
///      tokens. Loops run over a loan's instalments (at most 120), never over lenders. The admin
///      (DEFAULT_ADMIN_ROLE) changes in two steps, more than a day apart.
contract LoanMarket is ILoanMarket, AccessControlDefaultAdminRules, ReentrancyGuard {
    using ExactTransfer for IERC20;
    using LoanSchedule for Loan;
    using LoanSchedule for ProductTerms;
    using SafeCast for uint256;

    /// @notice A product as stored.
    /// @param terms What it promises and demands.
    /// @param creator Address that published it; zero if no product has the number.
    /// @param open Whether it takes applications.
    struct Product {
        ProductTerms terms;
        address creator;
        bool open;
    }

    uint48 private constant ADMIN_DELAY = 1 days;
    uint256 private constant MAX_INSTALMENTS = 120;
    uint256 private constant MAX_FUNDING_WINDOW = 90 days;

    /// @inheritdoc ILoanMarket
    bytes32 public constant OPERATOR_ROLE = keccak256("zkcredit.operator");

    /// @inheritdoc ILoanMarket
    IApplicationGate public immutable gate;
    /// @inheritdoc ILoanMarket
    bool public newLoansPaused;
    /// @inheritdoc ILoanMarket
    uint256 public productCount;
    /// @inheritdoc ILoanMarket
    uint256 public loanCount;
    /// @inheritdoc ILoanMarket
    uint256 public positionCount;
    /// @inheritdoc ILoanMarket
    mapping(address token => bool) public tokenAllowed;

    mapping(ProductId productId => Product) private _products;
    mapping(LoanId loanId => Loan) private _loans;
    mapping(PositionId positionId => Position) private _positions;
    mapping(Nullifier nullifier => Pseudonym) private _pseudonyms;

    /// @notice Lets a call pass unless the operator has paused new business.
    modifier whenOpenForBusiness() {
        if (newLoansPaused) revert NewLoansPaused();
        _;
    }

    /// @notice Deploys a market without tokens and products.
    /// @param gate_ Gate whose proofs release loans.
    /// @param admin Holder of the admin role; grants the operator role to others.
    /// @param operator Address of the first operator.
    constructor(IApplicationGate gate_, address admin, address operator)
        AccessControlDefaultAdminRules(ADMIN_DELAY, admin)
    {
        Requirements.requireKind(
            address(gate_), abi.encodeCall(IApplicationGate.maxClockAge, ())
        );
        if (operator == address(0)) revert HolderInvalid(OPERATOR_ROLE);
        gate = gate_;
        _grantRole(OPERATOR_ROLE, operator);
    }

    /// @inheritdoc ILoanMarket
    function bureau() external view returns (address) {
        return address(this);
    }

    // --- roles and settings -------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function setTokenAllowed(address token, bool allowed) external onlyRole(OPERATOR_ROLE) {
        if (allowed) {
            Requirements.requireKind(token, abi.encodeCall(IERC20.balanceOf, (address(this))));
        }
        tokenAllowed[token] = allowed;
        emit TokenAllowed(token, allowed);
    }

    /// @inheritdoc ILoanMarket
    function pauseNewLoans() external onlyRole(OPERATOR_ROLE) {
        newLoansPaused = true;
        emit NewLoansPausedChanged(true);
    }

    /// @inheritdoc ILoanMarket
    function resumeNewLoans() external onlyRole(OPERATOR_ROLE) {
        newLoansPaused = false;
        emit NewLoansPausedChanged(false);
    }

    // --- products -----------------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function createProduct(ProductTerms calldata terms)
        external
        whenOpenForBusiness
        returns (ProductId productId)
    {
        _checkTerms(terms);
        productId = ProductId.wrap(++productCount);
        _products[productId] = Product({terms: terms, creator: msg.sender, open: true});
        emit ProductCreated(productId, msg.sender, termsHash(productId), terms);
    }

    /// @inheritdoc ILoanMarket
    function setProductOpen(ProductId productId, bool open) external {
        Product storage record = _product(productId);
        if (record.creator != msg.sender) revert NotProductCreator(productId, msg.sender);
        record.open = open;
        emit ProductOpenChanged(productId, open);
    }

    // --- a loan's life ------------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function applyForLoan(
        ProductId productId,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external nonReentrant whenOpenForBusiness returns (LoanId loanId) {
        LoanId previous = LoanId.wrap(_pseudonyms[evidence.nullifier].loanId);
        if (_expired(_loans[previous])) _cancel(previous);
        IApplicationGate.Application memory application =
            _application(msg.sender, productId, principal, evidence.nullifier);
        application.purpose = purpose;
        // before the loan is written: the gate is fixed, and calls others by STATICCALL alone
        Nullifier nullifier = gate.consume(application, evidence);

        loanId = LoanId.wrap(++loanCount);
        Loan storage record = _loans[loanId];
        record.borrower = msg.sender;
        record.principal = principal.toUint48();
        record.instalment = application.instalment.toUint48();
        record.nullifier = nullifier;
        record.productId = productId.toUint64();
        record.purpose = purpose;
        record.status = LoanStatus.Requested;
        uint256 deadline = block.timestamp + _products[productId].terms.fundingWindow;
        record.fundingDeadline = deadline.toUint40();
        emit LoanRequested(
            loanId,
            productId,
            msg.sender,
            nullifier,
            principal,
            purpose,
            application.instalment,
            deadline
        );
        _setPseudonym(nullifier, PseudonymState.Open, loanId);
    }

    /// @inheritdoc ILoanMarket
    function cancel(LoanId loanId) external nonReentrant {
        Loan storage record = _loans[loanId];
        if (record.status != LoanStatus.Requested) {
            revert LoanStatusInvalid(loanId, record.status);
        }
        if (!_expired(record) && msg.sender != record.borrower) {
            revert NotBorrower(loanId, msg.sender);
        }
        _cancel(loanId);
    }

    /// @inheritdoc ILoanMarket
    function fund(LoanId loanId, uint256 amount)
        external
        nonReentrant
        whenOpenForBusiness
        returns (PositionId positionId, uint256 accepted)
    {
        if (amount == 0) revert AmountZero();
        Loan memory record = _load(loanId);
        if (record.status != LoanStatus.Requested) {
            revert LoanStatusInvalid(loanId, record.status);
        }
        if (_expired(_loans[loanId])) revert FundingClosed(loanId, record.fundingDeadline);

        uint256 missing = record.principal - record.funded;
        accepted = amount < missing ? amount : missing;
        positionId = PositionId.wrap(++positionCount);
        _positions[positionId] = Position({
            lender: msg.sender,
            loanId: loanId.toUint64(),
            start: record.funded,
            amount: accepted.toUint48(),
            withdrawnTokens: 0
        });
        record.funded += accepted.toUint48();
        bool full = accepted == missing;
        if (full) {
            record.status = LoanStatus.Active;
            record.startedAt = block.timestamp.toUint40();
            record.balance = record.principal;
        }
        _store(loanId, record);
        emit LoanFunded(loanId, positionId, msg.sender, accepted);

        _pull(record, accepted);
        if (full) {
            emit LoanReleased(loanId, record.borrower, record.principal);
            ProductTerms storage terms = _products[ProductId.wrap(record.productId)].terms;
            uint256 tokens = uint256(record.principal) * terms.unit;
            IERC20(terms.token).pushExactly(record.borrower, tokens);
        }
    }

    /// @inheritdoc ILoanMarket
    function repay(LoanId loanId, uint256 amount) external nonReentrant returns (uint256 paid) {
        if (amount == 0) revert AmountZero();
        Loan memory record = _load(loanId);
        if (record.status == LoanStatus.Defaulted) {
            paid = _recover(loanId, record, amount);
        } else if (record.status == LoanStatus.Active) {
            paid = _payOnSchedule(loanId, record, amount);
        } else {
            revert LoanStatusInvalid(loanId, record.status);
        }
        record.received += paid.toUint48();
        _store(loanId, record);
        _pull(record, paid);
    }

    /// @inheritdoc ILoanMarket
    function settle(LoanId loanId, uint256 limit) external nonReentrant returns (uint256 paid) {
        Loan memory record = _running(loanId);
        ProductTerms memory terms = _terms(ProductId.wrap(record.productId));
        _chargeLateFees(loanId, record, terms);
        paid = record.settlement(terms);
        if (paid > limit) revert SettlementAboveLimit(paid, limit);
        record.balance = 0;
        record.credit = 0;
        record.feesOwed = 0;
        record.received += paid.toUint48();
        emit LoanSettled(loanId, msg.sender, paid);
        _closeRepaid(loanId, record);
        _store(loanId, record);
        _pull(record, paid);
    }

    /// @inheritdoc ILoanMarket
    function markDefault(LoanId loanId) external nonReentrant {
        Loan memory record = _running(loanId);
        ProductTerms memory terms = _terms(ProductId.wrap(record.productId));
        _chargeLateFees(loanId, record, terms);
        if (!record.isDefaultable(terms)) revert DefaultNotDue(loanId);
        uint256 debt = record.settlement(terms);
        record.status = LoanStatus.Defaulted;
        record.recoveryOwed = debt.toUint48();
        record.credit = 0;
        record.feesOwed = 0;
        _store(loanId, record);
        emit LoanDefaulted(loanId, record.nullifier, debt);
        _setPseudonym(record.nullifier, PseudonymState.Blocked, loanId);
    }

    /// @inheritdoc ILoanMarket
    function withdraw(PositionId positionId, address to)
        external
        nonReentrant
        returns (uint256 tokens)
    {
        Position storage claim = _positions[positionId];
        if (claim.lender != msg.sender) revert NotPositionOwner(positionId, msg.sender);
        if (to == address(0) || to == address(this)) revert RecipientInvalid(to);
        LoanId loanId = LoanId.wrap(claim.loanId);
        Loan storage record = _loans[loanId];
        if (_expired(record)) _cancel(loanId);
        tokens = withdrawable(positionId);
        if (tokens == 0) revert NothingToWithdraw(positionId);
        claim.withdrawnTokens += tokens;
        emit Withdrawn(positionId, msg.sender, to, tokens);
        address token = _products[ProductId.wrap(record.productId)].terms.token;
        IERC20(token).pushExactly(to, tokens);
    }

    // --- views --------------------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function product(ProductId productId)
        external
        view
        returns (ProductTerms memory terms, address creator, bool open)
    {
        Product storage record = _product(productId);
        return (_terms(productId), record.creator, record.open);
    }

    /// @inheritdoc ILoanMarket
    function loan(LoanId loanId) external view returns (Loan memory) {
        return _load(loanId);
    }

    /// @inheritdoc ILoanMarket
    function position(PositionId positionId) external view returns (Position memory) {
        return _positions[positionId];
    }

    /// @inheritdoc ILoanMarket
    function pseudonym(Nullifier nullifier) external view returns (Pseudonym memory) {
        return _pseudonyms[nullifier];
    }

    /// @inheritdoc ILoanMarket
    function termsHash(ProductId productId) public view returns (bytes32) {
        Product storage record = _product(productId);
        return keccak256(abi.encode(productId, record.creator, _terms(productId)));
    }

    /// @inheritdoc ILoanMarket
    function withdrawable(PositionId positionId) public view returns (uint256 tokens) {
        Position storage claim = _positions[positionId];
        Loan storage record = _loans[LoanId.wrap(claim.loanId)];
        LoanStatus status = record.status;
        uint256 unit = _products[ProductId.wrap(record.productId)].terms.unit;
        uint256 start = claim.start;
        uint256 amount = claim.amount;
        uint256 principal = record.principal;
        uint256 received = record.received;
        uint256 due;
        if (status == LoanStatus.Repaid || status == LoanStatus.Recovered) {
            due = LoanMath.shareRoundedDown(start + amount, received, unit, principal)
                - LoanMath.shareRoundedDown(start, received, unit, principal);
        } else if (status == LoanStatus.Active || status == LoanStatus.Defaulted) {
            due = LoanMath.shareRoundedDown(amount, received, unit, principal);
        } else if (status == LoanStatus.Cancelled || _expired(record)) {
            due = amount * unit;
        } else {
            return 0;
        }
        // claims never fall: received only grows, and the final rule gives no less than the first
        return due - claim.withdrawnTokens;
    }

    /// @inheritdoc ILoanMarket
    function quote(LoanId loanId) external view returns (Quote memory answer) {
        Loan memory record = _load(loanId);
        if (record.status == LoanStatus.Defaulted) {
            answer.remaining = record.recoveryOwed;
            answer.settlement = record.recoveryOwed;
            return answer;
        }
        if (record.status != LoanStatus.Active) return answer;
        ProductTerms memory terms = _terms(ProductId.wrap(record.productId));
        record.assess(terms);
        uint256 paid = record.paidInstalments;
        answer.fees = record.feesOwed;
        answer.settlement = record.settlement(terms);
        answer.defaultable = record.isDefaultable(terms);
        if (paid < terms.instalments) {
            answer.nextDueAt = record.startedAt + (paid + 1) * uint256(terms.period);
        }
        // paying without limit on the memory copy measures what is left
        answer.overdue =
            record.payInstalments(terms, record.countElapsed(terms), type(uint256).max);
        answer.remaining = answer.overdue + answer.fees
            + record.payInstalments(terms, terms.instalments, type(uint256).max);
    }

    /// @inheritdoc ILoanMarket
    function schedule(ProductId productId, uint256 principal)
        external
        view
        returns (uint256[] memory amounts, uint256 level)
    {
        ProductTerms memory terms = _terms(productId);
        amounts = new uint256[](terms.instalments);
        level = terms.plan(principal, amounts);
    }

    /// @inheritdoc ILoanMarket
    function applicationNonce(address borrower) external view returns (uint256) {
        return gate.applicationNonce(address(this), borrower);
    }

    /// @inheritdoc ILoanMarket
    function statementOf(
        address borrower,
        ProductId productId,
        uint256 principal,
        uint16 purpose,
        uint256 policyNow,
        uint256 deadline
    ) external view returns (uint256 policy, uint256 context, uint256 scope) {
        ProductTerms memory terms = _terms(productId);
        uint256 level = terms.plan(principal, new uint256[](terms.instalments));
        policy = gate.policyWord(terms.policy, level, policyNow);
        context = _context(borrower, productId, principal, purpose, deadline);
        scope = gate.scopeOf(address(this));
    }

    /// @inheritdoc ILoanMarket
    function checkApplication(
        address borrower,
        ProductId productId,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external view whenOpenForBusiness {
        IApplicationGate.Application memory application =
            _application(borrower, productId, principal, evidence.nullifier);
        application.purpose = purpose;
        gate.check(address(this), application, evidence);
    }

    // --- applications -------------------------------------------------------------------------

    function _product(ProductId productId) private view returns (Product storage record) {
        record = _products[productId];
        if (record.creator == address(0)) revert ProductUnknown(productId);
    }

    /// @dev Copying a struct between storage and memory is long code, so it exists once each way.
    function _terms(ProductId productId) private view returns (ProductTerms memory) {
        return _product(productId).terms;
    }

    function _load(LoanId loanId) private view returns (Loan memory) {
        return _loans[loanId];
    }

    function _store(LoanId loanId, Loan memory record) private {
        _loans[loanId] = record;
    }

    function _checkTerms(ProductTerms calldata terms) private view {
        if (!tokenAllowed[terms.token]) revert TokenNotAllowed(terms.token);
        if (terms.unit == 0) revert TermsInvalid("unit");
        if (terms.minPrincipal == 0) revert TermsInvalid("minPrincipal");
        if (terms.maxPrincipal < terms.minPrincipal) revert TermsInvalid("maxPrincipal");
        if (terms.rateBps > LoanMath.BPS) revert TermsInvalid("rateBps");
        if (terms.instalments == 0 || terms.instalments > MAX_INSTALMENTS) {
            revert TermsInvalid("instalments");
        }
        if (terms.period == 0) revert TermsInvalid("period");
        if (terms.defaultAfter < terms.grace) revert TermsInvalid("defaultAfter");
        if (terms.fundingWindow == 0 || terms.fundingWindow > MAX_FUNDING_WINDOW) {
            revert TermsInvalid("fundingWindow");
        }
        if (terms.policy.minScore > terms.policy.maxScore) revert TermsInvalid("policy.minScore");
        if (terms.policy.coverageBps >= 1 << 20) revert TermsInvalid("policy.coverageBps");
    }

    /// @dev Checks all the market's own conditions on an application; the gate checks the proof.
    function _application(
        address borrower,
        ProductId productId,
        uint256 principal,
        Nullifier nullifier
    ) private view returns (IApplicationGate.Application memory application) {
        Product storage record = _product(productId);
        if (!record.open) revert ProductClosed(productId);
        ProductTerms memory terms = _terms(productId);
        if (principal < terms.minPrincipal || principal > terms.maxPrincipal) {
            revert PrincipalOutOfRange(principal);
        }
        Pseudonym memory known = _pseudonyms[nullifier];
        LoanId current = LoanId.wrap(known.loanId);
        if (known.state == PseudonymState.Blocked) revert PseudonymIsBlocked(nullifier, current);
        if (known.state == PseudonymState.Open && !_expired(_loans[current])) {
            revert PseudonymHasLoan(nullifier, current);
        }
        application.borrower = borrower;
        application.productId = productId;
        application.principal = principal;
        application.instalment = terms.plan(principal, new uint256[](terms.instalments));
        application.currency = terms.policy.currency;
        application.termsHash = termsHash(productId);
        application.issuers = terms.issuers;
        application.policy = terms.policy;
    }

    function _context(
        address borrower,
        ProductId productId,
        uint256 principal,
        uint16 purpose,
        uint256 deadline
    ) private view returns (uint256) {
        IApplicationGate.Application memory application;
        application.borrower = borrower;
        application.productId = productId;
        application.principal = principal;
        application.purpose = purpose;
        application.termsHash = termsHash(productId);
        uint256 nonce = gate.applicationNonce(address(this), borrower);
        return gate.contextOf(address(this), application, nonce, deadline);
    }

    function _expired(Loan storage record) private view returns (bool) {
        return record.status == LoanStatus.Requested && block.timestamp > record.fundingDeadline;
    }

    function _cancel(LoanId loanId) private {
        Loan storage record = _loans[loanId];
        record.status = LoanStatus.Cancelled;
        emit LoanCancelled(loanId);
        _setPseudonym(record.nullifier, PseudonymState.None, loanId);
    }

    function _setPseudonym(Nullifier nullifier, PseudonymState state, LoanId loanId) private {
        _pseudonyms[nullifier] = Pseudonym({state: state, loanId: loanId.toUint64()});
        emit PseudonymChanged(nullifier, state, loanId);
    }

    // --- payments -----------------------------------------------------------------------------

    function _running(LoanId loanId) private view returns (Loan memory record) {
        record = _load(loanId);
        if (record.status != LoanStatus.Active) revert LoanStatusInvalid(loanId, record.status);
    }

    function _payOnSchedule(LoanId loanId, Loan memory record, uint256 amount)
        private
        returns (uint256 paid)
    {
        ProductTerms memory terms = _terms(ProductId.wrap(record.productId));
        _chargeLateFees(loanId, record, terms);
        paid = record.payInstalments(terms, record.countBegun(terms), amount);
        uint256 toFees = amount - paid < record.feesOwed ? amount - paid : record.feesOwed;
        record.feesOwed -= toFees.toUint48();
        paid += toFees;
        paid += record.payInstalments(terms, terms.instalments, amount - paid);
        emit LoanRepayment(
            loanId, msg.sender, paid - toFees, toFees, record.paidInstalments
        );
        if (record.paidInstalments == terms.instalments && record.feesOwed == 0) {
            _closeRepaid(loanId, record);
        }
    }

    function _recover(LoanId loanId, Loan memory record, uint256 amount)
        private
        returns (uint256 paid)
    {
        paid = amount < record.recoveryOwed ? amount : record.recoveryOwed;
        record.recoveryOwed -= paid.toUint48();
        emit LoanRecovery(loanId, msg.sender, paid, record.recoveryOwed);
        if (record.recoveryOwed == 0) {
            record.status = LoanStatus.Recovered;
            emit LoanRecovered(loanId);
        }
    }

    function _closeRepaid(LoanId loanId, Loan memory record) private {
        record.status = LoanStatus.Repaid;
        emit LoanRepaid(loanId);
        _setPseudonym(record.nullifier, PseudonymState.None, loanId);
    }

    function _chargeLateFees(LoanId loanId, Loan memory record, ProductTerms memory terms)
        private
    {
        (uint256 first, uint256 count) = record.assess(terms);
        if (count > 0 && terms.lateFee > 0) {
            emit LateFeesCharged(loanId, first, count, count * terms.lateFee);
        }
    }

    // --- tokens -------------------------------------------------------------------------------

    /// @dev Takes `amount` minor units of the loan's token from the caller.
    function _pull(Loan memory record, uint256 amount) private {
        if (amount == 0) return;
        ProductTerms storage terms = _products[ProductId.wrap(record.productId)].terms;
        (address token, uint256 unit) = (terms.token, terms.unit);
        IERC20(token).pullExactly(msg.sender, amount * unit);
    }
}
