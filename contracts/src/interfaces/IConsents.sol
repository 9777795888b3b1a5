// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../types/LoanId.sol";

/// @title Consents that people sign, and that anybody may carry to a market
/// @notice Checks a signed consent for the market that calls, and uses it up. It does not act: what
///         a consent permits is done by the market.
/// @dev A consent is EIP-712 typed data of the domain ("zkcredit consents", "1", chainid, this
///      contract). It names the market, everything that the market will do, the signer's series, a
///      number and a deadline. So it serves once, for one deed at one market of one chain, until the
///      deadline.
///      Signers are accounts with a key, contracts that answer isValidSignature (ERC-1271), and
///      accounts with a key and delegated code (EIP-7702), whose key still counts.
///      Numbers are used in any order: a lost consent blocks no other. A signer revokes one number,
///      or all consents at once by beginning a new series.
///
///      Assumptions:
///      - a market uses a consent in the transaction in which it does what the consent permits.
interface IConsents {
    /// @notice The signed part of every consent.
    /// @param signer Whose consent it is.
    /// @param nonce Number that the signer chose, used once in all series.
    /// @param deadline Last second at which it can be used, Unix seconds.
    /// @param signature Signature by the signer's key, or what the signer's contract accepts.
    struct Consent {
        address signer;
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    /// @notice Thrown when a consent is used after its deadline.
    /// @param deadline The deadline, Unix seconds.
    error ConsentExpired(uint256 deadline);
    /// @notice Thrown when the number of a consent was used or revoked before.
    /// @param signer Whose consent it is.
    /// @param nonce The number.
    error ConsentUsed(address signer, uint256 nonce);
    /// @notice Thrown when a signature is not the signer's, or is for something else: another deed,
    ///         market, chain, number, deadline or series.
    /// @param signer Who should have signed.
    error ConsentInvalid(address signer);

    /// @notice Emitted when a market uses a consent.
    /// @param signer Whose consent it is.
    /// @param market The market.
    /// @param nonce The number.
    event ConsentTaken(address indexed signer, address indexed market, uint256 nonce);
    /// @notice Emitted when a signer revokes a number.
    /// @param signer The signer.
    /// @param nonce The number.
    event ConsentRevoked(address indexed signer, uint256 nonce);
    /// @notice Emitted when a signer revokes all consents.
    /// @param signer The signer.
    /// @param series The series that begins.
    event SeriesBegun(address indexed signer, uint256 series);

    /// @notice Uses a borrower's consent that the calling market applies in the borrower's name.
    /// @param consent The consent of the borrower.
    /// @param product Data contract of the product.
    /// @param principal Amount of the loan, minor currency units.
    /// @param purpose Code of what the loan is for; 0 if it is not said.
    function takeApplication(
        Consent calldata consent,
        address product,
        uint256 principal,
        uint16 purpose
    ) external;

    /// @notice Uses a borrower's consent that the calling market gives a loan a payment holiday.
    /// @param consent The consent of the borrower.
    /// @param loanId Number of the loan.
    function takeHoliday(Consent calldata consent, LoanId loanId) external;

    /// @notice Uses the consent of a borrower or of a lender that the calling market restructures a
    ///         loan.
    /// @param consent The consent.
    /// @param loanId Number of the loan.
    /// @param product Data contract of the product that replaces the present one.
    /// @param limit The most that the new balance may be, minor currency units.
    function takeRestructuring(
        Consent calldata consent,
        LoanId loanId,
        address product,
        uint256 limit
    ) external;

    /// @notice Revokes a number of the caller, whether a consent with it exists or not.
    /// @param nonce The number.
    function revoke(uint256 nonce) external;

    /// @notice Revokes all consents of the caller that were not used.
    function revokeAll() external;

    /// @notice Whether a number was used or revoked.
    /// @param signer The signer.
    /// @param nonce The number.
    /// @return Whether it was.
    function isUsed(address signer, uint256 nonce) external view returns (bool);

    /// @notice Series that a signer's consents must name; it rises with each {revokeAll}.
    /// @param signer The signer.
    /// @return The series, from 0.
    function seriesOf(address signer) external view returns (uint256);
}
