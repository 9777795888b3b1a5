// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {IEligibilityGate} from "./IEligibilityGate.sol";

/// @title Gate for proofs that escrow the borrower's reference to arbiters
/// @notice An {IEligibilityGate} whose proofs also show what is in a seal. A borrower first places
///         the seal of an application, then applies. The gate keeps which seal belongs to which
///         loan; enough arbiters together can open it after a default.
/// @dev Public inputs, in the order of the statement `escrow_eligibility`: the five of
///      {IEligibilityGate}, then the arbiters' key, the seal's point and its value. The key is
///      this contract's own; a prover cannot send another in its place.
///
///      A seal is placed under (sender, context) and never changed. The context names chain, gate,
///      market, borrower, product, principal, purpose, terms, application number and deadline, so
///      a seal serves one application; for another seal a borrower uses another deadline. Placing
///      proves nothing: only the application's proof shows what the seal holds, so only the seals
///      of loans count.
///
///      Assumptions:
///      - the verifier's key is that of the `escrow_eligibility` statement (ten public inputs);
///      - a market numbers loans from 1 in the order of the applications and counts an application
///        after {consume}, as LoanMarket does. Another caller can affect only its own loans, which
///        are stored per caller;
///      - fewer arbiters than the threshold work together. No contract can see who reads a seal.
///
///      Warning: the arbiters' key cannot be changed. If too many arbiters lose their shares, the
///      seals of all loans of this gate stay closed.
interface IEscrowGate is IEligibilityGate {
    /// @notice A point of BabyJubJub in affine coordinates.
    /// @param x First coordinate, a field element.
    /// @param y Second coordinate, a field element.
    struct Point {
        uint256 x;
        uint256 y;
    }

    /// @notice A sealed reference: hashed ElGamal under the arbiters' key P.
    /// @param point The point R = k * B8, with k the seal's randomness.
    /// @param value The reference plus the hash of k * P and the context, modulo r, below r.
    struct Seal {
        Point point;
        uint256 value;
    }

    /// @notice Thrown when a gate is deployed with an arbiters' key that is not a point of prime
    ///         order.
    error ArbitersInvalid();
    /// @notice Thrown when the seal's point is off the curve or has low order, or when its value is
    ///         not below r.
    error SealInvalid();
    /// @notice Thrown when this sender has already placed a seal for this context.
    /// @param borrower Address of the sender.
    /// @param context Context of the application.
    error SealExists(address borrower, uint256 context);
    /// @notice Thrown when the borrower did not place a seal for this application.
    /// @param borrower Address that applies.
    /// @param context Context of the application.
    error SealMissing(address borrower, uint256 context);
    /// @notice Thrown when the loan did not come through this gate from this market.
    /// @param market Address of the market.
    /// @param loanId Number that was given.
    error LoanNotEscrowed(address market, LoanId loanId);

    /// @notice Emitted when a seal is placed; it has no effect until its application is accepted.
    /// @param borrower Address that placed it.
    /// @param context Context of the application.
    /// @param seal The seal, about which nothing has been proved.
    event SealPlaced(address indexed borrower, uint256 indexed context, Seal seal);
    /// @notice Emitted when an application with a proven seal is accepted.
    /// @param market Market that consumed the proof.
    /// @param loanId Number of the loan.
    /// @param context Context of the application, to which the seal is bound.
    /// @param seal The proven seal, which arbiters open after a default.
    event Escrowed(
        address indexed market, LoanId indexed loanId, uint256 indexed context, Seal seal
    );

    /// @notice Key that references are sealed to; fixed at deployment.
    /// @return The key's point.
    function arbiters() external view returns (Point memory);

    /// @notice Places the seal of the caller's next application.
    /// @param context Context of that application, see {contextOf}.
    /// @param seal_ The seal that the application's proof will be about.
    function place(uint256 context, Seal calldata seal_) external;

    /// @notice The seal that a borrower placed for an application, proven or not.
    /// @param borrower Address that placed it.
    /// @param context Context of the application.
    /// @return The seal; all zero if the borrower placed none.
    function placed(address borrower, uint256 context) external view returns (Seal memory);

    /// @notice The context and the proven seal of a loan.
    /// @param market Address of the market.
    /// @param loanId Number of the loan.
    /// @return context Context of its application, to which the seal is bound.
    /// @return seal_ The proven seal.
    function sealOf(address market, LoanId loanId)
        external
        view
        returns (uint256 context, Seal memory seal_);
}
