// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice Number of a loan in one market: 1 for the first application, one more for each that
///         follows; 0 stands for "no loan".
type LoanId is uint256;

using {toUint64} for LoanId global;

/// @notice The number in the 64 bits in which records store it.
/// @dev Reverts from 2^64 on, which no number of a market reaches: its loans have consecutive
///      numbers.
/// @param id Number that a market gave to a loan.
/// @return The same number.
function toUint64(LoanId id) pure returns (uint64) {
    return SafeCast.toUint64(LoanId.unwrap(id));
}
