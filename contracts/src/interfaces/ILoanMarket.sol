// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";
import {ProductId} from "../types/ProductId.sol";
import {IApplicationGate} from "./IApplicationGate.sol";

/// @title Market of small loans that are released by a zero-knowledge proof
/// @notice Anybody publishes a product; a borrower applies with an eligibility proof; lenders fund
///         the application; the last of the money releases the loan; the borrower repays in level
///         instalments; lenders draw what has come in, in proportion.
/// @dev Amounts are minor currency units below 2^48 unless a name says `tokens`; a product's
///      `unit` says how many base units of its token make one minor unit (10^4 for cents in a
///      token of six decimals). Times are Unix seconds.
///
///      Schedule of a loan of P over n periods at b basis points a period (all integers):
///      - interest(B) = (B * b + 5000) / 10000, rounded half up;
///      - level instalment L: P + interest(P) if n = 1; (2P + n) / 2n if b = 0; else with
///        V = 10^36, n times replaced by V * 10000 / (10000 + b) rounded down, and
///        N = P * b * 10^36, D = 10000 * (10^36 - V): L = (2N + D) / 2D;
///      - instalment k < n - 1 is min(L, B + interest(B)); it pays interest(B) and the rest of it
///        lowers the balance B, which starts at P; the last instalment is B + interest(B);
///      - instalment k (from 0) falls due at startedAt + (k + 1) * period.
///      Hence the instalments sum to P plus all interest, exactly, and the last takes the rounding.
///      A loan whose last instalment is 0 or above 2L is refused as degenerate.
///
///      Late: an instalment not fully paid after its due time plus grace costs the late fee, once.
///      Late fees carry no interest and nothing else accrues on arrears.
///      A payment goes to the instalments of periods that have begun (oldest first), then to late
///      fees, then to later instalments; what exceeds the whole debt is not taken. So one level
///      instalment paid in each period keeps up with the schedule even while a fee is open.
///      Settling early costs the balance plus the interest of every period that has begun, fees
///      included; interest of periods that have not begun is saved.
///      Default: anybody may declare it once an instalment (or, after the last, a fee) is unpaid
///      for longer than defaultAfter. The settlement sum at that time becomes the debt; payments
///      then go to it until it is recovered. A pseudonym that defaulted stays blocked.
///
///      Lenders: one position per funding. While money comes in, a position has a claim of
///      amount * received / principal, rounded down (in tokens); once a loan is paid in full,
///      positions divide everything received without remainder (see {withdrawable}).
///
///      Assumptions on tokens (the operator allows them one by one):
///      - a transfer moves exactly the amount named: fees on transfer are refused by comparing
///        balances, and a rebasing token must not be allowed;
///      - transfers may return nothing, return false, call back, or block an address: none of it
///        hurts anybody but the party concerned.
///      Assumption on the gate: a nullifier is one person's within this market's scope.
///
///      Warning: the operator can stop new products, applications and fundings. Nobody can stop
///      repayment, settlement, default, cancellation or withdrawal, or move others' money.
///      Warning: the policy is judged on the level instalment L; the last may differ by rounding.
interface ILoanMarket {
    enum LoanStatus {
        None,
        Requested,
        Active,
        Repaid,
        Defaulted,
        Recovered,
        Cancelled
    }

    enum PseudonymState {
        None,
        Open,
        Blocked
    }

    /// @notice What a product promises and demands; fixed when it is created.
    /// @param token ERC-20 in which the loan is paid out and back.
    /// @param unit Base units of the token in one minor currency unit, at least 1.
    /// @param minPrincipal Smallest loan, at least 1.
    /// @param maxPrincipal Largest loan.
    /// @param rateBps Interest of one period, basis points, at most 10000.
    /// @param instalments Number of instalments, 1 to 120.
    /// @param period Seconds from one due time to the next, at least 1.
    /// @param grace Seconds after a due time for which no late fee is charged.
    /// @param defaultAfter Seconds after a due time from which default can be declared, >= grace.
    /// @param fundingWindow Seconds for which an application can be funded, 1 to 90 days.
    /// @param lateFee Fee of an instalment that is late.
    /// @param policy Conditions that a borrower proves.
    struct ProductTerms {
        address token;
        uint96 unit;
        uint48 minPrincipal;
        uint48 maxPrincipal;
        uint16 rateBps;
        uint16 instalments;
        uint32 period;
        uint32 grace;
        uint32 defaultAfter;
        uint32 fundingWindow;
        uint48 lateFee;
        IApplicationGate.Policy policy;
    }

    /// @notice A loan's record as stored; {quote} brings fees and arrears up to now.
    /// @param borrower Who applied, is paid and owes.
    /// @param principal Amount of the loan.
    /// @param instalment Level instalment.
    /// @param nullifier The borrower's pseudonym in this market.
    /// @param productId The product.
    /// @param fundingDeadline Last second at which the application can be funded.
    /// @param startedAt When the loan was paid out; 0 before.
    /// @param status Where the loan stands.
    /// @param paidInstalments Number of instalments paid in full.
    /// @param assessedInstalments Number of instalments whose lateness has been judged.
    /// @param funded Sum of the positions.
    /// @param balance Principal outstanding after the instalments paid in full.
    /// @param credit Paid towards the next instalment.
    /// @param feesOwed Late fees charged and not paid.
    /// @param received Everything paid in by or for the borrower.
    /// @param recoveryOwed After default: what is left of the debt.
    struct Loan {
        address borrower;
        uint48 principal;
        uint48 instalment;
        Nullifier nullifier;
        uint64 productId;
        uint40 fundingDeadline;
        uint40 startedAt;
        LoanStatus status;
        uint16 paidInstalments;
        uint16 assessedInstalments;
        uint48 funded;
        uint48 balance;
        uint48 credit;
        uint48 feesOwed;
        uint48 received;
        uint48 recoveryOwed;
    }

    /// @notice One funding of one loan.
    /// @param lender Who may withdraw.
    /// @param loanId The loan.
    /// @param start Sum of the loan's positions before this one.
    /// @param amount Amount funded.
    /// @param withdrawnTokens Tokens drawn so far.
    struct Position {
        address lender;
        uint64 loanId;
        uint48 start;
        uint48 amount;
        uint256 withdrawnTokens;
    }

    /// @notice What a loan costs at this moment.
    /// @param overdue Unpaid part of the instalments that have fallen due.
    /// @param fees Late fees owed.
    /// @param remaining Everything left of the schedule, fees included: paying it ends the loan.
    /// @param settlement What {settle} costs now.
    /// @param nextDueAt Due time of the oldest unpaid instalment; 0 if there is none.
    /// @param defaultable Whether {markDefault} would succeed now.
    struct Quote {
        uint256 overdue;
        uint256 fees;
        uint256 remaining;
        uint256 settlement;
        uint256 nextDueAt;
        bool defaultable;
    }

    /// @notice What is stored about a pseudonym.
    struct Pseudonym {
        PseudonymState state;
        uint64 loanId;
    }

    /// @notice A field of the product's terms is outside its documented range.
    /// @param field Its name.
    error TermsInvalid(string field);
    error TokenNotAllowed(address token);
    /// @notice The operator has paused new products, applications and fundings.
    error NewLoansPaused();
    error ProductUnknown(ProductId productId);
    error ProductClosed(ProductId productId);
    error NotProductCreator(ProductId productId, address caller);
    /// @notice The principal is outside the product's range.
    error PrincipalOutOfRange(uint256 principal);
    /// @notice The schedule has no sensible last instalment, or sums beyond 2^48.
    error ScheduleDegenerate();
    /// @notice The pseudonym has a loan or application open.
    error PseudonymHasLoan(Nullifier nullifier, LoanId loanId);
    /// @notice The pseudonym defaulted earlier.
    error PseudonymIsBlocked(Nullifier nullifier, LoanId loanId);
    /// @notice The loan does not exist or is not in a state that allows the call.
    error LoanStatusInvalid(LoanId loanId, LoanStatus status);
    error FundingClosed(LoanId loanId, uint256 deadline);
    /// @notice Only the borrower may cancel while the funding window is open.
    error NotBorrower(LoanId loanId, address caller);
    error AmountZero();
    error SettlementAboveLimit(uint256 settlement, uint256 limit);
    error DefaultNotDue(LoanId loanId);
    error NotPositionOwner(PositionId positionId, address caller);
    error NothingToWithdraw(PositionId positionId);
    error RecipientInvalid(address recipient);
    /// @notice A transfer moved another amount than it was told to.
    error TransferAmountMismatch(address token, uint256 expected, uint256 actual);

    event NewLoansPausedChanged(bool paused);
    event TokenAllowed(address indexed token, bool allowed);
    event ProductCreated(
        ProductId indexed productId, address indexed creator, bytes32 termsHash, ProductTerms terms
    );
    event ProductOpenChanged(ProductId indexed productId, bool open);
    event LoanRequested(
        LoanId indexed loanId,
        ProductId indexed productId,
        address indexed borrower,
        Nullifier nullifier,
        uint256 principal,
        uint256 instalment,
        uint256 fundingDeadline
    );
    event LoanCancelled(LoanId indexed loanId);
    event LoanFunded(
        LoanId indexed loanId, PositionId indexed positionId, address indexed lender, uint256 amount
    );
    /// @notice The principal left for the borrower and the first period began.
    event LoanReleased(LoanId indexed loanId, address indexed borrower, uint256 principal);
    /// @notice Late fees were charged for instalments `first` to `first + count - 1`.
    event LateFeesCharged(LoanId indexed loanId, uint256 first, uint256 count, uint256 fees);
    /// @notice A payment on a running loan, split by what it paid.
    event LoanRepayment(
        LoanId indexed loanId,
        address indexed payer,
        uint256 toInstalments,
        uint256 toFees,
        uint256 paidInstalments
    );
    /// @notice The loan was closed ahead of its schedule.
    event LoanSettled(LoanId indexed loanId, address indexed payer, uint256 amount);
    event LoanRepaid(LoanId indexed loanId);
    event LoanDefaulted(LoanId indexed loanId, Nullifier indexed nullifier, uint256 debt);
    /// @notice A payment on a defaulted loan.
    event LoanRecovery(
        LoanId indexed loanId, address indexed payer, uint256 amount, uint256 recoveryOwed
    );
    event LoanRecovered(LoanId indexed loanId);
    event Withdrawn(
        PositionId indexed positionId, address indexed lender, address to, uint256 tokens
    );
    /// @notice A pseudonym changed state.
    event PseudonymChanged(
        Nullifier indexed nullifier, PseudonymState state, LoanId indexed loanId
    );

    // --- roles and settings -------------------------------------------------------------------

    /// @notice Role that allows tokens and can pause new business.
    function OPERATOR_ROLE() external view returns (bytes32);

    /// @notice Allows or disallows a token for new products. Operator only.
    function setTokenAllowed(address token, bool allowed) external;

    /// @notice Stops new products, applications and fundings. Operator only.
    function pauseNewLoans() external;

    /// @notice Ends {pauseNewLoans}. Operator only.
    function resumeNewLoans() external;

    // --- products -----------------------------------------------------------------------------

    /// @notice Publishes a product. Anybody may.
    function createProduct(ProductTerms calldata terms) external returns (ProductId productId);

    /// @notice Opens or closes a product for applications; loans that exist go on. Creator only.
    function setProductOpen(ProductId productId, bool open) external;

    // --- a loan's life ------------------------------------------------------------------------

    /// @notice Applies for a loan; the caller is the borrower.
    /// @return loanId The new application's number.
    function applyForLoan(
        ProductId productId,
        uint256 principal,
        IApplicationGate.Evidence calldata evidence
    ) external returns (LoanId loanId);

    /// @notice Withdraws an application that is not fully funded: the borrower at any time,
    ///         anybody once the funding window has closed. Positions can then be drawn back.
    function cancel(LoanId loanId) external;

    /// @notice Funds an application; takes no more than what is missing. The last of it releases
    ///         the loan to the borrower.
    /// @return positionId The new position.
    /// @return accepted What was taken of `amount`.
    function fund(LoanId loanId, uint256 amount)
        external
        returns (PositionId positionId, uint256 accepted);

    /// @notice Pays on a running or defaulted loan; anybody may, for the borrower. Takes no more
    ///         than what is owed by the whole schedule (see {settle} for the shorter way out).
    /// @return paid What was taken of `amount`.
    function repay(LoanId loanId, uint256 amount) external returns (uint256 paid);

    /// @notice Ends a running loan now.
    /// @param limit The most that the caller is willing to pay.
    /// @return paid The settlement sum.
    function settle(LoanId loanId, uint256 limit) external returns (uint256 paid);

    /// @notice Declares default on a loan that is due for it. Anybody may.
    function markDefault(LoanId loanId) external;

    /// @notice Pays a position's claim, or its refund when the application was cancelled or not
    ///         filled in time.
    /// @param to Where the tokens go; the lender's choice, so that a token that blocks one address
    ///        does not hold the money.
    /// @return tokens What was paid.
    function withdraw(PositionId positionId, address to) external returns (uint256 tokens);

    // --- views --------------------------------------------------------------------------------

    function gate() external view returns (IApplicationGate);

    function tokenAllowed(address token) external view returns (bool);

    function newLoansPaused() external view returns (bool);

    function productCount() external view returns (uint256);

    function loanCount() external view returns (uint256);

    function positionCount() external view returns (uint256);

    /// @notice A product's terms, creator and whether it takes applications.
    function product(ProductId productId)
        external
        view
        returns (ProductTerms memory terms, address creator, bool open);

    /// @notice keccak256(abi.encode(productId, creator, terms)): what a proof binds itself to.
    function termsHash(ProductId productId) external view returns (bytes32);

    function loan(LoanId loanId) external view returns (Loan memory);

    function position(PositionId positionId) external view returns (Position memory);

    function pseudonym(Nullifier nullifier) external view returns (Pseudonym memory);

    /// @notice Tokens that {withdraw} would pay now.
    /// @dev Position (start s, amount a), loan (principal P, received R, unit u):
    ///      - running or defaulted: a * R * u / P rounded down, minus what was drawn;
    ///      - repaid or recovered: (s + a) * R * u / P rounded down minus s * R * u / P rounded
    ///        down, minus what was drawn. Never less than by the first rule, and the claims of all
    ///        positions sum to R * u exactly;
    ///      - cancelled or not filled in time: a * u, minus what was drawn.
    function withdrawable(PositionId positionId) external view returns (uint256 tokens);

    /// @notice What a running loan costs now; only `remaining` and `settlement` (both the debt
    ///         left) are set for a defaulted one.
    function quote(LoanId loanId) external view returns (Quote memory answer);

    /// @notice Instalments of a loan of this product, in order, and the level instalment.
    function schedule(ProductId productId, uint256 principal)
        external
        view
        returns (uint256[] memory amounts, uint256 level);

    /// @notice Number that the borrower's next application carries.
    function applicationNonce(address borrower) external view returns (uint256);

    /// @notice Public inputs `policy`, `context` and `scope` that a proof for this application
    ///         must carry now.
    function statementOf(
        address borrower,
        ProductId productId,
        uint256 principal,
        uint256 policyNow,
        uint256 deadline
    ) external view returns (uint256 policy, uint256 context, uint256 scope);

    /// @notice Reverts unless `borrower` could apply with this evidence now.
    function checkApplication(
        address borrower,
        ProductId productId,
        uint256 principal,
        IApplicationGate.Evidence calldata evidence
    ) external view;
}
