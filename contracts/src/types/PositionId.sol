// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Number of a position, that is, of one lender's funding of one loan, in one market: 1 for
///         the first, one more for each that follows.
type PositionId is uint256;
