// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFxSource} from "./IFxSource.sol";
import {ISignerGroup} from "./ISignerGroup.sol";

/// @title Exchange rates that several sign
/// @notice Accepts a rate that enough of its signers signed for a pair and a time.
/// @dev A quote is EIP-712 typed data of the domain ("zkcredit fx quotes", "1", chainid, this
///      contract): Quote(uint16 base, uint16 quote, uint64 rate, uint40 from, uint40 until).
///      It holds from its beginning until its end, and no longer than {MAX_AGE} after its beginning.
///      It must hold until the deadline of what it judges.
///      The evidence is abi.encode of the quote's five words, followed by the signatures.
///
///      Assumptions:
///      - fewer signers than the threshold are dishonest.
interface IFxQuotes is IFxSource, ISignerGroup {
    /// @notice Thrown when the evidence is too short for a quote.
    /// @param length Its length, bytes.
    error QuoteMissing(uint256 length);
    /// @notice Thrown when a quote has not begun, began too long ago, or ends before the deadline.
    /// @param from When it begins, Unix seconds.
    /// @param until When it ends, Unix seconds.
    error QuoteNotCurrent(uint256 from, uint256 until);

    /// @notice Longest time after a quote's beginning at which it holds.
    /// @return The age, seconds.
    function MAX_AGE() external view returns (uint256);
}
