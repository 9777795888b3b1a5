// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {IEscrowGate} from "./IEscrowGate.sol";
import {ILoanMarket} from "./ILoanMarket.sol";

/// @title Verifier of the arbiters' partial openings
/// @notice Checks that an arbiter's part of an opening was made with that arbiter's share, and that
///         the loan is in default. A part that appears for a loan that never was in default proves
///         that its arbiter broke the rules.
/// @dev The proof is Chaum's and Pedersen's (1992): with c the upper 128 bits of
///      keccak256(abi.encode(keccak256("zkcredit.escrow.opening/1"), groupDigest, context, arbiter,
///      R, P_i, D_i, A, B)), it must hold that z * B8 = A + c * P_i and z * R = B + c * D_i.
///      c is below l, so nothing is reduced. D_i = 8 * E keeps torsion out of D_i: with some, the
///      equations would hold for one proof in eight that a cheat makes.
///
///      Assumptions:
///      - the gate's verifier proves that a seal's point has prime order, so sealed loans have one.
interface IOpeningVerifier {
    /// @notice One arbiter's part of an opening.
    /// @param arbiter The arbiter's number, from 1.
    /// @param part D_i = x_i * R.
    /// @param eighth E with 8 * E = D_i.
    /// @param announcedBase A = k * B8.
    /// @param announcedPoint B = k * R.
    /// @param answer z = k + c * x_i, below l.
    struct PartialOpening {
        uint256 arbiter;
        IEscrowGate.Point part;
        IEscrowGate.Point eighth;
        IEscrowGate.Point announcedBase;
        IEscrowGate.Point announcedPoint;
        uint256 answer;
    }

    /// @notice Commitments, public shares, threshold or market do not make a group of this gate.
    error GroupInvalid();
    /// @notice Arbiters are numbered from 1 to {size}.
    error ArbiterUnknown(uint256 arbiter);
    /// @notice The part was not made with this arbiter's share for this loan's seal.
    error OpeningInvalid(uint256 arbiter);
    /// @notice The loan is not in default.
    error LoanNotInDefault(LoanId loanId, ILoanMarket.LoanStatus status);
    /// @notice The loan is or was in default, so nothing was broken.
    error LoanDefaulted(LoanId loanId, ILoanMarket.LoanStatus status);

    /// @notice An arbiter made an opening for a loan that never was in default.
    event Misconduct(
        uint256 indexed arbiter, LoanId indexed loanId, ILoanMarket.LoanStatus status
    );

    /// @notice The gate whose seals are opened.
    function gate() external view returns (IEscrowGate);

    /// @notice The market whose loans count.
    function market() external view returns (ILoanMarket);

    /// @notice How many parts open a seal.
    function threshold() external view returns (uint256);

    /// @notice Number of arbiters.
    function size() external view returns (uint256);

    /// @notice keccak256(abi.encode(keccak256("zkcredit.escrow.group/1"), size, record,
    ///         commitments)): what names the group in every challenge.
    function groupDigest() external view returns (uint256);

    /// @notice P_i.
    function shareOf(uint256 arbiter)
        external
        view
        returns (IEscrowGate.Point memory share);

    /// @notice Reverts unless the loan is in default and the part is this arbiter's.
    function check(LoanId loanId, PartialOpening calldata opening) external view;

    /// @notice Records that an arbiter opened against the rules; reverts unless that is proved.
    function accuse(LoanId loanId, PartialOpening calldata opening) external;
}
