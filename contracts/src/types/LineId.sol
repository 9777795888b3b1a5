// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Number of a line of products in one book: 1 for the first, one more for each that
///         follows; 0 stands for "no line".
type LineId is uint256;
