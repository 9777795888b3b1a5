// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Number of a product in one market: 1 for the first, one more for each that follows.
type ProductId is uint256;

using {toUint64} for ProductId global;

/// @notice The number in the 64 bits in which records store it.
/// @dev Exact: a market gives its products consecutive numbers, so none reaches 2^64.
/// @param id Number that a market gave to a product.
/// @return The same number.
function toUint64(ProductId id) pure returns (uint64) {
    return uint64(ProductId.unwrap(id));
}
