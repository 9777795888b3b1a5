// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {IEscrowGate} from "./IEscrowGate.sol";
import {ILoanMarket} from "./ILoanMarket.sol";

/// @title Verifier of the arbiters' partial openings
/// @notice Checks that an arbiter's part of an opening was made with that arbiter's share, and that
///         the loan is in default. A part that appears for a loan that was never in default proves
///         that its arbiter broke the rules.
/// @dev The proof is Chaum's and Pedersen's (1992): with c the upper 128 bits of
///      keccak256(abi.encode(keccak256("zkcredit.escrow.opening/1"), groupDigest, context, arbiter,
///      R, P_i, D_i, A, B)), it must hold that z * B8 = A + c * P_i and z * R = B + c * D_i.
///      c is below l, so nothing is reduced. D_i = 8 * E keeps torsion out of D_i: with torsion,
///      one in eight of a cheat's proofs would satisfy the equations.
///
///      Assumptions:
///      - the gate's verifier proves that a seal's point has prime order, so the seal of every
///        loan has such a point;
///      - an arbiter keeps its share secret: whoever has it can make openings in its name.
///
///      Warning: {check} verifies one part. Fewer than {threshold} parts open nothing.
///      Warning: {accuse} proves that a part exists, not that the reference was read.
interface IOpeningVerifier {
    /// @notice One arbiter's part of an opening.
    /// @param arbiter Number of the arbiter, from 1.
    /// @param part The point D_i = x_i * R, with x_i the arbiter's secret share.
    /// @param eighth A point E with 8 * E = D_i.
    /// @param announcedBase The point A = k * B8, with k the proof's randomness.
    /// @param announcedPoint The point B = k * R.
    /// @param answer The number z = k + c * x_i modulo l, below l.
    struct PartialOpening {
        uint256 arbiter;
        IEscrowGate.Point part;
        IEscrowGate.Point eighth;
        IEscrowGate.Point announcedBase;
        IEscrowGate.Point announcedPoint;
        uint256 answer;
    }

    /// @notice Thrown when commitments, public shares and threshold are not those of a group of
    ///         arbiters for the key of the market's gate.
    error GroupInvalid();
    /// @notice Thrown when the arbiter's number is not from 1 to {size}.
    /// @param arbiter Number that was given.
    error ArbiterUnknown(uint256 arbiter);
    /// @notice Thrown when the part was not made with this arbiter's share for this loan's seal.
    /// @param arbiter Number of the arbiter.
    error OpeningInvalid(uint256 arbiter);
    /// @notice Thrown when an opening is checked for a loan that is not in default now.
    /// @param loanId Number of the loan.
    /// @param status Where the loan stands.
    error LoanNotInDefault(LoanId loanId, ILoanMarket.LoanStatus status);
    /// @notice Thrown when an arbiter is accused over a loan that is or was in default: the opening
    ///         was allowed.
    /// @param loanId Number of the loan.
    /// @param status Where the loan stands.
    error LoanDefaulted(LoanId loanId, ILoanMarket.LoanStatus status);

    /// @notice Emitted when an arbiter is proved to have made an opening for a loan that was never
    ///         in default.
    /// @param arbiter Number of the arbiter.
    /// @param loanId Number of the loan.
    /// @param status Where the loan stands.
    event Misconduct(
        uint256 indexed arbiter, LoanId indexed loanId, ILoanMarket.LoanStatus status
    );

    /// @notice Gate whose seals are opened; fixed at deployment.
    /// @return The gate's contract.
    function gate() external view returns (IEscrowGate);

    /// @notice Market whose loans count; fixed at deployment.
    /// @return The market's contract.
    function market() external view returns (ILoanMarket);

    /// @notice How many parts open a seal; fixed at deployment.
    /// @return Number of different arbiters that are needed, from 2.
    function threshold() external view returns (uint256);

    /// @notice Number of arbiters in the group; fixed at deployment.
    /// @return The number, at most 32.
    function size() external view returns (uint256);

    /// @notice Digest that names the group in every challenge; fixed at deployment.
    /// @return keccak256(abi.encode(keccak256("zkcredit.escrow.group/1"), size, record,
    ///         commitments)) as a number.
    function groupDigest() external view returns (uint256);

    /// @notice Public share of an arbiter.
    /// @param arbiter Number of the arbiter, from 1.
    /// @return share The point P_i = x_i * B8, with x_i the arbiter's secret share.
    function shareOf(uint256 arbiter)
        external
        view
        returns (IEscrowGate.Point memory share);

    /// @notice Reverts unless the loan is in default and the part was made with this arbiter's
    ///         share.
    /// @param loanId Number of the loan.
    /// @param opening The arbiter's part.
    function check(LoanId loanId, PartialOpening calldata opening) external view;

    /// @notice Records that an arbiter opened against the rules; reverts unless the loan was never
    ///         in default and the part was made with this arbiter's share.
    /// @param loanId Number of the loan.
    /// @param opening The arbiter's part.
    function accuse(LoanId loanId, PartialOpening calldata opening) external;
}
