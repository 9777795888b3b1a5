// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";
import {IApplicationGate} from "./IApplicationGate.sol";
import {IConsents} from "./IConsents.sol";
import {ICreditBureau} from "./ICreditBureau.sol";
import {IIssuerRegistry} from "./IIssuerRegistry.sol";
import {ILoanEngine} from "./ILoanEngine.sol";
import {IProductBook} from "./IProductBook.sol";

/// @title Market of small loans that are released by a zero-knowledge proof
/// @notice A borrower applies with a proof for a product of the book. Lenders fund the application;
///         the last of the money releases the loan. The borrower draws it, and repays by the
///         product's table. Lenders withdraw what has come in, each in proportion to the amount
///         funded.
/// @dev The market keeps loans and money. The engine computes each step of a loan, the book says
///      which products take applications, the bureau keeps pseudonyms, and the consents check what
///      people signed. Amounts are minor currency units below 2^48 unless a name says `tokens`;
///      times are Unix seconds unless a name says `clock`.
///
///      What was checked when somebody applied is checked again when the money comes: each funding
///      asks whether the root of the proof was withdrawn, whether the proof is older than the
///      product's proofAge, and whether the operator still allows the token. New evidence for the
///      same application renews root and age. Anybody cancels an application whose root was
///      withdrawn.
///      A call about a loan names its borrower, and a funding the product as well, so that after a
///      reorganisation of the chain nobody else is paid.
///
///      A day after its funding a lender may leave an application that is not full. The interval
///      that becomes free is filled first, the last one before the others; an application is full
///      when it has no gap and the sum of its positions is the principal. Nobody who leaves ends
///      the application.
///      At release the origination fee is kept back for its recipient, who draws it. The rest
///      waits for the borrower, who draws it to any address; anybody may have it sent to the
///      borrower's own. What waits at a default pays the debt first.
///      A payment in a token that keeps a part of it is credited with what arrived; up to the
///      amount that the payer offered, the market takes more to make up for it.
///      A notice stops the clock of a token that stands still: dues and defaults of its loans wait.
///      It only lengthens them.
///      The terms of a running loan change by what its product promises (prepayment, holiday), or
///      with the consents of the borrower and of every position.
///
///      Position (start s, amount a), loan (principal P, received R, unit u), in tokens, less what
///      was withdrawn:
///      - running or defaulted: a * R * u / P rounded down;
///      - repaid or recovered: (s + a) * R * u / P rounded down minus s * R * u / P rounded down;
///      - cancelled or not filled in time: a * u.
///
///      Assumptions:
///      - a nullifier belongs to one person within the gate's scope of this market, and
///        {IApplicationGate.consume} calls other contracts by STATICCALL alone;
///      - the bureau has this market as a member, and knows its pseudonyms as the gate scopes them;
///      - a token that the operator allows does not change balances by itself. Its transfers may
///        return nothing, return false, call back, block an address, or keep a part.
///
///      Warning: the operator can stop applications and fundings, and can hold up dues and
///      defaults, by 30 days ahead at a time.
///      Warning: nobody can stop repayment, settlement, cancellation, leaving or withdrawal, or
///      move others' money.
interface ILoanMarket {
    /// @notice Where an application stands.
    enum Stage {
        /// @notice No loan has this number.
        None,
        /// @notice It can be funded until its deadline; after that it counts as cancelled.
        Requested,
        /// @notice It ended before it was full.
        Cancelled,
        /// @notice It was full, and the loan was released; the engine's words say where it stands.
        Released
    }

    /// @notice Where a loan stands, as escrow gates and arbiters ask.
    /// @dev In the order of {ILoanEngine.Standing}.
    enum LoanStatus {
        /// @notice No loan has this number.
        None,
        /// @notice It is open for funding.
        Requested,
        /// @notice It runs, and its rows fall due.
        Active,
        /// @notice It was repaid.
        Repaid,
        /// @notice It is in default.
        Defaulted,
        /// @notice It was in default, and the debt was paid since.
        Recovered,
        /// @notice It was cancelled, or not filled in time.
        Cancelled
    }

    /// @notice What escrow gates and arbiters ask about a loan.
    /// @param status Where it stands.
    /// @param borrower Address that applied.
    struct Loan {
        LoanStatus status;
        address borrower;
    }

    /// @notice A loan as stored. Until the release, the first three words are an application's, see
    ///         {ApplicationWords}; from then on they are the engine's, see {ILoanEngine.Loan}, with
    ///         times on the clock of the token.
    /// @param terms First word.
    /// @param debt Second word, with amounts in minor currency units.
    /// @param account Third word.
    /// @param nullifier The borrower's pseudonym.
    /// @param party Borrower, purpose, what waits for the borrower, and the stage, see {PartyWord}.
    struct Entry {
        uint256 terms;
        uint256 debt;
        uint256 account;
        Nullifier nullifier;
        uint256 party;
    }

    /// @notice One funding of one loan, or the interval that is free since its lender left.
    /// @param lender Address that may withdraw; 0 after leaving.
    /// @param start Where its interval of the principal begins, minor currency units.
    /// @param amount Length of the interval, minor currency units.
    /// @param loanId Number of the loan.
    /// @param fundedAt When it was funded, Unix seconds.
    /// @param withdrawn Amount withdrawn so far, base units of the token; after leaving, number of
    ///        the position that left before, or 0.
    struct Position {
        address lender;
        uint48 start;
        uint48 amount;
        uint64 loanId;
        uint40 fundedAt;
        uint152 withdrawn;
    }

    /// @notice Thrown when a market is deployed with address 0 as the holder of a role.
    /// @param role The role.
    error HolderInvalid(bytes32 role);
    /// @notice Thrown when a market is deployed with a book that has another engine.
    /// @param engine Engine of the book.
    error EngineDiffers(address engine);
    /// @notice Thrown when the operator has paused applications and fundings.
    error NewLoansPaused();
    /// @notice Thrown when the operator does not allow the token of an application or of a funding.
    /// @param token Address of the token.
    error TokenNotAllowed(address token);
    /// @notice Thrown when a notice would not lengthen the stop of a token's clock, or would
    ///         lengthen it beyond 30 days from now.
    /// @param until End of the notice, Unix seconds.
    error NoticeEndInvalid(uint256 until);
    /// @notice Thrown when a product does not take applications, or was not published for a
    ///         restructuring.
    /// @param product The address.
    error ProductNotOpen(address product);
    /// @notice Thrown when the loan does not exist, or its application does not allow the call.
    /// @param loanId Number that was given.
    /// @param stage Where its application stands.
    error StageInvalid(LoanId loanId, Stage stage);
    /// @notice Thrown when an application is funded, renewed or left after its deadline.
    /// @param loanId Number of the loan.
    /// @param deadline Last second at which it could be funded, Unix seconds.
    error FundingClosed(LoanId loanId, uint256 deadline);
    /// @notice Thrown when a call names another borrower or product than the loan has.
    /// @param loanId Number of the loan.
    /// @param borrower The loan's borrower.
    /// @param product The loan's product.
    error LoanDiffers(LoanId loanId, address borrower, address product);
    /// @notice Thrown when the proof of an application is too old to fund it: renew the evidence.
    /// @param loanId Number of the loan.
    /// @param lastAt Last second at which the proof sufficed, Unix seconds.
    error ProofTooOld(LoanId loanId, uint256 lastAt);
    /// @notice Thrown when the root of an application's proof was withdrawn.
    /// @param loanId Number of the loan.
    /// @param root The root.
    error RootWithdrawn(LoanId loanId, uint256 root);
    /// @notice Thrown when an application is renewed with evidence that is not newer, or is
    ///         somebody else's.
    /// @param loanId Number of the loan.
    error EvidenceUnsuitable(LoanId loanId);
    /// @notice Thrown when somebody other than the borrower does what only the borrower may.
    /// @param loanId Number of the loan.
    /// @param caller Address that tried, or that signed.
    error NotBorrower(LoanId loanId, address caller);
    /// @notice Thrown when a funding names the amount 0.
    error AmountZero();
    /// @notice Thrown when a lender leaves an application less than a day after the funding.
    /// @param positionId Number of the position.
    /// @param possibleAt When leaving is possible, Unix seconds.
    error LeavingTooEarly(PositionId positionId, uint256 possibleAt);
    /// @notice Thrown when somebody other than its lender uses a position.
    /// @param positionId Number of the position.
    /// @param caller Address that tried, or that signed.
    error NotPositionOwner(PositionId positionId, address caller);
    /// @notice Thrown when tokens would be sent, or a position given, to the address 0 or to the
    ///         market itself.
    /// @param recipient Address that was named.
    error RecipientInvalid(address recipient);
    /// @notice Thrown when nothing can be drawn or withdrawn now.
    error NothingToWithdraw();
    /// @notice Thrown when a transfer moved a different amount from the one it was told to move.
    /// @param token Address of the token.
    /// @param expected Amount that should have moved, base units of the token.
    /// @param actual Amount by which the market's balance changed, base units of the token.
    error TransferAmountMismatch(address token, uint256 expected, uint256 actual);
    /// @notice Thrown when the consents to a restructuring are not those of the borrower and of
    ///         every position, at most 16 positions in the order of their numbers.
    /// @param loanId Number of the loan.
    error ConsentsIncomplete(LoanId loanId);
    /// @notice Thrown when a restructured loan would owe more than those who signed allowed.
    /// @param debt What it would owe, minor currency units.
    /// @param limit What they allowed, minor currency units.
    error DebtAboveLimit(uint256 debt, uint256 limit);

    /// @notice Emitted when the operator pauses or resumes applications and fundings.
    /// @param paused Whether they are paused from now on.
    event NewLoansPausedChanged(bool paused);
    /// @notice Emitted when the operator allows or disallows a token.
    /// @param token Address of the token.
    /// @param allowed Whether its products take applications and fundings from now on.
    event TokenAllowed(address indexed token, bool allowed);
    /// @notice Emitted when the clock of a token stops, or stays stopped for longer.
    /// @param token Address of the token.
    /// @param from When the stop, or what is added to it, begins, Unix seconds.
    /// @param until When the clock goes on, Unix seconds.
    event NoticeGiven(address indexed token, uint256 from, uint256 until);
    /// @notice Emitted when an application is accepted.
    /// @param loanId Number of the loan.
    /// @param product Data contract of the product.
    /// @param borrower Address that applied.
    /// @param nullifier The borrower's pseudonym.
    /// @param principal Amount of the loan, minor currency units.
    /// @param purpose Code of what the loan is for; 0 if it is not said.
    /// @param burden The amount that the policy judged, in the loan's currency, minor units a month.
    /// @param deadline Last second at which it can be funded, Unix seconds.
    event LoanRequested(
        LoanId indexed loanId,
        address indexed product,
        address indexed borrower,
        Nullifier nullifier,
        uint256 principal,
        uint16 purpose,
        uint256 burden,
        uint256 deadline
    );
    /// @notice Emitted when a proof was accepted for an application: with it, and when it is
    ///         renewed.
    /// @param loanId Number of the loan.
    /// @param root Root that the proof was made against; 0 for a statement without one.
    /// @param provedAt Time that the proof calls "now", Unix seconds.
    event EvidenceAccepted(LoanId indexed loanId, uint256 root, uint256 provedAt);
    /// @notice Emitted when an application is cancelled.
    /// @param loanId Number of the loan.
    event LoanCancelled(LoanId indexed loanId);
    /// @notice Emitted when an application is funded, wholly or in part.
    /// @param loanId Number of the loan.
    /// @param positionId Number of the new position.
    /// @param lender Address that may withdraw.
    /// @param start Where its interval of the principal begins, minor currency units.
    /// @param amount Amount funded, minor currency units.
    event LoanFunded(
        LoanId indexed loanId,
        PositionId indexed positionId,
        address indexed lender,
        uint256 start,
        uint256 amount
    );
    /// @notice Emitted when a lender leaves an application.
    /// @param loanId Number of the loan.
    /// @param positionId Number of the position, whose interval is free from now on.
    /// @param lender Address that left.
    /// @param amount Amount that goes back, minor currency units.
    event FundingLeft(
        LoanId indexed loanId,
        PositionId indexed positionId,
        address indexed lender,
        uint256 amount
    );
    /// @notice Emitted when an application is full, and the loan begins.
    /// @param loanId Number of the loan.
    /// @param borrower Address that draws the money.
    /// @param principal Amount lent, minor currency units.
    /// @param fee What is kept back for the recipient of the fee, minor currency units.
    /// @param clock Time of the release on the token's clock.
    event LoanReleased(
        LoanId indexed loanId,
        address indexed borrower,
        uint256 principal,
        uint256 fee,
        uint256 clock
    );
    /// @notice Emitted when what waits for a borrower is paid out.
    /// @param loanId Number of the loan.
    /// @param to Address that was paid.
    /// @param amount Amount paid, minor currency units.
    event ProceedsDrawn(LoanId indexed loanId, address indexed to, uint256 amount);
    /// @notice Emitted when the recipient of origination fees draws them.
    /// @param recipient The recipient.
    /// @param token Address of the token.
    /// @param to Address that was paid.
    /// @param tokens Amount paid, base units of the token.
    event FeesWithdrawn(
        address indexed recipient, address indexed token, address indexed to, uint256 tokens
    );
    /// @notice Emitted when a step of a loan is done.
    /// @param loanId Number of the loan.
    /// @param action The step.
    /// @param caller Address that asked for it.
    /// @param paid Amount paid in, minor currency units.
    /// @param onTime Number of rows paid on time.
    /// @param late Number of rows found late.
    /// @param fees Late fees charged for them, minor currency units.
    event LoanStepped(
        LoanId indexed loanId,
        ILoanEngine.Action indexed action,
        address indexed caller,
        uint256 paid,
        uint256 onTime,
        uint256 late,
        uint256 fees
    );
    /// @notice Emitted when a loan is repaid, defaults, or is recovered.
    /// @param loanId Number of the loan.
    /// @param nullifier The borrower's pseudonym.
    /// @param standing Where the loan stands.
    /// @param debt What is left of the debt after a default, minor currency units.
    event StandingChanged(
        LoanId indexed loanId,
        Nullifier indexed nullifier,
        ILoanEngine.Standing standing,
        uint256 debt
    );
    /// @notice Emitted when a loan gets another product's table.
    /// @param loanId Number of the loan.
    /// @param product Data contract of the product from now on.
    /// @param debt What it owes from now on, minor currency units.
    event LoanRestructured(LoanId indexed loanId, address indexed product, uint256 debt);
    /// @notice Emitted when a lender withdraws from a position.
    /// @param positionId Number of the position.
    /// @param lender Address that owns it.
    /// @param to Address that was paid.
    /// @param tokens Amount paid, base units of the token.
    event Withdrawn(
        PositionId indexed positionId, address indexed lender, address to, uint256 tokens
    );

    // --- roles and settings -------------------------------------------------------------------

    /// @notice Role that allows tokens, pauses new business and gives notices.
    /// @return keccak256("zkcredit.operator"), the role's name in AccessControl.
    function OPERATOR_ROLE() external view returns (bytes32);

    /// @notice Allows a token, or stops applications and fundings of its products. Operator only.
    /// @dev The book has asked the token of each product whether it has balances.
    /// @param token Address of the token.
    /// @param allowed Whether its products take applications and fundings.
    function setTokenAllowed(address token, bool allowed) external;

    /// @notice Stops applications and fundings, or lets them go on. Operator only.
    /// @param paused Whether they are stopped.
    function setNewLoansPaused(bool paused) external;

    /// @notice Says that a token stands still: its clock stops until a time. Operator only.
    /// @dev A clock that is stopped stays stopped for longer; no notice can be taken back.
    /// @param token Address of the token.
    /// @param until When the clock goes on, Unix seconds, at most 30 days ahead.
    function giveNotice(address token, uint256 until) external;

    // --- an application -----------------------------------------------------------------------

    /// @notice Applies for a loan; the caller is the borrower.
    /// @param product Data contract of the product.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Code of what the loan is for; 0 if the borrower does not say.
    /// @param evidence The proof and its public values.
    /// @return loanId Number of the new loan.
    function applyForLoan(
        address product,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external returns (LoanId loanId);

    /// @notice Applies for a loan in the name of a borrower who signed it. Anybody may carry it.
    /// @param consent The borrower's consent, see {IConsents.takeApplication}.
    /// @param product Data contract of the product.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Code of what the loan is for; 0 if the borrower does not say.
    /// @param evidence The proof and its public values.
    /// @return loanId Number of the new loan.
    function applyFor(
        IConsents.Consent calldata consent,
        address product,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external returns (LoanId loanId);

    /// @notice Brings newer evidence for an application; its deadline stays. Anybody may carry it:
    ///         the proof names borrower, product, principal and purpose.
    /// @dev The gate checks the evidence without using up an application number.
    /// @param loanId Number of the loan.
    /// @param evidence The proof and its public values, of the same pseudonym.
    function renew(LoanId loanId, IApplicationGate.Evidence calldata evidence) external;

    /// @notice Ends an application that is not full: the borrower at any time; anybody once its
    ///         deadline has passed, or the root of its proof was withdrawn.
    /// @param loanId Number of the loan.
    function cancel(LoanId loanId) external;

    /// @notice Funds an application: the interval that became free last, or else the rest. The last
    ///         of it releases the loan.
    /// @dev The caller must have allowed the market to take the tokens. A token that keeps a part
    ///      is refused here.
    /// @param loanId Number of the loan.
    /// @param borrower The loan's borrower.
    /// @param product The loan's product.
    /// @param amount The most that the caller funds, minor currency units.
    /// @param lender Address that owns the position.
    /// @return positionId Number of the new position.
    /// @return accepted What was taken of `amount`, minor currency units.
    function fund(
        LoanId loanId,
        address borrower,
        address product,
        uint256 amount,
        address lender
    ) external returns (PositionId positionId, uint256 accepted);

    /// @notice Takes a position's money back from an application that is not full, a day or more
    ///         after it was funded. Only the position's lender.
    /// @param positionId Number of the position.
    /// @param to Address to pay.
    /// @return tokens Amount paid, base units of the token.
    function takeBack(PositionId positionId, address to) external returns (uint256 tokens);

    // --- money of a release -------------------------------------------------------------------

    /// @notice Draws what waits for the borrower: the borrower to any address, so that a token that
    ///         blocks one does not hold the money; anybody to the borrower's own.
    /// @param loanId Number of the loan.
    /// @param to Address to pay.
    function draw(LoanId loanId, address to) external;

    /// @notice Draws the caller's origination fees.
    /// @param token Address of the token.
    /// @param to Address to pay.
    /// @return tokens Amount paid, base units of the token.
    function withdrawFees(address token, address to) external returns (uint256 tokens);

    // --- a running loan -----------------------------------------------------------------------

    /// @notice Pays on a running or defaulted loan, see {ILoanEngine.Action.Repay}; anybody may, for
    ///         the borrower.
    /// @dev The caller must have allowed the market to take the tokens.
    /// @param loanId Number of the loan.
    /// @param borrower The loan's borrower.
    /// @param amount The most that the caller pays, minor currency units.
    /// @return paid What was credited, minor currency units.
    function repay(LoanId loanId, address borrower, uint256 amount)
        external
        returns (uint256 paid);

    /// @notice Closes a running loan, see {ILoanEngine.Action.Settle}; anybody may, for the borrower.
    /// @dev The caller must have allowed the market to take the tokens.
    /// @param loanId Number of the loan.
    /// @param borrower The loan's borrower.
    /// @param limit The most that the caller pays, minor currency units.
    /// @return paid The settlement sum, minor currency units.
    function settle(LoanId loanId, address borrower, uint256 limit)
        external
        returns (uint256 paid);

    /// @notice Lowers a running loan's balance ahead of its rows, see {ILoanEngine.Action.Prepay};
    ///         anybody may, for the borrower.
    /// @dev The caller must have allowed the market to take the tokens.
    /// @param loanId Number of the loan.
    /// @param borrower The loan's borrower.
    /// @param amount What the caller pays, minor currency units.
    /// @return paid What was credited, minor currency units.
    function prepay(LoanId loanId, address borrower, uint256 amount)
        external
        returns (uint256 paid);

    /// @notice Takes a payment holiday, see {ILoanEngine.Action.Holiday}. Only the borrower.
    /// @param loanId Number of the loan.
    function takeHoliday(LoanId loanId) external;

    /// @notice Takes a payment holiday in the name of the borrower who signed it. Anybody may carry
    ///         it.
    /// @param consent The borrower's consent, see {IConsents.takeHoliday}.
    /// @param loanId Number of the loan.
    function takeHolidayFor(IConsents.Consent calldata consent, LoanId loanId) external;

    /// @notice Gives a running loan another product's table, with the consents of the borrower and
    ///         of every position, see {ILoanEngine.Action.Restructure}. Anybody may carry them.
    /// @dev Whoever signs alternatives gives them one number, so that only one of them serves.
    /// @param loanId Number of the loan.
    /// @param product Data contract of a product of the book.
    /// @param limit The most that the loan may owe then, minor currency units.
    /// @param positions Numbers of all its positions, in rising order.
    /// @param signed First the borrower's consent, then for each position its lender's, see
    ///        {IConsents.takeRestructuring}.
    function restructure(
        LoanId loanId,
        address product,
        uint256 limit,
        PositionId[] calldata positions,
        IConsents.Consent[] calldata signed
    ) external;

    /// @notice Declares default on a loan that is overdue for longer than its product allows, see
    ///         {ILoanEngine.Action.Default}. Anybody may.
    /// @param loanId Number of the loan.
    function markDefault(LoanId loanId) external;

    /// @notice Pays a position's claim. Only the position's lender.
    /// @param positionId Number of the position.
    /// @param to Address to pay; the lender's choice, so that a token that blocks one address does
    ///        not hold the money.
    /// @return tokens Amount paid, base units of the token.
    function withdraw(PositionId positionId, address to) external returns (uint256 tokens);

    // --- views --------------------------------------------------------------------------------

    /// @notice Gate whose proofs release loans; fixed at deployment.
    /// @return The gate's contract.
    function gate() external view returns (IApplicationGate);

    /// @notice Engine that computes the loans; fixed at deployment.
    /// @return The engine's contract.
    function engine() external view returns (ILoanEngine);

    /// @notice Book of the products; fixed at deployment.
    /// @return The book's contract.
    function book() external view returns (IProductBook);

    /// @notice Bureau that keeps the pseudonyms; fixed at deployment.
    /// @return The bureau's contract.
    function bureau() external view returns (ICreditBureau);

    /// @notice Contract that checks what people signed; fixed at deployment.
    /// @return The consents' contract.
    function consents() external view returns (IConsents);

    /// @notice Registry that is asked whether a proof's root was withdrawn: the gate's.
    /// @return The registry's contract; address 0 if the gate does not have one.
    function registry() external view returns (IIssuerRegistry);

    /// @notice Tells whether products of a token take applications and fundings.
    /// @param token Address of the token.
    /// @return Whether the operator allows it now.
    function tokenAllowed(address token) external view returns (bool);

    /// @notice Tells whether applications and fundings are paused.
    /// @return Whether the operator has paused them.
    function newLoansPaused() external view returns (bool);

    /// @notice Number of applications so far; loans are numbered from 1.
    /// @return The newest loan's number, or 0.
    function loanCount() external view returns (uint256);

    /// @notice Number of fundings so far; positions are numbered from 1.
    /// @return The newest position's number, or 0.
    function positionCount() external view returns (uint256);

    /// @notice Origination fees that a recipient can draw.
    /// @param recipient The recipient.
    /// @param token Address of the token.
    /// @return Amount, base units of the token.
    function feesOf(address recipient, address token) external view returns (uint256);

    /// @notice A loan as stored.
    /// @param loanId Number of the loan.
    /// @return The entry; all zero if no loan has this number.
    function entry(LoanId loanId) external view returns (Entry memory);

    /// @notice Where a loan stands and whose it is, as escrow gates and arbiters ask.
    /// @param loanId Number of the loan.
    /// @return found Status and borrower; all zero if no loan has this number.
    function loan(LoanId loanId) external view returns (Loan memory found);

    /// @notice A position as stored.
    /// @param positionId Number of the position.
    /// @return The position; all zero if no position has this number.
    function position(PositionId positionId) external view returns (Position memory);

    /// @notice The clock of a token, on which its loans have their times: the present time less all
    ///         that notices took out of it.
    /// @param token Address of the token.
    /// @return clock Time on the clock.
    /// @return lost What notices took out, the present one to its end, seconds. A later time of the
    ///         clock comes at that time plus this, Unix seconds.
    function clockOf(address token) external view returns (uint256 clock, uint256 lost);

    /// @notice Tokens that {withdraw} would pay now.
    /// @param positionId Number of the position.
    /// @return tokens The claim, base units of the token.
    function withdrawable(PositionId positionId) external view returns (uint256 tokens);
}
