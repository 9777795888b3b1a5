// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";
import {IEscrowGate} from "./IEscrowGate.sol";
import {ILoanMarket} from "./ILoanMarket.sol";

/// @title Verifier of the arbiters' partial openings
/// @notice Checks that an arbiter's part of an opening was made with that arbiter's share, and that
///         the loan is in default. A part that an arbiter's account signed for a loan that was never
///         in default proves that this arbiter broke the rules.
/// @dev The proof is Chaum's and Pedersen's (1992): with c the upper 128 bits of
///      keccak256(abi.encode(keccak256("zkcredit.escrow.opening/1"), groupDigest, context, arbiter,
///      R, P_i, D_i, A, B)), it must hold that z * B8 = A + c * P_i and z * R = B + c * D_i.
///      c is below l, so nothing is reduced. D_i = 8 * E keeps torsion out of D_i: with torsion,
///      one in eight of a cheat's proofs would satisfy the equations.
///
///      {threshold} arbiters together can compute the share of any other, so this proof does not
///      say who made a part. The signature does. It is EIP-712's, over
///      Opening(uint256 group,address market,uint256 loanId,uint256 context,uint256 arbiter,
///      uint256 partX,uint256 partY,uint256 blockNumber,bytes32 blockHash) in the domain
///      (name "zkcredit escrow", version "1", chainId). By it an arbiter says: after this block the
///      loan was in default, and this is my part. A block that is not on the chain any more convicts
///      nobody: the arbiter may have seen a default that a reorganisation undid. If the block is on
///      the chain and the loan was never in default, what the arbiter signed is false.
///
///      Assumptions:
///      - the gate's verifier proves that a seal's point has prime order, so the seal of every
///        loan has such a point;
///      - a loan that was in default stays in default or recovered, as LoanMarket's does;
///      - an arbiter keeps the key of its account secret: whoever has it can be taken for it.
///
///      Warning: {check} verifies one part. Fewer than {threshold} parts open nothing.
///      Warning: a part opens without a signature too, and an arbiter who does not sign cannot be
///      convicted. Whoever collects parts must refuse those that are not signed.
///      Warning: {accuse} proves that a part was signed, not that the reference was read.
///      Warning: {accuse} knows the hashes of the last 256 blocks only. A later accusation is
///      refused; whoever has a node can still judge the part.
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

    /// @notice Which block an arbiter relies on, and its account's signature of the whole opening.
    /// @param blockNumber Number of a block after which the loan was in default.
    /// @param blockHash Hash of this block.
    /// @param r First half of the signature.
    /// @param s Second half of the signature, in the lower half of its range.
    /// @param v Parity of the signature's point, 27 or 28.
    struct SignedBlock {
        uint256 blockNumber;
        bytes32 blockHash;
        bytes32 r;
        bytes32 s;
        uint8 v;
    }

    /// @notice Thrown when commitments, public shares and threshold are not those of a group of
    ///         arbiters for the key of the market's gate, or when an account is zero or repeated.
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
    /// @notice Thrown when this arbiter's misconduct over this loan is recorded already.
    /// @param arbiter Number of the arbiter.
    /// @param loanId Number of the loan.
    error AlreadyAccused(uint256 arbiter, LoanId loanId);
    /// @notice Thrown when the signed block is not one of the last 256 blocks of this chain.
    /// @param blockNumber Number that was signed.
    /// @param blockHash Hash that was signed.
    error BlockUnknown(uint256 blockNumber, bytes32 blockHash);
    /// @notice Thrown when the arbiter's account did not sign this opening for this chain, group and
    ///         loan, or when the signature is not in its one canonical form.
    /// @param arbiter Number of the arbiter.
    /// @param account The arbiter's account.
    error SignatureInvalid(uint256 arbiter, address account);

    /// @notice Emitted when an arbiter is proved to have signed an opening of a loan that was never
    ///         in default.
    /// @param arbiter Number of the arbiter.
    /// @param account The account that signed. It, not the number, is what convicts: compare it with
    ///        the card by which the arbiter introduced itself.
    /// @param loanId Number of the loan.
    /// @param status Where the loan stands.
    event Misconduct(
        uint256 indexed arbiter,
        address indexed account,
        LoanId indexed loanId,
        ILoanMarket.LoanStatus status
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

    /// @notice Digest that names the group in every challenge and signature; fixed at deployment.
    /// @return keccak256(abi.encode(keccak256("zkcredit.escrow.group/2"), record, commitments,
    ///         accounts)) as a number.
    function groupDigest() external view returns (uint256);

    /// @notice Public share of an arbiter.
    /// @param arbiter Number of the arbiter, from 1.
    /// @return share The point P_i = x_i * B8, with x_i the arbiter's secret share.
    function shareOf(uint256 arbiter)
        external
        view
        returns (IEscrowGate.Point memory share);

    /// @notice Account that signs an arbiter's openings; fixed at deployment.
    /// @param arbiter Number of the arbiter, from 1.
    /// @return account The account's address.
    function accountOf(uint256 arbiter) external view returns (address account);

    /// @notice Whether an arbiter's misconduct over a loan is recorded.
    /// @param arbiter Number of the arbiter, from 1.
    /// @param loanId Number of the loan.
    /// @return Whether {accuse} recorded it.
    function isAccused(uint256 arbiter, LoanId loanId) external view returns (bool);

    /// @notice Reverts unless the loan is in default and the part was made with this arbiter's
    ///         share.
    /// @param loanId Number of the loan.
    /// @param opening The arbiter's part.
    function check(LoanId loanId, PartialOpening calldata opening) external view;

    /// @notice Records that an arbiter opened against the rules, once for each arbiter and loan;
    ///         reverts unless the loan was never in default, the part was made with this arbiter's
    ///         share, and the arbiter's account signed it for a block of this chain.
    /// @param loanId Number of the loan.
    /// @param opening The arbiter's part.
    /// @param signed_ The block that the arbiter relies on, and the signature.
    function accuse(
        LoanId loanId,
        PartialOpening calldata opening,
        SignedBlock calldata signed_
    ) external;
}
