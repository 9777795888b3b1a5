// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";
import {IApplicationGate} from "./IApplicationGate.sol";
import {ILoanEngine} from "./ILoanEngine.sol";
import {ILoanMarket} from "./ILoanMarket.sol";

/// @title Views of a market whose products are tables
/// @notice Answers what borrowers and lenders ask before they send something. It keeps nothing, and
///         computes with the market's own engine.
/// @dev Times in answers are Unix seconds: those of the token's clock are moved by what notices took
///      out of it.
///
///      Assumptions:
///      - the market answers as {ILoanMarket} says.
interface ILoanLens {
    /// @notice A loan, or the application for one.
    /// @param standing Where it stands; an application after its deadline is Cancelled.
    /// @param borrower Address that owes.
    /// @param nullifier The borrower's pseudonym.
    /// @param purpose Code of what the loan is for; 0 if it is not said.
    /// @param product Data contract of the product.
    /// @param principal Amount of the loan, minor currency units.
    /// @param funded Sum of the positions, minor currency units.
    /// @param undrawn What waits for the borrower, minor currency units.
    /// @param received Everything paid in, minor currency units.
    /// @param deadline Last second at which it could be funded, Unix seconds; 0 after the release.
    /// @param provedAt Time that its proof calls "now", Unix seconds; 0 after the release.
    /// @param root Root of its proof; 0 after the release.
    struct View {
        ILoanEngine.Standing standing;
        address borrower;
        Nullifier nullifier;
        uint16 purpose;
        address product;
        uint256 principal;
        uint256 funded;
        uint256 undrawn;
        uint256 received;
        uint256 deadline;
        uint256 provedAt;
        uint256 root;
    }

    /// @notice Thrown when a pseudonym could not be reserved for an application.
    /// @param nullifier The pseudonym.
    /// @param possibleAt When it can be if nothing else happens, Unix seconds; 0 if time alone does
    ///        not free it.
    error PseudonymNotFree(Nullifier nullifier, uint256 possibleAt);
    /// @notice Thrown when the market is not a member of its bureau, so that it takes no
    ///         applications.
    error MarketNotMember();

    /// @notice Market that is looked into; fixed at deployment.
    /// @return The market's contract.
    function market() external view returns (ILoanMarket);

    /// @notice A loan, or the application for one.
    /// @param loanId Number of the loan.
    /// @return loan What it is now; all zero if no loan has this number.
    function loanOf(LoanId loanId) external view returns (View memory loan);

    /// @notice What a loan costs now; zeros if nothing is left to pay.
    /// @param loanId Number of the loan.
    /// @return costs What it costs, with the next due in Unix seconds.
    function quote(LoanId loanId) external view returns (ILoanEngine.Quote memory costs);

    /// @notice The rows of a loan of a product; reverts if the engine refuses the amount.
    /// @param product Data contract of the product.
    /// @param principal Amount of the loan, minor currency units.
    /// @return The rows in the order of their dues.
    function schedule(address product, uint256 principal)
        external
        view
        returns (ILoanEngine.Instalment[] memory);

    /// @notice Public inputs that a proof for this application must carry now.
    /// @param borrower Address that applies.
    /// @param product Data contract of the product.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Code of what the loan is for; 0 if the borrower does not say.
    /// @param policyNow Time that the proof calls "now", Unix seconds.
    /// @param deadline Last second at which the proof may be used, Unix seconds.
    /// @return policy The packed policy, see {IApplicationGate.policyWord}, with the burden in the
    ///         loan's currency: a gate converts it if the policy is in another, see {IEligibilityGate}.
    /// @return context The context, see {IApplicationGate.contextOf}.
    /// @return scope The market's scope, see {IApplicationGate.scopeOf}.
    function statementOf(
        address borrower,
        address product,
        uint256 principal,
        uint16 purpose,
        uint256 policyNow,
        uint256 deadline
    ) external view returns (uint256 policy, uint256 context, uint256 scope);

    /// @notice Reverts unless `borrower` could apply with this evidence now.
    /// @param borrower Address that would apply.
    /// @param product Data contract of the product.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Code of what the loan is for; 0 if the borrower does not say.
    /// @param evidence The proof and its public values.
    function checkApplication(
        address borrower,
        address product,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external view;

    /// @notice What a position is worth now.
    /// @param positionId Number of the position.
    /// @return drawable What can be withdrawn now, base units of the token.
    /// @return owed Its part of what settling the loan would cost now, rounded down, base units of
    ///         the token: nobody has promised that it comes in.
    function valueOf(PositionId positionId) external view returns (uint256 drawable, uint256 owed);

    /// @notice One number for the record of a pseudonym: 500 + 8 min(onTime, 40) + 20 min(repaid, 9)
    ///         - 25 late - 150 defaults + 60 recovered, cut to 0 to 1000.
    /// @param nullifier The pseudonym.
    /// @return The reputation, points.
    function reputationOf(Nullifier nullifier) external view returns (uint256);
}
