// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";
import {ProductId} from "../types/ProductId.sol";
import {IApplicationGate} from "./IApplicationGate.sol";

/// @title Market of small loans that are released by a zero-knowledge proof
/// @notice Anybody publishes a product; a borrower applies with a proof; lenders fund the
///         application; the last of the money releases the loan; the borrower repays in level
///         instalments; lenders withdraw what has come in, each in proportion to the amount funded.
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
///      Assumptions on the gate:
///      - a nullifier belongs to one person within this market's scope;
///      - {IApplicationGate.consume} calls other contracts by STATICCALL alone.
///
///      Warning: the operator can stop new products, applications and fundings. Nobody can stop
///      repayment, settlement, default, cancellation or withdrawal, or move others' money.
///      Warning: the policy is judged on the level instalment L; the last may differ by rounding.
interface ILoanMarket {
    /// @notice Status of a loan. Every loan starts as Requested; Repaid, Recovered and Cancelled
    ///         are final.
    enum LoanStatus {
        /// @notice No loan has this number.
        None,
        /// @notice The application is open for funding, or its funding window has closed unfilled.
        Requested,
        /// @notice The principal was paid out, and the schedule runs.
        Active,
        /// @notice All instalments and fees are paid, on schedule or by a settlement.
        Repaid,
        /// @notice Default was declared, and a debt is left.
        Defaulted,
        /// @notice Default was declared, and the debt was paid in full afterwards.
        Recovered,
        /// @notice The application ended before it was fully funded.
        Cancelled
    }

    /// @notice What a pseudonym may do in this market.
    enum PseudonymState {
        /// @notice The pseudonym may apply: it has no loan, or its loans were repaid or cancelled.
        None,
        /// @notice The pseudonym has an application or a running loan.
        Open,
        /// @notice The pseudonym defaulted and may never apply again.
        Blocked
    }

    /// @notice What a product promises and demands; fixed when it is created.
    /// @param token ERC-20 in which the loan is paid out and back.
    /// @param unit Number of base units of the token in one minor currency unit, at least 1.
    /// @param minPrincipal Smallest loan, minor currency units, at least 1.
    /// @param maxPrincipal Largest loan, minor currency units.
    /// @param rateBps Interest of one period, basis points, at most 10000.
    /// @param instalments Number of instalments, 1 to 120.
    /// @param period Time from one due time to the next, seconds, at least 1.
    /// @param grace Time after a due time for which no late fee is charged, seconds.
    /// @param defaultAfter Time after a due time from which default can be declared, seconds, at
    ///        least `grace`.
    /// @param fundingWindow Time for which an application can be funded, seconds, 1 second to 90
    ///        days.
    /// @param lateFee Fee of an instalment that is late, minor currency units.
    /// @param issuers Hash of the list of issuers whose ledger entries count, see
    ///        {ICreditLedger.issuersOf}; 0 for all, and at a gate that has no ledger.
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
        bytes26 issuers;
        IApplicationGate.Policy policy;
    }

    /// @notice A loan's record as stored; {quote} brings fees and arrears up to now.
    /// @param borrower Address that applied, is paid and owes.
    /// @param principal Amount of the loan, minor currency units.
    /// @param instalment Level instalment, minor currency units.
    /// @param nullifier The borrower's pseudonym in this market.
    /// @param productId Number of the product.
    /// @param purpose Code of what the borrower said to use the loan for; 0 if it was not said.
    /// @param fundingDeadline Last second at which the application can be funded, Unix seconds.
    /// @param startedAt Time at which the loan was paid out, Unix seconds; 0 before.
    /// @param status Where the loan stands.
    /// @param paidInstalments Number of instalments paid in full.
    /// @param assessedInstalments Number of instalments whose lateness has been judged.
    /// @param funded Sum of the positions, minor currency units.
    /// @param balance Principal outstanding after the instalments paid in full, minor currency
    ///        units.
    /// @param credit Amount paid towards the next instalment, minor currency units.
    /// @param feesOwed Late fees charged and not paid, minor currency units.
    /// @param received Everything paid in by or for the borrower, minor currency units.
    /// @param recoveryOwed What is left of the debt after a default, minor currency units.
    struct Loan {
        address borrower;
        uint48 principal;
        uint48 instalment;
        Nullifier nullifier;
        uint64 productId;
        uint16 purpose;
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
    /// @param lender Address that may withdraw.
    /// @param loanId Number of the loan.
    /// @param start Sum of the loan's positions before this one, minor currency units.
    /// @param amount Amount funded, minor currency units.
    /// @param withdrawnTokens Amount withdrawn so far, base units of the token.
    struct Position {
        address lender;
        uint64 loanId;
        uint48 start;
        uint48 amount;
        uint256 withdrawnTokens;
    }

    /// @notice What a loan costs at this moment.
    /// @param overdue Unpaid part of the instalments that have fallen due, minor currency units.
    /// @param fees Late fees owed, minor currency units.
    /// @param remaining Everything left of the schedule, fees included: paying it ends the loan;
    ///        minor currency units.
    /// @param settlement What {settle} costs now, minor currency units.
    /// @param nextDueAt Due time of the oldest unpaid instalment, Unix seconds; 0 if all are paid.
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
    /// @param state What the pseudonym may do.
    /// @param loanId Number of the loan that put it into this state; 0 for an unknown pseudonym.
    struct Pseudonym {
        PseudonymState state;
        uint64 loanId;
    }

    /// @notice Thrown when a market is deployed with address 0 as the holder of a role.
    /// @param role The role.
    error HolderInvalid(bytes32 role);
    /// @notice Thrown when a field of a product's terms is outside its documented range.
    /// @param field Name of the field.
    error TermsInvalid(string field);
    /// @notice Thrown when a product names a token that the operator does not allow.
    /// @param token Address of the token.
    error TokenNotAllowed(address token);
    /// @notice Thrown when the operator has paused new products, applications and fundings.
    error NewLoansPaused();
    /// @notice Thrown when no product has this number.
    /// @param productId Number that was asked for.
    error ProductUnknown(ProductId productId);
    /// @notice Thrown when the product's creator has closed it for applications.
    /// @param productId Number of the product.
    error ProductClosed(ProductId productId);
    /// @notice Thrown when somebody other than its creator opens or closes a product.
    /// @param productId Number of the product.
    /// @param caller Address that tried.
    error NotProductCreator(ProductId productId, address caller);
    /// @notice Thrown when the principal is outside the product's range, or is 0, or reaches 2^48.
    /// @param principal Amount asked for, minor currency units.
    error PrincipalOutOfRange(uint256 principal);
    /// @notice Thrown when a schedule's last instalment is 0 or above twice the level one, or when
    ///         all instalments and late fees together reach 2^48 minor currency units.
    error ScheduleDegenerate();
    /// @notice Thrown when the pseudonym has an application or a running loan.
    /// @param nullifier The pseudonym.
    /// @param loanId Number of its open loan.
    error PseudonymHasLoan(Nullifier nullifier, LoanId loanId);
    /// @notice Thrown when the pseudonym defaulted earlier.
    /// @param nullifier The pseudonym.
    /// @param loanId Number of the loan that defaulted.
    error PseudonymIsBlocked(Nullifier nullifier, LoanId loanId);
    /// @notice Thrown when the loan does not exist, or its status does not allow the call.
    /// @param loanId Number that was given.
    /// @param status Where that loan stands; None if no loan has this number.
    error LoanStatusInvalid(LoanId loanId, LoanStatus status);
    /// @notice Thrown when an application is funded after its funding window.
    /// @param loanId Number of the loan.
    /// @param deadline Last second at which it could be funded, Unix seconds.
    error FundingClosed(LoanId loanId, uint256 deadline);
    /// @notice Thrown when somebody other than the borrower cancels an application whose funding
    ///         window is open.
    /// @param loanId Number of the loan.
    /// @param caller Address that tried.
    error NotBorrower(LoanId loanId, address caller);
    /// @notice Thrown when a funding or a repayment names the amount 0.
    error AmountZero();
    /// @notice Thrown when settling costs more than the caller is willing to pay.
    /// @param settlement What settling costs now, minor currency units.
    /// @param limit The most that the caller would pay, minor currency units.
    error SettlementAboveLimit(uint256 settlement, uint256 limit);
    /// @notice Thrown when every instalment and fee that is owed is still within the product's
    ///         `defaultAfter`.
    /// @param loanId Number of the loan.
    error DefaultNotDue(LoanId loanId);
    /// @notice Thrown when somebody other than its lender withdraws from a position.
    /// @param positionId Number of the position.
    /// @param caller Address that tried.
    error NotPositionOwner(PositionId positionId, address caller);
    /// @notice Thrown when a position has nothing to withdraw now.
    /// @param positionId Number of the position.
    error NothingToWithdraw(PositionId positionId);
    /// @notice Thrown when tokens would be sent to the zero address or to the market itself.
    /// @param recipient Address that was named.
    error RecipientInvalid(address recipient);
    /// @notice Thrown when a transfer moved a different amount from the one it was told to move.
    /// @param token Address of the token.
    /// @param expected Amount that should have moved, base units of the token.
    /// @param actual Amount by which the market's balance changed, base units of the token.
    error TransferAmountMismatch(address token, uint256 expected, uint256 actual);

    /// @notice Emitted when the operator pauses or resumes new products, applications and fundings.
    /// @param paused Whether they are paused from now on.
    event NewLoansPausedChanged(bool paused);
    /// @notice Emitted when the operator allows or disallows a token for new products.
    /// @param token Address of the token.
    /// @param allowed Whether new products may name it from now on.
    event TokenAllowed(address indexed token, bool allowed);
    /// @notice Emitted when a product is published; it is open for applications at once.
    /// @param productId Number of the product.
    /// @param creator Address that published it and may close it.
    /// @param termsHash See {termsHash}.
    /// @param terms What the product promises and demands.
    event ProductCreated(
        ProductId indexed productId, address indexed creator, bytes32 termsHash, ProductTerms terms
    );
    /// @notice Emitted when the creator opens or closes a product.
    /// @param productId Number of the product.
    /// @param open Whether it takes applications from now on.
    event ProductOpenChanged(ProductId indexed productId, bool open);
    /// @notice Emitted when an application is accepted; it is open for funding at once.
    /// @param loanId Number of the loan.
    /// @param productId Number of its product.
    /// @param borrower Address that applied.
    /// @param nullifier The borrower's pseudonym in this market.
    /// @param principal Amount of the loan, minor currency units.
    /// @param purpose Number of the loan's purpose; 0 if the borrower does not say.
    /// @param instalment Level instalment, minor currency units.
    /// @param fundingDeadline Last second at which the application can be funded, Unix seconds.
    event LoanRequested(
        LoanId indexed loanId,
        ProductId indexed productId,
        address indexed borrower,
        Nullifier nullifier,
        uint256 principal,
        uint16 purpose,
        uint256 instalment,
        uint256 fundingDeadline
    );
    /// @notice Emitted when an application ends before it was fully funded.
    /// @param loanId Number of the loan.
    event LoanCancelled(LoanId indexed loanId);
    /// @notice Emitted when a lender funds an application, wholly or in part.
    /// @param loanId Number of the loan.
    /// @param positionId Number of the new position.
    /// @param lender Address that paid and may withdraw.
    /// @param amount Amount funded, minor currency units.
    event LoanFunded(
        LoanId indexed loanId,
        PositionId indexed positionId,
        address indexed lender,
        uint256 amount
    );
    /// @notice Emitted when the principal is paid out to the borrower and the first period begins.
    /// @param loanId Number of the loan.
    /// @param borrower Address that was paid.
    /// @param principal Amount paid out, minor currency units.
    event LoanReleased(LoanId indexed loanId, address indexed borrower, uint256 principal);
    /// @notice Emitted when late fees are charged for instalments `first` to `first + count - 1`.
    /// @param loanId Number of the loan.
    /// @param first Index of the first of these instalments, from 0.
    /// @param count Number of these instalments.
    /// @param fees Sum of the fees, minor currency units.
    event LateFeesCharged(LoanId indexed loanId, uint256 first, uint256 count, uint256 fees);
    /// @notice Emitted when a payment on a running loan is booked, split by what it paid.
    /// @param loanId Number of the loan.
    /// @param payer Address that paid.
    /// @param toInstalments Part that went to instalments, minor currency units.
    /// @param toFees Part that went to late fees, minor currency units.
    /// @param paidInstalments Number of instalments that are now paid in full.
    event LoanRepayment(
        LoanId indexed loanId,
        address indexed payer,
        uint256 toInstalments,
        uint256 toFees,
        uint256 paidInstalments
    );
    /// @notice Emitted when a running loan is closed ahead of its schedule by {settle}.
    /// @param loanId Number of the loan.
    /// @param payer Address that paid.
    /// @param amount The settlement sum, minor currency units.
    event LoanSettled(LoanId indexed loanId, address indexed payer, uint256 amount);
    /// @notice Emitted when a loan is repaid in full, by payments or by a settlement.
    /// @param loanId Number of the loan.
    event LoanRepaid(LoanId indexed loanId);
    /// @notice Emitted when default is declared.
    /// @param loanId Number of the loan.
    /// @param nullifier The borrower's pseudonym, which is blocked from now on.
    /// @param debt The settlement sum at this time, minor currency units.
    event LoanDefaulted(LoanId indexed loanId, Nullifier indexed nullifier, uint256 debt);
    /// @notice Emitted when a payment on a defaulted loan is booked.
    /// @param loanId Number of the loan.
    /// @param payer Address that paid.
    /// @param amount Amount paid, minor currency units.
    /// @param recoveryOwed What is left of the debt, minor currency units.
    event LoanRecovery(
        LoanId indexed loanId, address indexed payer, uint256 amount, uint256 recoveryOwed
    );
    /// @notice Emitted when the debt of a defaulted loan is paid in full.
    /// @param loanId Number of the loan.
    event LoanRecovered(LoanId indexed loanId);
    /// @notice Emitted when a lender withdraws from a position.
    /// @param positionId Number of the position.
    /// @param lender Address that owns it.
    /// @param to Address that was paid.
    /// @param tokens Amount paid, base units of the token.
    event Withdrawn(
        PositionId indexed positionId, address indexed lender, address to, uint256 tokens
    );
    /// @notice Emitted when a pseudonym changes its state.
    /// @param nullifier The pseudonym.
    /// @param state What it may do from now on.
    /// @param loanId Number of the loan that changed it.
    event PseudonymChanged(
        Nullifier indexed nullifier, PseudonymState state, LoanId indexed loanId
    );

    // --- roles and settings -------------------------------------------------------------------

    /// @notice Role that allows tokens and can pause new business.
    /// @return keccak256("zkcredit.operator"), the role's name in AccessControl.
    function OPERATOR_ROLE() external view returns (bytes32);

    /// @notice Allows or disallows a token for new products. Operator only. Reverts with
    ///         NotAContract or WrongKind unless the address of an allowed token is a token's.
    /// @dev Warning: products that exist keep their token.
    /// @param token Address of the token.
    /// @param allowed Whether new products may name it.
    function setTokenAllowed(address token, bool allowed) external;

    /// @notice Stops new products, applications and fundings. Operator only.
    function pauseNewLoans() external;

    /// @notice Ends {pauseNewLoans}. Operator only.
    function resumeNewLoans() external;

    // --- products -----------------------------------------------------------------------------

    /// @notice Publishes a product. Anybody may.
    /// @param terms What the product promises and demands.
    /// @return productId Number of the new product.
    function createProduct(ProductTerms calldata terms) external returns (ProductId productId);

    /// @notice Opens or closes a product for applications; loans that exist go on. Creator only.
    /// @param productId Number of the product.
    /// @param open Whether it takes applications.
    function setProductOpen(ProductId productId, bool open) external;

    // --- a loan's life ------------------------------------------------------------------------

    /// @notice Applies for a loan; the caller is the borrower.
    /// @param productId Number of the product.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Number of the loan's purpose; 0 if the borrower does not say.
    /// @param evidence The proof and its public values, see {statementOf}.
    /// @return loanId Number of the new loan.
    function applyForLoan(
        ProductId productId,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external returns (LoanId loanId);

    /// @notice Ends an application that is not fully funded: the borrower at any time, anybody once
    ///         the funding window has closed. Lenders can then withdraw their money.
    /// @param loanId Number of the loan.
    function cancel(LoanId loanId) external;

    /// @notice Funds an application; takes no more than what is missing. The last of it releases
    ///         the loan to the borrower.
    /// @dev The caller must have allowed the market to take the tokens.
    /// @param loanId Number of the loan.
    /// @param amount The most that the caller funds, minor currency units.
    /// @return positionId Number of the new position.
    /// @return accepted What was taken of `amount`, minor currency units.
    function fund(LoanId loanId, uint256 amount)
        external
        returns (PositionId positionId, uint256 accepted);

    /// @notice Pays on a running or defaulted loan; anybody may, for the borrower. Takes no more
    ///         than what is owed by the whole schedule (see {settle} to end the loan early).
    /// @dev The caller must have allowed the market to take the tokens.
    /// @param loanId Number of the loan.
    /// @param amount The most that the caller pays, minor currency units.
    /// @return paid What was taken of `amount`, minor currency units.
    function repay(LoanId loanId, uint256 amount) external returns (uint256 paid);

    /// @notice Ends a running loan now; anybody may, for the borrower.
    /// @dev The caller must have allowed the market to take the tokens.
    /// @param loanId Number of the loan.
    /// @param limit The most that the caller is willing to pay, minor currency units.
    /// @return paid The settlement sum, minor currency units.
    function settle(LoanId loanId, uint256 limit) external returns (uint256 paid);

    /// @notice Declares default on a loan that is overdue by more than `defaultAfter`. Anybody may.
    /// @param loanId Number of the loan.
    function markDefault(LoanId loanId) external;

    /// @notice Pays a position's claim, or its refund when the application was cancelled or not
    ///         filled in time.
    /// @param positionId Number of the position.
    /// @param to Address to pay; the lender's choice, so that a token that blocks one address does
    ///        not hold the money.
    /// @return tokens Amount paid, base units of the token.
    function withdraw(PositionId positionId, address to) external returns (uint256 tokens);

    // --- views --------------------------------------------------------------------------------

    /// @notice Gate whose proofs release loans; fixed at deployment.
    /// @return The gate's contract.
    function gate() external view returns (IApplicationGate);

    /// @notice The market's bureau: the market alone, so a borrower has another pseudonym at each.
    /// @return Address of the market.
    function bureau() external view returns (address);

    /// @notice Tells whether new products may use a token.
    /// @param token Address of the token.
    /// @return Whether the operator allows it now.
    function tokenAllowed(address token) external view returns (bool);

    /// @notice Tells whether new products, applications and fundings are paused.
    /// @return Whether the operator has paused them.
    function newLoansPaused() external view returns (bool);

    /// @notice Number of products so far; they are numbered from 1.
    /// @return The newest product's number, or 0.
    function productCount() external view returns (uint256);

    /// @notice Number of applications so far; loans are numbered from 1.
    /// @return The newest loan's number, or 0.
    function loanCount() external view returns (uint256);

    /// @notice Number of fundings so far; positions are numbered from 1.
    /// @return The newest position's number, or 0.
    function positionCount() external view returns (uint256);

    /// @notice A product as published.
    /// @param productId Number of the product.
    /// @return terms What the product promises and demands.
    /// @return creator Address that published it.
    /// @return open Whether it takes applications.
    function product(ProductId productId)
        external
        view
        returns (ProductTerms memory terms, address creator, bool open);

    /// @notice Hash of a product, to which every proof for one of its loans is bound.
    /// @param productId Number of the product.
    /// @return keccak256(abi.encode(productId, creator, terms)) of the product.
    function termsHash(ProductId productId) external view returns (bytes32);

    /// @notice A loan's record as stored.
    /// @param loanId Number of the loan.
    /// @return The record; all zero if no loan has this number.
    function loan(LoanId loanId) external view returns (Loan memory);

    /// @notice A position as stored.
    /// @param positionId Number of the position.
    /// @return The position; all zero if no position has this number.
    function position(PositionId positionId) external view returns (Position memory);

    /// @notice What is stored about a pseudonym.
    /// @param nullifier The pseudonym.
    /// @return Its state and the loan that put it there; all zero for an unknown one.
    function pseudonym(Nullifier nullifier) external view returns (Pseudonym memory);

    /// @notice Tokens that {withdraw} would pay now.
    /// @dev Position (start s, amount a), loan (principal P, received R, unit u):
    ///      - running or defaulted: a * R * u / P rounded down, minus what was withdrawn;
    ///      - repaid or recovered: (s + a) * R * u / P rounded down minus s * R * u / P rounded
    ///        down, minus what was withdrawn. Never less than by the first rule, and the claims of
    ///        all positions sum to R * u exactly;
    ///      - cancelled or not filled in time: a * u, minus what was withdrawn.
    /// @param positionId Number of the position.
    /// @return tokens The claim, base units of the token.
    function withdrawable(PositionId positionId) external view returns (uint256 tokens);

    /// @notice What a running loan costs now; only `remaining` and `settlement` (both the debt
    ///         left) are set for a defaulted one.
    /// @param loanId Number of the loan.
    /// @return answer The costs; all zero for a loan in another status.
    function quote(LoanId loanId) external view returns (Quote memory answer);

    /// @notice The schedule that a loan of this product would have.
    /// @param productId Number of the product.
    /// @param principal Amount of the loan, minor currency units.
    /// @return amounts All instalments in order, minor currency units.
    /// @return level The level instalment, minor currency units.
    function schedule(ProductId productId, uint256 principal)
        external
        view
        returns (uint256[] memory amounts, uint256 level);

    /// @notice Number of the borrower's next application, see {IApplicationGate.applicationNonce}.
    /// @param borrower Address of the borrower.
    /// @return Number of applications that were accepted so far.
    function applicationNonce(address borrower) external view returns (uint256);

    /// @notice Public inputs that a proof for this application must carry now.
    /// @param borrower Address that applies.
    /// @param productId Number of the product.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Number of the loan's purpose; 0 if the borrower does not say.
    /// @param policyNow Time that the proof calls "now", Unix seconds.
    /// @param deadline Last second at which the proof may be used, Unix seconds.
    /// @return policy The packed policy, see {IApplicationGate.policyWord}.
    /// @return context The context, see {IApplicationGate.contextOf}.
    /// @return scope The market's scope, see {IApplicationGate.scopeOf}.
    function statementOf(
        address borrower,
        ProductId productId,
        uint256 principal,
        uint16 purpose,
        uint256 policyNow,
        uint256 deadline
    ) external view returns (uint256 policy, uint256 context, uint256 scope);

    /// @notice Reverts unless `borrower` could apply with this evidence now.
    /// @param borrower Address that would apply.
    /// @param productId Number of the product.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Number of the loan's purpose; 0 if the borrower does not say.
    /// @param evidence The proof and its public values.
    function checkApplication(
        address borrower,
        ProductId productId,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external view;
}
