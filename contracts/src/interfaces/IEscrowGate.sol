// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {IEligibilityGate} from "./IEligibilityGate.sol";

/// @title Gate for proofs that seal the borrower's identity reference to arbiters
/// @notice A market uses it as it uses any {IEligibilityGate}. A borrower first places the seal of
///         an application, then applies. The gate keeps which seal belongs to which loan.
/// @dev Public inputs, in the order of the statement `escrow_eligibility`: the five of
///      {IEligibilityGate}, then the arbiters' key, the seal's point and its value. The key is
///      this contract's own; nothing that a prover sends stands in its place.
///
///      A seal is placed under (sender, context) and never changed. The context names chain, gate,
///      borrower, product, principal, terms, application number and deadline, so a seal serves one
///      application; whoever needs another seal takes another deadline. Placing proves nothing:
///      only the application's proof shows what the seal holds, so only the seals of loans count.
///
///      Assumptions:
///      - the verifier's key is that of the `escrow_eligibility` statement (ten public inputs);
///      - a market numbers loans from 1 in the order of the applications and counts an application
///        after {consume}, as LoanMarket does. What another caller says of itself binds nobody
///        else: loans are kept per caller.
interface IEscrowGate is IEligibilityGate {
    /// @notice A point of BabyJubJub, affine.
    struct Point {
        uint256 x;
        uint256 y;
    }

    /// @notice A sealed reference: hashed ElGamal.
    /// @param point R = k * B8.
    /// @param value The reference plus the hash of k * P and the context, below r.
    struct Seal {
        Point point;
        uint256 value;
    }

    /// @notice The arbiters' key is not a point of prime order.
    error ArbitersInvalid();
    /// @notice The seal's point is not on the curve or of low order, or its value is not below r.
    error SealInvalid();
    /// @notice This sender placed a seal for this context already.
    error SealExists(address borrower, uint256 context);
    /// @notice The borrower placed no seal for this application.
    error SealMissing(address borrower, uint256 context);
    /// @notice No loan with this number came through this gate from this market.
    error LoanNotEscrowed(address market, LoanId loanId);

    /// @notice A seal was placed; it counts for nothing yet.
    event SealPlaced(address indexed borrower, uint256 indexed context, Seal seal);
    /// @notice An application with a proven seal was accepted. What arbiters open after a default.
    event Escrowed(
        address indexed market, LoanId indexed loanId, uint256 indexed context, Seal seal
    );

    /// @notice The key that references are sealed to.
    function arbiters() external view returns (Point memory);

    /// @notice Places the seal of the caller's next application.
    /// @param context See {contextOf}.
    /// @param seal_ What the proof will say.
    function place(uint256 context, Seal calldata seal_) external;

    /// @notice A placed seal; its value is meaningless where none was placed (all zero).
    function placed(address borrower, uint256 context) external view returns (Seal memory);

    /// @notice The context and the proven seal of a loan.
    function sealOf(address market, LoanId loanId)
        external
        view
        returns (uint256 context, Seal memory seal_);
}
